import Tensors
import TestSupport
import Testing

@testable import Datasets

/// What no split may do, on random data sets of rows: windows of recordings, of which some have groups.
@Suite(.tags(.property)) struct SplittingPropertyTests {
  /// Some recordings name no group, some windows name another one than the rest of their recording.
  func dataset(_ generator: inout SeededGenerator) -> Dataset {
    var clips: [Clip] = []
    for label in ["A", "B", "C"] {
      for recording in 0..<(30 + generator.index(below: 30)) {
        let path = generator.index(below: 2) == 0 ? "\(label)/\(recording).mp3" : nil
        let group = generator.index(below: 4) == 0 ? nil : "\(label)-g\(generator.index(below: 25))"
        for window in 0...generator.index(below: 5) {
          var clip = Clip(
            name: "\(label) \(recording)", path: path, row: clips.count, label: label, group: group)
          clip.startSeconds = Double(window) * 3
          if generator.index(below: 30) == 0 { clip.group = nil }
          if generator.index(below: 60) == 0 { clip.group = "\(label)-g\(generator.index(below: 25))" }
          clips.append(clip)
        }
      }
    }
    return Dataset(path: "x", clips: clips)
  }

  @Test(arguments: 0..<40) func nothingThatBelongsTogetherIsTorn(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed, stream: 9)
    let data = dataset(&generator)
    let result = try Splitting(validFraction: 0.15, testFraction: 0.15, seed: seed).assign(to: data)
    #expect(result.isSplit)
    for (recording, windows) in Dictionary(grouping: result.clips, by: \.recording) {
      #expect(Set(windows.map(\.split)).count == 1, "\(recording)")
    }
    for (group, members) in Dictionary(grouping: result.clips.filter { $0.group != nil }, by: \.group) {
      #expect(Set(members.map(\.split)).count == 1, "\(group ?? "")")
    }
    try result.requireClips()
    // Only the split was changed.
    var stripped = result.clips
    for index in stripped.indices { stripped[index].split = nil }
    #expect(stripped == data.clips)
    // The order of the clips decides ties, their place in memory does not.
    #expect(try Splitting(validFraction: 0.15, testFraction: 0.15, seed: seed).assign(to: data) == result)
  }

  /// Taken out of train, `valid` keeps together what belongs together too.
  @Test(arguments: 0..<10) func validTakenFromTrainTearsNothing(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed, stream: 10)
    var data = try Splitting(validFraction: 0, testFraction: 0.2, seed: seed).assign(to: dataset(&generator))
    data.warnings = []
    let result = try Splitting(validFraction: 0.1, testFraction: 0.2, seed: seed + 1).assign(to: data)
    for (before, after) in zip(data.clips, result.clips) {
      #expect((before.split == .test) == (after.split == .test))
    }
    for (_, windows) in Dictionary(grouping: result.clips, by: \.recording) {
      #expect(Set(windows.map(\.split)).count == 1)
    }
    #expect(result.clips.contains { $0.split == .valid })
  }

  @Test func inseparableSetsAreTheConnectedOnes() {
    // 0-1 by group, 1-2 by recording, 3 alone, 4-5 by recording though 5 has no group, 2-4 by group: 0, 1, 2, 4, 5.
    let clips = [
      Clip(name: "r0", label: "A", group: "x"), Clip(name: "r1", label: "A", group: "x"),
      Clip(name: "r1", label: "A", group: "y"), Clip(name: "r3", label: "A"),
      Clip(name: "r4", label: "A", group: "y"), Clip(name: "r4", label: "A"),
    ]
    let dataset = Dataset(path: "x", clips: clips)
    #expect(dataset.inseparable(among: Array(clips.indices)) == [[0, 1, 2, 4, 5], [3]])
    // A set that joins two earlier ones.
    #expect(dataset.inseparable(among: [0, 4, 2, 1]) == [[0, 4, 2, 1]])
    #expect(dataset.inseparable(among: [0, 3, 5]) == [[0], [3], [5]])
    // A recording named like a group is none.
    let named = Dataset(
      path: "x", clips: [Clip(name: "x", label: "A"), Clip(name: "y", label: "A", group: "x")])
    #expect(named.inseparable(among: [0, 1]) == [[0], [1]])
  }

  @Test func warningSaysHowManyHaveNoGroup() throws {
    var tracks = (0..<20).map { Clip(name: "\($0)", label: $0 % 2 == 0 ? "A" : "B", group: "g\($0)") }
    #expect(try Splitting().assign(to: Dataset(path: "x", clips: tracks)).warnings.isEmpty)
    tracks[3].group = nil
    let some = try Splitting().assign(to: Dataset(path: "x", clips: tracks)).warnings
    #expect(some.map(\.code) == [.splitByTrack] && some[0].message.hasPrefix("1 recording has no group"))
  }
}
