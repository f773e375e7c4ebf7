import Datasets
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .hostile)) struct DatasetTests {
  // MARK: - Folders

  @Test func aFolderOfGenres() throws {
    let folder = try TemporaryFolder([
      "Hip-Hop/b.mp3": "", "Hip-Hop/a.WAV": "", "Folk/disc 1/c.flac": "", "Folk/notes.txt": "",
      "Folk/.x.mp3": "",
      "read.mp3": "", "Empty/x.txt": "",
    ])
    let dataset = try Dataset.load(folder.path)
    #expect(dataset.labels == ["Folk", "Hip-Hop"])
    #expect(dataset.clips.map(\.name) == ["c.flac", "a.WAV", "b.mp3"])
    #expect(dataset.clips[0].path == folder["Folk/disc 1/c.flac"] && !dataset.isSplit)
    #expect(dataset.warnings.map(\.code) == [.emptyGenreFolder])
  }

  @Test func aManifestInTheFolderComesFirst() throws {
    let folder = try TemporaryFolder(["A/a.mp3": "", "manifest.csv": "path,label,split\nA/a.mp3,Folk,test\n"])
    let dataset = try Dataset.load(folder.path)
    #expect(dataset.labels == ["Folk"] && dataset.clips[0].path == folder["A/a.mp3"] && dataset.isSplit)
  }

  @Test func aFolderWithoutGenres() throws {
    for files in [[:], ["one.mp3": ""], ["Folk/x.txt": ""]] {
      let folder = try TemporaryFolder(files)
      let error = try #require(throws: CodedError.self) { _ = try Dataset.load(folder.path) }
      #expect(error.code == .empty && error.path == folder.path)
    }
  }

  @Test func aLinkBackUpEnds() throws {
    let folder = try TemporaryFolder(["Folk/a.mp3": ""])
    try FileManager.default.createSymbolicLink(
      atPath: folder["Folk/loop"], withDestinationPath: folder["Folk"])
    let dataset = try Dataset.load(folder.path)
    #expect(dataset.clips.count == 1 && dataset.warnings.map(\.code) == [.linkLeftOut])
  }

  @Test func gatheredInputs() throws {
    let folder = try TemporaryFolder(["in/b.mp3": "", "in/a.mp3": "", "odd.name": ""])
    let dataset = try Dataset.gather([folder["odd.name"], folder["in"], folder["in/a.mp3"]])
    #expect(dataset.clips.map(\.name) == ["odd.name", "a.mp3", "b.mp3"])
    #expect(dataset.clips.allSatisfy { $0.label.isEmpty })
    #expect(throws: CodedError.self) { _ = try Dataset.gather([folder["none.mp3"]]) }
  }

  // MARK: - Manifests

  @Test func aManifest() throws {
    let folder = try TemporaryFolder([
      "data/set.csv":
        "path,genre,split,group\n../a.mp3,Folk,training,7\n./b.mp3,Rock,val,8\n/x/c.mp3,Rock,TEST,\n"
    ])
    let dataset = try Dataset.load(folder["data/set.csv"])
    #expect(dataset.clips.map(\.path) == [folder["a.mp3"], folder["data/b.mp3"], "/x/c.mp3"])
    #expect(dataset.clips.map(\.split) == [.train, .valid, .test])
    #expect(dataset.clips.map(\.group) == ["7", "8", nil])
    #expect(dataset.clips.map(\.line) == [2, 3, 4] && dataset.isSplit && dataset.warnings.isEmpty)
  }

  @Test(
    arguments: [
      ("song,label\na,b\n", CodedError.Code.missingColumn, 1), ("path\na\n", .missingColumn, 1),
      ("path,label\n", .empty, nil), ("path,label\na.mp3,\n", .missingLabel, 2),
      ("path,label\na.mp3,F\n,F\n", .missing, 3), ("path,label\na.mp3,F\n\nx/../a.mp3,G\n", .duplicate, 4),
      ("path,label,split\na.mp3,F,dev\n", .unknownSplit, 2),
      ("path,label,split\na.mp3,F,train\nb.mp3,F,\n", .unknownSplit, 3), ("path,label\na.mp3\n", .damaged, 2),
    ] as [(String, CodedError.Code, Int?)]) func manifestErrorsNameTheLine(
      text: String, code: CodedError.Code, line: Int?
    ) throws
  {
    let folder = try TemporaryFolder(["set.csv": text])
    let error = try #require(throws: CodedError.self) { _ = try Dataset.load(folder["set.csv"]) }
    #expect(error.code == code && error.line == line && error.path == folder["set.csv"], "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test func otherInputs() throws {
    let folder = try TemporaryFolder(["x.txt": "", "y.npy": ""])
    for (name, code) in [("none", .missing), ("x.txt", .damaged), ("y.npy", .damaged)]
      as [(String, CodedError.Code)]
    {
      let error = try #require(throws: CodedError.self) { _ = try Dataset.load(folder[name]) }
      #expect(error.code == code, "\(error)")
    }
  }

  @Test func tornGroupsAreReported() throws {
    let folder = try TemporaryFolder([
      "set.csv": "path,label,split,group\na,F,train,1\nb,F,test,1\nc,F,test,2\n"
    ])
    #expect(try Dataset.load(folder["set.csv"]).warnings.map(\.code) == [.groupInSeveralSplits])
  }

  // MARK: - Feature files

  @Test func aFeatureFile() throws {
    let folder = try TemporaryFolder([
      "x.csv": "row,track_id,genre,split,group,path\n2,000005,Rock,train,0,a/b.mp3\n0,,Folk,test,1,\n"
    ])
    try NumpyFile.write(Tensor(shape: [3, 2, 2]), to: folder["x.npy"])
    for name in ["x.npy", "x.csv"] {
      let dataset = try Dataset.load(folder[name])
      #expect(dataset.featuresPath == folder["x.npy"])
      #expect(dataset.clips.map(\.row) == [2, 0] && dataset.clips.map(\.name) == ["000005", "row 0"])
      #expect(dataset.clips[0].path == folder["a/b.mp3"] && dataset.clips[1].path == nil)
    }
  }

  @Test(
    arguments: [
      ("label\nF\n", CodedError.Code.missingColumn, 1), ("row\n1\n", .missingColumn, 1),
      ("row,label\n3,F\n", .invalidRow, 2), ("row,label\n-1,F\n", .invalidRow, 2),
      ("row,label\nx,F\n", .invalidRow, 2), ("row,label\n1,F\n2,F\n1,F\n", .duplicate, 4),
      ("row,label\n0, \n", .missingLabel, 2), ("row,label,split\n0,F,all\n", .unknownSplit, 2),
      ("row,label\n", .empty, nil),
    ] as [(String, CodedError.Code, Int?)]) func indexErrorsNameTheLine(
      text: String, code: CodedError.Code, line: Int?
    ) throws
  {
    let folder = try TemporaryFolder(["x.csv": text])
    try NumpyFile.write(Tensor(shape: [3, 2, 2]), to: folder["x.npy"])
    let error = try #require(throws: CodedError.self) { _ = try Dataset.load(folder["x.npy"]) }
    #expect(error.code == code && error.line == line && error.path == folder["x.csv"], "\(error)")
  }

  @Test func aFeatureFileWithoutIndex() throws {
    let folder = try TemporaryFolder()
    try NumpyFile.write(Tensor(shape: [3, 2, 2]), to: folder["x.npy"])
    let error = try #require(throws: CodedError.self) { _ = try Dataset.load(folder["x.npy"]) }
    #expect(error.code == .missing && error.path == folder["x.csv"])
  }

  // MARK: - Choosing

  @Test func restrictedToGenres() throws {
    let dataset = Dataset(
      path: "x", clips: ["A", "B", "C", "A"].map { Clip(name: "t", label: $0, split: .train) })
    let restricted = try dataset.restricted(to: ["C", "A"])
    #expect(restricted.labels == ["A", "C"] && restricted.clips.map(\.label) == ["A", "C", "A"])
    let error = try #require(throws: CodedError.self) { _ = try dataset.restricted(to: ["Z"]) }
    #expect(error.code == .unknownLabel && error.message.contains("A (2), B (1), C (1)"))
  }

  @Test func tooFewClipsOrGenres() throws {
    var dataset = Dataset(
      path: "x", clips: (0..<3).map { Clip(name: "t\($0)", label: "A", split: .train) })
    #expect(try #require(throws: CodedError.self) { try dataset.requireClips() }.code == .singleGenre)
    dataset.clips.append(Clip(name: "t", label: "B", split: .train))
    try dataset.requireClips(in: [.train])
    let error = try #require(throws: CodedError.self) { try dataset.requireClips(2, in: [.train]) }
    #expect(error.code == .tooFewClips && error.message.contains("'B' has 1 recordings for train, 2 needed"))
  }
}
