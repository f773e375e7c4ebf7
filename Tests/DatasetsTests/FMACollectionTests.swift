import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// `Golden/fma/tracks.csv` has the quirks of the real file; `expected.csv` is Python's reading of it.
@Suite(.tags(.hand, .reference, .hostile)) struct FMACollectionTests {
  static let golden = Bundle.module.bundleURL.appending(path: "Golden/fma").path
  static let tracks = golden + "/tracks.csv"

  /// A folder of empty clips, those of the metadata, in which `fma_small` is the audio.
  func audio(_ metadata: String = tracks, without missing: Set<Int> = []) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    var source = try FMAMetadata(path: metadata)
    while let track = try source.next() {
      if !missing.contains(track.id) { try folder.write("x", to: "fma_small/" + track.relativePath) }
    }
    return folder
  }

  @Test func manifestIsWhatPythonReads() throws {
    let folder = try audio()
    var collection = FMACollection(audio: folder["fma_small"], metadata: Self.tracks)
    collection.subset = .medium
    collection.keepsBad = true
    let catalog = try collection.catalog()
    try catalog.write(to: folder["fma.csv"])
    let found = try CSVTable(path: folder["fma.csv"])
    let expected = try CSVTable(path: Self.golden + "/expected.csv")
    #expect(found.header == expected.header)
    #expect(found.records.count == expected.records.count)
    for (ours, theirs) in zip(found.records, expected.records) {
      #expect(ours.fields == ["fma_small/" + theirs.fields[0]] + theirs.fields.dropFirst())
    }
    // It is a data set for everybody else.
    let dataset = try Dataset.load(folder["fma.csv"])
    #expect(dataset.isSplit && dataset.warnings.isEmpty && dataset.clips.allSatisfy { $0.group != nil })
    #expect(try folder.names == ["fma.csv", "fma_small"])
  }

  @Test func whatIsLeftOutIsSaid() throws {
    let folder = try audio(without: [3, 4])
    let all = FMACollection(audio: folder["fma_small"], metadata: Self.tracks)
    #expect(all.effectiveSubset == .small)
    let catalog = try all.catalog()
    let codes = Dictionary(grouping: catalog.leftOut, by: \.code).mapValues(\.count)
    #expect(codes == ["known-bad": 6, "missing": 2])
    #expect(catalog.notes.contains { $0.hasPrefix("6 clips that are known to be empty") })
    try catalog.write(to: folder["fma.csv"])
    let ledger = try CSVTable(path: folder["fma.left-out.csv"])
    #expect(ledger.records.map { $0.fields[0] }.contains("fma_small/000/000003.mp3"))
    #expect(ledger.records.map { $0.fields[0] }.contains("fma_small/133/133297.mp3"))

    var full = all
    full.subset = .full
    let notes = try full.catalog().notes
    #expect(notes.contains { $0.contains("have no single top genre") }, "\(notes)")
    #expect(try full.catalog().dataset.clips.count > catalog.dataset.clips.count)
  }

  @Test func genresAreChosenWithoutRegardToCase() throws {
    let folder = try audio()
    var collection = FMACollection(audio: folder["fma_small"], metadata: Self.tracks)
    collection.subset = .full
    collection.genres = ["folk", "HIP-HOP"]
    #expect(try collection.catalog().dataset.labels.allSatisfy { ["Folk", "Hip-Hop"].contains($0) })
    collection.genres = ["Folk", "Polka"]
    let error = #expect(throws: CodedError.self) { _ = try collection.catalog() }
    #expect(error?.code == .unknownLabel && error?.message.contains("'Polka'") == true)
  }

  @Test func nothingLeftIsAnError() throws {
    let folder = try TemporaryFolder(["fma_small/x": ""])
    let error = #expect(throws: CodedError.self) {
      _ = try FMACollection(audio: folder["fma_small"], metadata: Self.tracks).catalog()
    }
    #expect(error?.code == .allFailed && error?.message.contains("no such file") == true)
    let none = #expect(throws: CodedError.self) {
      _ = try FMACollection(audio: folder["no"], metadata: Self.tracks).catalog()
    }
    #expect(none?.code == .missing)
  }

  func all(_ text: String) throws -> [FMATrack] {
    let folder = try TemporaryFolder(["tracks.csv": text])
    var source = try FMAMetadata(path: folder["tracks.csv"])
    var tracks: [FMATrack] = []
    while let track = try source.next() { tracks.append(track) }
    return tracks
  }

  @Test func lineEndsOfTheFileDoNotMatter() throws {
    let text = try String(contentsOfFile: Self.tracks, encoding: .utf8)
    // Record ends only: those within quotes are content.
    var (isQuoted, other) = (false, "")
    for scalar in text.unicodeScalars {
      if scalar == "\"" { isQuoted.toggle() }
      if scalar == "\n" && !isQuoted { other += "\r\n" } else { other.unicodeScalars.append(scalar) }
    }
    func contents(_ tracks: [FMATrack]) -> [FMATrack] {
      tracks.map { track in
        var track = track
        track.line = 0
        return track
      }
    }
    #expect(try contents(all(other)) == contents(all(text)))
  }

  static let header = ",album,artist,set,set,track\n,id,id,split,subset,genre_top\ntrack_id,,,,,\n"

  @Test(arguments: [
    (header.replacing("track_id", with: "id"), 3, "three header lines"),
    ("track_id,,,,,\n,album,artist,set,set,track\n,id,id,split,subset,genre_top\n", 3, "three header lines"),
    (",id,id,split,subset,genre_top\n,album,artist,set,set,track\ntrack_id,,,,,\n", 1, "no column set.split"),
    (header.replacing("genre_top", with: "genre"), 1, "no column track.genre_top"),
    (",album\n,id\n", 3, "ends within its three header lines"),
    ("", 1, "ends within its three header lines"),
    (header + "x7,1,1,training,small,Folk\n", 4, "'x7' is no track number"),
    (header + "-7,1,1,training,small,Folk\n", 4, "'-7' is no track number"),
    (header + "99999999999999999999,1,1,training,small,Folk\n", 4, "is no track number"),
    (header + "1000000,1,1,training,small,Folk\n", 4, "is no track number"),
    (header + "7,1,1,training,small,Folk\n7,1,1,test,small,Folk\n", 5, "track 7 is listed on line 4 already"),
    (header + "7,1,1,tomorrow,small,Folk\n", 4, "unknown split 'tomorrow'"),
    (header + "7,1,1,training,tiny,Folk\n", 4, "unknown subset 'tiny'"),
    (header + "7,1,../../etc,training,small,Folk\n", 4, "is no artist's number"),
    (header + "7,1,1,training,small\n", 4, "5 fields, the header has 6"),
    (header + "7,1,1,training,small,\"Folk\n", 4, "a quote is not closed"),
  ]) func hostileMetadataThrowsWithItsLine(text: String, line: Int, words: String) throws {
    let error = #expect(throws: CodedError.self) { _ = try all(text) }
    #expect(
      error?.line == line && error?.message.contains(words) == true,
      "\(error.map(String.init(describing:)) ?? "")")
    #expect(error?.message.contains("\n") == false)
  }

  /// Cut anywhere, the file gives fewer tracks or one error, never a trap.
  @Test func truncatedMetadata() throws {
    let text = try String(contentsOfFile: Self.tracks, encoding: .utf8)
    let whole = try all(text)
    #expect(whole.count == 68)
    for cut in stride(from: 0, to: text.utf8.count, by: 997) {
      let part = String(decoding: text.utf8.prefix(cut), as: UTF8.self)
      do {
        let found = try all(part)
        // The last record may lack the end of its last field.
        #expect(found.count <= whole.count && found.dropLast() == whole.prefix(max(0, found.count - 1)))
      } catch {
        #expect(error is CodedError)
      }
    }
  }

  @Test(
    arguments: [
      ("[21, 45]", [21, 45]), ("[]", []), ("[7]", [7]), ("[ 21,45 ]", [21, 45]), ("[21, None]", []),
      ("[21,, 45]", []),
      ("[-1]", []), ("21", []), ("", []), ("[21", []), ("[99999999999999999999]", []), ("[1]\n", [1]),
      ("['21']", [21]),
    ] as [(String, [Int])]) func genreNumbers(text: String, expected: [Int]) throws
  {
    let header = Self.header.replacing("track\n", with: "track,track\n").replacing(
      "genre_top", with: "genre_top,genres"
    )
    .replacing(",,,,,", with: ",,,,,,")
    #expect(try all(header + "7,1,1,training,small,Folk,\"\(text)\"\n").map(\.genres) == [expected])
  }

  /// Cells as strangers write them: white space of all kinds, days that are none.
  @Test func cellsAreMended() throws {
    let header =
      ",album,album,artist,artist,set,set,track,track,track\n"
      + ",id,date_released,id,name,split,subset,genre_top,title,date_recorded\ntrack_id,,,,,,,,,\n"
    let tracks = try all(
      header
        + "1,7,2008-11-26 01:44:45,1,\" The\r\n Band\t\",training,small,Folk,two  blanks,1999-01-01\n"
        + "2,,2008-11,1,\u{A0}Bj\u{F6}rk\u{2028}x ,test,small, Folk ,ends ,1999-01-01 00:00\n"
        + "3,,20x8-11-26,1,,validation,,,\" \",soon\n")
    #expect(tracks.map(\.artist) == ["The Band", "Bj\u{F6}rk x", ""])
    #expect(tracks.map(\.title) == ["two blanks", "ends", ""])
    #expect(tracks.map(\.date) == ["2008-11-26", "1999-01-01", ""])
    #expect(tracks.map(\.decade) == ["2000", "1990", ""])
    #expect(tracks.map(\.topGenre) == ["Folk", "Folk", nil] && tracks[2].subset == .full)
  }

  @Test func pathsAreTheArchives() {
    func path(_ id: Int) -> String {
      FMATrack(
        id: id, split: .train, subset: .small, genres: [], title: "", artistID: 1, artist: "", albumID: "",
        album: "",
        date: "", bitRate: "", duration: "", line: 1
      ).relativePath
    }
    #expect([2, 1486, 133297].map(path) == ["000/000002.mp3", "001/001486.mp3", "133/133297.mp3"])
  }

  @Test(
    arguments: [
      ("[21, 45]", ["21", "45"]), ("[]", []), (" [ 'a' , \"b's\", ] ", ["a", "b's"]),
      ("['it\\'s', 'x\\\\']", ["it's", "x\\"]),
      ("[None, nan]", ["None", "nan"]), ("", nil), ("[", nil), ("[1", nil), ("[1 2]", nil), ("[1]x", nil),
      ("['a]", nil),
      ("[[1]]", nil), ("21", nil), ("[,]", nil), ("['a\\", nil),
    ] as [(String, [String]?)]) func pythonLists(text: String, expected: [String]?)
  {
    #expect(pythonList(text) == expected)
  }
}
