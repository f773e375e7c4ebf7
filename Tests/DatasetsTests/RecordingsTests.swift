import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// A name is no identity until something proves it.
@Suite(.tags(.hand)) struct RecordingsTests {
  /// A feature file of one value for each line of the index.
  private func store(_ header: String, _ lines: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder(["x.csv": ([header] + lines).joined(separator: "\n") + "\n"])
    try NumpyFile.write(
      Tensor((0..<lines.count).map(Float.init), shape: [lines.count, 1, 1]), to: folder["x.npy"])
    return folder
  }

  private func dataset(_ header: String, _ lines: [String]) throws -> Dataset {
    let folder = try store(header, lines)
    return try withExtendedLifetime(folder) { try Dataset.load(folder["x.npy"]) }
  }

  private func identities(_ header: String, _ lines: [String]) throws -> [String] {
    try dataset(header, lines).clips.map { clip in
      // Paths are those of the temporary folder.
      clip.identity.split(separator: "/").last.map(String.init) ?? clip.identity
    }
  }

  @Test func aNameProvesNothing() throws {
    let lines = ["0,Folk,01.mp3", "1,Folk,02.mp3", "2,Hip-Hop,01.mp3", "3,Folk,01.mp3"]
    #expect(
      try identities("row,label,name", lines) == [
        "01.mp3 (row 0)", "02.mp3", "01.mp3 (row 2)", "01.mp3 (row 3)",
      ])
    let dataset = try dataset("row,label,name", lines)
    #expect(dataset.clips.map(\.isNamedByRow) == [true, false, true, true])
    let warning = try #require(dataset.warnings.first { $0.code == .repeatedName })
    #expect(warning.message.contains("'01.mp3', lines 2 and 4"))
    try dataset.requireOneLabelPerRecording()
    // Not even where a track is called as another one would be.
    let odd = ["0,Folk,a", "1,Folk,a", "2,Folk,a (row 1)"]
    #expect(Set(try identities("row,label,name", odd)).count == 3)
  }

  @Test func aPathProvesItWithStarts() throws {
    let header = "row,path,label,start_seconds"
    #expect(
      try identities(header, ["0,a.mp3,Folk,0", "1,a.mp3,Folk,3", "2,b.mp3,Folk,0"]) == [
        "a.mp3", "a.mp3", "b.mp3",
      ])
    // Composed and decomposed, as two files may be called.
    let twins = try identities(header, ["0,\u{E9}.mp3,Folk,0", "1,e\u{301}.mp3,Folk,3"])
    #expect(Set(twins.map(Spelling.init)).count == 2)
    // Two rows of one start are no two windows of one file; without starts nothing is known.
    #expect(
      try identities(header, ["0,a.mp3,Folk,0", "1,a.mp3,Folk,0"]) == ["a.mp3 (row 0)", "a.mp3 (row 1)"])
    #expect(
      try identities("row,path,label", ["0,a.mp3,Folk", "1,a.mp3,Folk"]) == [
        "a.mp3 (row 0)", "a.mp3 (row 1)",
      ])
  }

  @Test(arguments: [("nan", "nan"), ("0", "inf"), ("0", "-3"), ("", "3"), ("0", "here")])
  func aStartThatIsNoneProvesNothing(_ first: String, _ second: String) throws {
    let lines = ["0,a.mp3,Folk,\(first)", "1,a.mp3,Folk,\(second)"]
    #expect(
      try identities("row,path,label,start_seconds", lines) == ["a.mp3 (row 0)", "a.mp3 (row 1)"])
  }

  @Test func namesAreToldApartByTheirBytes() throws {
    let found = try dataset("row,label,name", ["0,Folk,\u{E9}", "1,Folk,e\u{301}"])
    #expect(found.clips.map { Array($0.identity.utf8) } == [Array("\u{E9}".utf8), Array("e\u{301}".utf8)])
    #expect(found.clips.allSatisfy { !$0.isNamedByRow })
  }

  @Test func spacesBelongToAPath() throws {
    let found = try dataset("row,path,label", ["0,a.mp3,Folk", "1,\" a.mp3\",Folk", "2,  ,Folk"])
    #expect(found.clips.map { $0.path.map(lastName) } == ["a.mp3", " a.mp3", nil])
    #expect(!found.warnings.contains { $0.code == .repeatedName })
  }

  @Test func filesOfOneRecordingLeak() throws {
    let folder = try store(
      "row,label,split,path,recording",
      ["0,Folk,train,a1.wav,a", "1,Folk,test,a2.wav,a", "2,Rock,train,b.wav,b", "3,Rock,test,c.wav,c"])
    let dataset = try Dataset.load(folder["x.npy"])
    let leak = try #require(try DatasetCheck().run(dataset).findings.first { $0.code == .recordingLeak })
    #expect(leak.items == ["'a': 1 in train, 1 in test"])
  }

  @Test(.timeLimit(.minutes(1))) func changedSoundOfALongRecordingIsFoundAtOnce() {
    let windows = (0..<20_000).map { row in
      Clip(name: "a", path: "a.wav", row: row, label: "A", split: .train, startSeconds: Double(row))
    }
    var dataset = Dataset(path: "x", clips: windows.identified())
    dataset.variants = windows.map { window in
      var clip = window
      (clip.row, clip.split, clip.variant) = (20_000 + (window.row ?? 0), nil, "pitch 1")
      return clip
    }
    #expect(dataset.addingTrainingVariants().clips.count == 40_000)
  }

  @Test(arguments: ["track_id", "recording"]) func anIdentifierProvesItWithinAGroup(_ column: String) throws {
    let header = "row,label,group,\(column)"
    #expect(try identities(header, ["0,Folk,x,7", "1,Folk,x,7", "2,Folk,x,8"]) == ["7", "7", "8"])
    // Numbers that begin anew on each album, whatever the genres.
    #expect(try identities(header, ["0,Folk,x,7", "1,Rock,y,7"]) == ["7 (row 0)", "7 (row 1)"])
    #expect(try identities(header, ["0,Folk,x,7", "1,Folk,y,7"]) == ["7 (row 0)", "7 (row 1)"])
  }

  @Test(arguments: [
    ("row,path,label,start_seconds", ["0,a.mp3,Folk,0", "1,b.mp3,Folk,0", "2,a.mp3,Hip-Hop,3"], "a.mp3"),
    ("row,path,label", ["0,a.mp3,Folk", "1,b.mp3,Folk", "2,a.mp3,Hip-Hop"], "a.mp3"),
    ("row,track_id,label", ["0,7,Folk", "1,8,Folk", "2,7,Hip-Hop"], "7"),
  ]) func oneRecordingHasOneLabel(_ header: String, _ lines: [String], _ name: String) throws {
    let folder = try store(header, lines)
    let dataset = try Dataset.load(folder["x.npy"])
    for refuse in [
      { try dataset.requireOneLabelPerRecording() }, { _ = try Splitting().assign(to: dataset) },
      { _ = try Folds(count: 2, of: dataset) },
    ] {
      let error = try #require(throws: CodedError.self) { try refuse() }
      #expect(error.code == .severalLabels && error.line == 4 && error.path == folder["x.csv"])
      #expect(error.message.contains("\(name)' is Hip-Hop here and Folk on line 2"))
    }
    let finding = try #require(
      try DatasetCheck().run(dataset).findings.first { $0.code == .severalLabels })
    #expect(finding.severity == .error && finding.items.count == 1)
    #expect(finding.items[0].hasSuffix("\(name)': line 2: Folk; line 4: Hip-Hop"))
  }

  @Test func checkReportsRepeatedNames() throws {
    let folder = try store(
      "row,label,split,name", ["0,Folk,train,a", "1,Rock,test,a", "2,Rock,train,b", "3,Folk,test,c"])
    let report = try DatasetCheck().run(try Dataset.load(folder["x.npy"]))
    let finding = try #require(report.findings.first { $0.code == .repeatedName })
    #expect(finding.items == ["'a': line 2: Folk, train; line 3: Rock, test"] && finding.severity == .warning)
    // Two labels prove two recordings: nothing leaks.
    #expect(!report.findings.contains { $0.code == .recordingLeak })
  }

  @Test func aRepeatedNumberIsCalledByIt() throws {
    let dataset = try dataset("row,label,recording,group", ["0,Folk,r1,A", "1,Folk,r1,B"])
    let warning = try #require(dataset.warnings.first { $0.code == .repeatedName })
    #expect(warning.message.contains("('r1', lines 2 and 3)"))
  }

  @Test func equalMapsOfOneNameAreStillCopies() throws {
    let folder = try store(
      "row,label,split,name", ["0,Folk,train,a", "1,Folk,test,a", "2,Rock,train,b", "3,Rock,test,c"])
    try NumpyFile.write(Tensor([1, 2, 1, 2, 3, 4, 5, 6], shape: [4, 1, 2]), to: folder["x.npy"])
    let report = try DatasetCheck().run(try Dataset.load(folder["x.npy"]))
    #expect(report.findings.contains { $0.code == .soundLeak })
  }

  @Test func identifiersStayWithACopy() throws {
    let folder = try store("row,label,name,recording", ["0,Folk,a,r1", "1,Folk,a,r1", "2,Folk,a,r2"])
    try FeatureStore.open(folder["x.npy"]).writeCopy(to: folder["y.npy"], spec: nil) { $0 }
    #expect(try Dataset.load(folder["y.npy"]).clips.map(\.identity) == ["r1", "r1", "r2"])
  }

  @Test func filesOfOneRecordingStayTogether() throws {
    // Two files cut out of each recording, with numbers of their own.
    let clips = (0..<40).map { index in
      var clip = Clip(name: "\(index)", path: "\(index).wav", row: index, label: index % 4 < 2 ? "A" : "B")
      clip.identifier = "song-\(index / 2)"
      return clip
    }
    let dataset = Dataset(path: "x", clips: clips)
    let split = try Splitting(validFraction: 0.1, testFraction: 0.1, seed: 3).assign(to: dataset)
    let folds = try Folds(count: 4, of: dataset)
    for index in stride(from: 0, to: 40, by: 2) {
      #expect(split.clips[index].split == split.clips[index + 1].split)
      #expect(folds.foldOfClip[index] == folds.foldOfClip[index + 1])
    }
  }

  @Test func changedSoundFollowsNoOtherTrackOfItsName() {
    var dataset = Dataset(
      path: "x",
      clips: [
        Clip(name: "a", row: 0, label: "A", split: .train),
        Clip(name: "a", row: 1, label: "B", split: .train),
        Clip(name: "c", row: 2, label: "A", split: .train),
        Clip(name: "c", row: 3, label: "A", split: .test),
      ].identified())
    dataset.variants = [
      Clip(name: "a", row: 4, label: "B", variant: "pitch 1"),
      Clip(name: "c", row: 5, label: "A", variant: "pitch 1"),
    ]
    let added = dataset.addingTrainingVariants().clips.dropFirst(4)
    // Of "c" it may be the changed sound of the test track.
    #expect(added.map(\.row) == [4] && added.map(\.label) == ["B"])
  }
}
