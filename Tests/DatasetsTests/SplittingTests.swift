import Datasets
import Files
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct SplittingTests {
  /// A data set with genres of these sizes; groups of `groupSize` clips, or none.
  func dataset(_ sizes: [String: Int], groupSize: Int? = nil) -> Dataset {
    var clips: [Clip] = []
    for (label, size) in sizes.sorted(by: { $0.key < $1.key }) {
      for index in 0..<size {
        clips.append(
          Clip(name: "\(label)-\(index)", label: label, group: groupSize.map { "\(label)-g\(index / $0)" }))
      }
    }
    return Dataset(path: "x", clips: clips)
  }

  func counts(_ dataset: Dataset, _ label: String) -> [Int] {
    Split.allCases.map { split in dataset.clips.count { $0.label == label && $0.split == split } }
  }

  @Test(arguments: [0, 1, 2, 3] as [UInt64]) func countsAreExactWithoutGroups(seed: UInt64) throws {
    let sizes = ["Folk": 100, "Hip-Hop": 57, "Rock": 10, "Rare": 3]
    let result = try Splitting(validFraction: 0.1, testFraction: 0.1, seed: seed).assign(to: dataset(sizes))
    #expect(counts(result, "Folk") == [80, 10, 10])
    #expect(counts(result, "Hip-Hop") == [45, 6, 6])
    #expect(counts(result, "Rock") == [8, 1, 1])
    #expect(counts(result, "Rare") == [1, 1, 1])
    #expect(result.warnings.map(\.code) == [.splitByTrack])
  }

  @Test func sameSeedSameSplit() throws {
    let data = dataset(["A": 50, "B": 40])
    let first = try Splitting(validFraction: 0.2, testFraction: 0.1, seed: 5).assign(to: data)
    #expect(try Splitting(validFraction: 0.2, testFraction: 0.1, seed: 5).assign(to: data) == first)
    #expect(try Splitting(validFraction: 0.2, testFraction: 0.1, seed: 6).assign(to: data) != first)
  }

  /// Random data sets: no group is torn, every genre is in every part, shares are near when groups are small.
  @Test(arguments: 0..<30) func groupsStayTogether(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var clips: [Clip] = []
    for label in ["A", "B", "C"] {
      for group in 0..<(12 + generator.index(below: 20)) {
        // Some groups (various artists) reach over two genres.
        let name = group % 7 == 0 ? "various-\(group)" : "\(label)-\(group)"
        for clip in 0...generator.index(below: 6) {
          clips.append(Clip(name: "\(label)\(group)-\(clip)", label: label, group: name))
        }
      }
    }
    let result = try Splitting(validFraction: 0.1, testFraction: 0.1, seed: seed)
      .assign(to: Dataset(path: "x", clips: clips))
    #expect(result.isSplit && result.leakageWarnings().isEmpty && result.warnings.isEmpty)
    try result.requireClips()
    for label in result.labels {
      let found = counts(result, label)
      let total = found.reduce(0, +)
      // The largest group has six clips of a genre: no part is further away than that.
      #expect(abs(found[0] - total * 8 / 10) <= 8, "\(label) \(found)")
    }
  }

  @Test func windowsOfOneRecordingStayTogether() throws {
    var data = dataset(["A": 60, "B": 60])
    for index in data.clips.indices { data.clips[index].name = "\(data.clips[index].label)\(index / 4)" }
    let result = try Splitting().assign(to: data)
    for (_, windows) in Dictionary(grouping: result.clips, by: \.name) {
      #expect(Set(windows.map(\.split)).count == 1)
    }
  }

  @Test func threeGroupsOfUnequalSizeFillThreeParts() throws {
    var data = dataset(["A": 100, "B": 100])
    for index in data.clips.indices {
      let place = index % 100
      data.clips[index].group = data.clips[index].label + (place < 50 ? "x" : place < 80 ? "y" : "z")
    }
    try Splitting().assign(to: data).requireClips()
  }

  @Test func tooFewIsAnErrorThatNamesTheGenre() throws {
    let error = try #require(throws: CodedError.self) {
      _ = try Splitting().assign(to: dataset(["A": 10, "B": 2]))
    }
    #expect(error.code == .tooFewClips && error.message.contains("'B' has 2 recordings in 2 tracks"))
    let grouped = try #require(throws: CodedError.self) {
      _ = try Splitting().assign(to: dataset(["A": 20, "B": 20], groupSize: 10))
    }
    #expect(grouped.message.contains("in 2 groups"))
    #expect(
      try #require(throws: CodedError.self) { _ = try Splitting().assign(to: dataset(["A": 9])) }.code
        == .singleGenre)
    #expect(throws: CodedError.self) { _ = try Splitting().assign(to: dataset([:])) }
  }

  @Test func givenSplitsAreKeptAndValidIsTakenFromTrain() throws {
    var data = dataset(["A": 100, "B": 100])
    for index in data.clips.indices { data.clips[index].split = index % 5 == 0 ? .test : .train }
    let result = try Splitting().assign(to: data)
    #expect(counts(result, "A") == [71, 9, 20])
    #expect(zip(data.clips, result.clips).allSatisfy { ($0.split == .test) == ($1.split == .test) })
    #expect(try Splitting(validFraction: 0.5, testFraction: 0, seed: 9).assign(to: result) == result)
  }
}
