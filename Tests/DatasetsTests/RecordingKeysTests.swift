import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// Numbers that begin anew on each album, and recordings that two parts share.
@Suite(.tags(.hand)) struct RecordingKeysTests {
  /// Track numbers 1 to 6 of ten albums, two windows each.
  private func albums(_ edit: (inout Clip, _ album: Int) -> Void = { _, _ in }) -> Dataset {
    var clips: [Clip] = []
    for album in 0..<10 {
      for number in 1...6 {
        for _ in 0..<2 {
          var clip = Clip(
            name: "row \(clips.count)", row: clips.count, label: album % 2 == 0 ? "A" : "B",
            group: "album \(album)")
          clip.identifier = "\(number)"
          edit(&clip, album)
          clips.append(clip)
        }
      }
    }
    return Dataset(path: "x", clips: clips.identified())
  }

  @Test func numbersOfAlbumsDoNotJoinThem() throws {
    let dataset = albums()
    #expect(dataset.inseparable(among: Array(dataset.clips.indices)).count == 10)
    let split = try Splitting(validFraction: 0.2, testFraction: 0.2).assign(to: dataset)
    try split.requireClips()
    #expect(split.leakageWarnings().isEmpty)
    // Within its album a number is a recording.
    #expect(dataset.clips.recordingCount == 60 && dataset.hasRecordingsOfRows)
    let warning = try #require(dataset.repeatedNameWarning())
    #expect(
      warning.code == .repeatedName
        && warning.message.hasPrefix("6 numbers are used in several groups ('1' in 10)"))
    let findings = DatasetCheck().structureFindings(split)
    #expect(!findings.contains { $0.code == .recordingLeak || $0.code == .groupLeak })
  }

  @Test func filesTellAndOneFileIsOneRecording() {
    // Of two albums nothing but files can tell.
    func sets(_ path: (Int) -> String?) -> Int {
      let clips = [1, 2].map { album in
        var clip = Clip(
          name: "x", path: path(album), row: album, label: "A", group: "album \(album)")
        clip.identifier = "7"
        return clip
      }
      return Dataset(path: "x", clips: clips).inseparable(among: [0, 1]).count
    }
    #expect(sets { "\($0)/7.mp3" } == 2)
    #expect(sets { _ in "7.mp3" } == 1)
    #expect(sets { _ in nil } == 1)
    // One sound in two files is one recording.
    let copies = albums { clip, album in
      clip.path = "\(album)/\(clip.identifier ?? "").mp3"
      clip.sound = clip.identifier == "1" ? SoundHash("00000000000000aa") : nil
    }
    #expect(copies.inseparable(among: Array(copies.clips.indices)).count == 1)
  }

  @Test func whatIsNoTrackNumberStaysTogether() {
    for name in ["track 1", "1000", "-1", "1.5"] {
      let dataset = albums { clip, _ in if clip.identifier == "1" { clip.identifier = name } }
      #expect(dataset.inseparable(among: Array(dataset.clips.indices)).count == 1, "\(name)")
    }
  }

  private func store(_ header: String, _ lines: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder(["x.csv": ([header] + lines).joined(separator: "\n") + "\n"])
    try NumpyFile.write(
      Tensor((0..<lines.count).map(Float.init), shape: [lines.count, 1, 1]), to: folder["x.npy"])
    return folder
  }

  /// `train`, `--folds` and `search` print these warnings.
  @Test(arguments: [
    (
      "row,label,split,path,start_seconds", ["0,A,train,a.wav,0", "1,A,test,a.wav,3", "2,B,train,b.wav,0"],
      "a.wav"
    ),
    ("row,label,split,path", ["0,A,train,a.wav", "1,A,test,a.wav", "2,B,train,b.wav"], "a.wav"),
    ("row,label,split,recording", ["0,A,train,r1", "1,A,test,r1", "2,B,train,r2"], "r1"),
    ("row,label,split,recording,group", ["0,A,train,r1,x", "1,A,test,r1,y", "2,B,train,r2,z"], "r1"),
    ("row,label,split,track_id", ["0,A,valid,7", "1,A,test,7", "2,B,train,8"], "7"),
    ("row,label,split,name", ["0,A,train,n", "1,A,test,n", "2,B,train,m"], "n"),
  ]) func windowsInTwoPartsAreSaid(header: String, lines: [String], name: String) throws {
    let folder = try store(header, lines)
    let dataset = try Dataset.load(folder["x.npy"])
    let warning = try #require(dataset.warnings.first { $0.code == .recordingInSeveralSplits })
    #expect(warning.message.hasPrefix("1 recording stands in more than one split"))
    #expect(warning.message.contains("\(name)')"))
    // The check calls it a leak, an error as the others.
    let finding = try #require(
      try DatasetCheck().run(dataset).findings.first { $0.code == .recordingLeak })
    #expect(finding.severity == .error && finding.items.count == 1)
    #expect(
      finding.items[0].hasSuffix(
        "\(name)': 1 in \(lines[0].contains("valid") ? "valid" : "train"), 1 in test"))
  }

  @Test(arguments: [
    ("row,label,split,name", ["0,A,train,n", "1,B,test,n"]),
    ("row,label,split,name,group", ["0,A,train,n,x", "1,A,test,n,y"]),
    ("row,label,split,recording,name", ["0,A,train,r1,n", "1,A,test,r2,n"]),
  ]) func aNameAloneIsNoLeak(header: String, lines: [String]) throws {
    let folder = try store(header, lines)
    let dataset = try Dataset.load(folder["x.npy"])
    #expect(!dataset.warnings.contains { $0.code == .recordingInSeveralSplits })
  }

  @Test func windowsOfRowsAreFoundByTheIndex() {
    func clip(_ row: Int, _ path: String?, start: Double? = nil, segment: SoundSegment? = nil) -> Clip {
      Clip(
        name: path ?? "n", path: path, row: row, label: "A", segment: segment, startSeconds: start)
    }
    let clips = [
      clip(10, "a", start: 0), clip(11, "a", start: 3), clip(12, "b"), clip(13, "b"), clip(14, nil),
      clip(15, nil), clip(16, "c", segment: SoundSegment(startSeconds: 0, endSeconds: 2)),
      clip(17, "c", segment: SoundSegment(startSeconds: 1, endSeconds: 3)),
      clip(18, "c", segment: SoundSegment(startSeconds: 3, endSeconds: 4)), clip(19, "d"),
    ].identified()
    let kinship = RowKinship(clips)
    #expect(kinship.windows(of: [10]) == [10, 11])
    // One file is one recording, though nothing says that its rows are windows.
    #expect(kinship.windows(of: [12]) == [12, 13])
    // A name proves nothing.
    #expect(kinship.windows(of: [14]) == [14] && kinship.possibleWindows(of: [14]) == [14, 15])
    #expect(kinship.windows(of: [16]) == [16, 17] && kinship.windows(of: [18]) == [18])
    #expect(kinship.windows(of: [17]) == [16, 17] && kinship.possibleWindows(of: [16]) == [16])
    // A row that the index does not know.
    #expect(kinship.windows(of: [99, 19]) == [19, 99])
  }

  @Test(.timeLimit(.minutes(1))) func longRecordingsAreFoundAtOnce() {
    let clips = (0..<40_000).map { row in
      Clip(name: "n", path: row < 20_000 ? "a" : nil, row: row, label: "A", startSeconds: Double(row % 7))
    }.identified()
    let kinship = RowKinship(clips)
    #expect(kinship.windows(of: Set(0..<20_000)).count == 20_000)
    #expect(kinship.possibleWindows(of: Set(20_000..<40_000)).count == 20_000)
  }
}
