import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand)) struct ChecksumTests {
  static func sum(_ text: String) throws -> String {
    var digest = try SHA1()
    digest.update(text)
    return digest.finish()
  }

  @Test func listsAreReadAsTheyAreWritten() throws {
    let (a, b) = (try Self.sum("a"), try Self.sum("b"))
    let folder = try TemporaryFolder([
      "checksums": "\(a)  000/000002.mp3\n\(b.uppercased()) *./000/000003 x.mp3\r\n\n\(a)  000/000002.mp3\n"
    ])
    let list = try ChecksumList(path: folder["checksums"])
    #expect(list.sum(of: "000/000002.mp3") == a && list.sum(of: "000/000003 x.mp3") == b)
  }

  @Test(arguments: [
    ("garbage\n", 1), ("@a  000/a.mp3\nd41d8cd98f00b204e9800998ecf8427e  md5.mp3\n", 2),
    ("@a 000/a.mp3\n", 1),
    ("@a  /etc/passwd\n", 1), ("@a  ../x\n", 1), ("@a  a/../../x\n", 1), ("@a  \n", 1),
    ("@a  x\n@b  ./x\n", 2),
    ("\\@a  x\n", 1),
  ]) func garbageThrowsWithItsLine(text: String, line: Int) throws {
    let filled = try text.replacing("@a", with: Self.sum("a")).replacing("@b", with: Self.sum("b"))
    let folder = try TemporaryFolder(["checksums": filled])
    let error = #expect(throws: CodedError.self) { _ = try ChecksumList(path: folder["checksums"]) }
    #expect(error?.line == line, "\(error.map(String.init(describing:)) ?? "")")
  }

  @Test func whatIsNoList() throws {
    let folder = try TemporaryFolder(["empty": "\n", "zip/x": ""])
    try Data([0x50, 0x4B, 0xFF, 0x00, 0x0A, 0xFE]).write(to: URL(filePath: folder["zip/y"]))
    for (path, code) in [
      ("no", CodedError.Code.missing), ("empty", .empty), ("zip", .damaged), ("zip/y", .damaged),
    ] {
      let error = #expect(throws: CodedError.self) { _ = try ChecksumList(path: folder[path]) }
      #expect(error?.code == code)
    }
  }

  /// Six clips, of which one has another sum than is published, one is not listed and one is not there.
  func collection() throws -> (folder: TemporaryFolder, catalog: Catalog, list: ChecksumList) {
    let folder = try TemporaryFolder()
    var lines = ""
    var clips: [Clip] = []
    for index in 0..<6 {
      let name = "000/00000\(index).mp3"
      if index != 5 { try folder.write("clip \(index)", to: "fma/" + name) }
      if index != 4 { lines += "\(try Self.sum("clip \(index == 1 ? 9 : index)"))  \(name)\n" }
      clips.append(Clip(name: name, path: folder["fma/" + name], label: "Folk"))
    }
    try folder.write(lines, to: "fma/checksums")
    let list = try ChecksumList(path: folder["fma/checksums"])
    return (folder, Catalog(dataset: Dataset(path: "x", clips: clips)), list)
  }

  @Test(arguments: [1, 3]) func wrongSumsAreLeftOut(threads: Int) throws {
    let (folder, catalog, list) = try collection()
    var (result, again) = (catalog, catalog)
    var verification = ChecksumVerification(list: list, root: folder["fma"])
    verification.threads = threads
    let watched = WatchedJob()
    let state = try verification.run(&result, journal: folder["journal"], job: watched.job())
    #expect(result.dataset.clips.map(\.name) == [0, 2, 3, 4].map { "000/00000\($0).mp3" })
    #expect(result.leftOut.map(\.code) == ["checksum-mismatch", "missing"])
    #expect(result.leftOut[0].reason.contains(try Self.sum("clip 1")))
    #expect(result.notes.count == 2 && result.notes[0].hasPrefix("1 clips are not in"))
    #expect(state == .init(done: 6, total: 6, bytes: 24, mismatches: 1, known: 0))
    #expect(
      watched.steps.map(\.completed) == [2, 3, 4, 5, 6] && watched.steps.last?.figures == ["0 MB, 1 wrong"])

    // Nothing is read again: the sums come from the journal even for a file whose content changed behind its stamp.
    let second = try verification.run(&again, journal: folder["journal"])
    #expect(second.known == 4 && again == result)
  }

  @Test func changedFilesAreHashedAgain() throws {
    let (folder, catalog, list) = try collection()
    let verification = ChecksumVerification(list: list, root: folder["fma"])
    var (first, second) = (catalog, catalog)
    try verification.run(&first, journal: folder["journal"])
    try folder.write("other 0", to: "fma/000/000000.mp3")
    let state = try verification.run(&second, journal: folder["journal"])
    #expect(state.known == 3 && state.mismatches == 2)
    // Same length, later time of change.
    try folder.write("clip 0", to: "fma/000/000000.mp3")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: folder["fma/000/000000.mp3"])
    var third = catalog
    #expect(
      try verification.run(&third, journal: folder["journal"])
        == .init(
          done: 6, total: 6, bytes: 24, mismatches: 1, known: 3))
    #expect(third.dataset == first.dataset)
  }

  /// Killed at any byte of its journal, a run goes on with what stands there whole.
  @Test func journalCutAnywhereStillServes() throws {
    let (folder, catalog, list) = try collection()
    let verification = ChecksumVerification(list: list, root: folder["fma"])
    var expected = catalog
    try verification.run(&expected, journal: folder["journal"])
    let whole = try Data(contentsOf: URL(filePath: folder["journal"]))
    #expect(whole.split(separator: 0x0A).count == 4)
    for cut in stride(from: 0, through: whole.count, by: 7) {
      let part = whole.prefix(cut)
      try part.write(to: URL(filePath: folder["journal"]))
      var again = catalog
      let state = try verification.run(&again, journal: folder["journal"])
      #expect(state.known == part.count { $0 == 0x0A } && again == expected)
      let lines = try Data(contentsOf: URL(filePath: folder["journal"])).split(separator: 0x0A)
      #expect(Set(lines) == Set(whole.split(separator: 0x0A)))
    }
  }

  @Test func garbageInTheJournalIsNotBelieved() throws {
    let (folder, catalog, list) = try collection()
    try Data(Array("nonsense\n\n0 0 0 0\n".utf8) + [0xFF, 0x0A]).write(to: URL(filePath: folder["journal"]))
    var result = catalog
    let state = try ChecksumVerification(list: list, root: folder["fma"]).run(
      &result, journal: folder["journal"])
    #expect(state.known == 0 && state.mismatches == 1)
    #expect(throws: CodedError.self) {
      var other = catalog
      try ChecksumVerification(list: list, root: folder["fma"]).run(&other, journal: folder["no/journal"])
    }
  }

  @Test func aListOfAnotherFolderIsRefused() throws {
    let (folder, catalog, list) = try collection()
    let error = #expect(throws: CodedError.self) {
      var result = catalog
      try ChecksumVerification(list: list, root: folder["other"]).run(&result, journal: folder["journal"])
    }
    #expect(error?.code == .incompatible && error?.message.hasPrefix("none of the clips is in it") == true)
  }

  @Test func oneRunAtATime() throws {
    let folder = try TemporaryFolder()
    let first = try ChecksumJournal(path: folder["journal"])
    let error = #expect(throws: CodedError.self) { _ = try ChecksumJournal(path: folder["journal"]) }
    #expect(error?.message == "another run is writing this journal")
    withExtendedLifetime(first) {}
  }

  @Test func cancelledRunLeavesTheCatalogAndGoesOn() throws {
    let (folder, catalog, list) = try collection()
    var result = catalog
    let verification = ChecksumVerification(list: list, root: folder["fma"])
    let error = #expect(throws: CodedError.self) {
      try verification.run(&result, journal: folder["journal"], job: .cancelled)
    }
    #expect(error?.code == .cancelled && result == catalog)
    #expect(try verification.run(&result, journal: folder["journal"]).done == 6)
  }
}
