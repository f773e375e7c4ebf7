import Audio
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand, .hostile)) struct GTZANCollectionTests {
  /// `blues.00000` and so on, sorted.
  func names(_ split: Split) -> [String] {
    GTZANSplit.genres.flatMap { genre in
      (0..<100).filter { GTZANSplit.split(ofGenre: genre, number: $0) == split }
        .map { GTZANCollection.name(genre, $0) }
    }.sorted()
  }

  @Test func countsAreThePublishedOnes() {
    #expect(Split.allCases.map { names($0).count } == [443, 197, 290])
    let perGenre = Split.allCases.map { split in
      GTZANSplit.genres.map { genre in names(split).count { $0.hasPrefix(genre + ".") } }
    }
    #expect(perGenre[0] == [46, 48, 45, 42, 47, 43, 44, 41, 43, 44])
    #expect(perGenre[1] == [23, 20, 23, 22, 18, 17, 20, 13, 17, 24])
    #expect(perGenre[2] == [31, 31, 30, 29, 27, 27, 27, 30, 26, 32])
    // A clip in two lists would be counted once.
    #expect(GTZANSplit.assignments.values.reduce(0) { $0 + $1.count } == 443 + 197 + 290)
  }

  /// SHA-1 of torchaudio's lists (2.11, `filtered_train` and so on), sorted and joined by line ends.
  @Test(arguments: [
    (Split.train, "d063af07df5a2d3b0b79c3ea6d042dd711fd5238"),
    (.valid, "49068428ae072676074bff26edede7e1b635cbe0"), (.test, "f1ea62e83348006b8502e2043c0a062087b91301"),
  ]) func listsAreThoseOfTorchaudio(split: Split, expected: String) throws {
    var digest = try SHA1()
    digest.update(names(split).joined(separator: "\n"))
    #expect(digest.finish() == expected)
  }

  func folder(_ files: [String], in root: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for file in files { try folder.write("x", to: root + file) }
    return folder
  }

  @Test(arguments: ["", "genres/", "genres_original/"]) func findsClipsInAnyFormat(root: String) throws {
    let folder = try folder(
      [
        "blues/blues.00000.wav", "blues/blues.00012.au", "blues/blues.00013.mp3", "rock/rock.00040.wav",
        "blues/other.wav",
      ],
      in: root)
    let catalog = try GTZANCollection(folder: folder.path).catalog()
    #expect(
      catalog.dataset.clips.map(\.name) == [
        "blues.00000.wav", "blues.00012.au", "blues.00013.mp3", "rock.00040.wav",
      ])
    #expect(catalog.dataset.clips.map(\.split) == [.valid, .test, .test, .test])
    #expect(catalog.values.map { $0[0] } == ["0", "12", "13", "40"])
    #expect(catalog.leftOut.count == 930 - 4 && catalog.leftOut.allSatisfy { $0.code == "missing" })
    #expect(catalog.notes.contains("1 sound files are not named like GTZAN's and were ignored"))
  }

  @Test func filterLeavesOutAndNoSplitDoesNot() throws {
    let folder = try folder(["metal/metal.00004.wav", "metal/metal.00012.wav"])
    var collection = GTZANCollection(folder: folder.path)
    #expect(try collection.catalog().dataset.clips.map(\.name) == ["metal.00012.wav"])
    #expect(try collection.catalog().notes[0].hasPrefix("1 clips are left out by the fault-filtered split"))
    collection.isFaultFiltered = false
    let all = try collection.catalog()
    #expect(all.dataset.clips.map(\.name) == ["metal.00004.wav", "metal.00012.wav"])
    #expect(all.dataset.clips.allSatisfy { $0.split == nil })
    collection.genres = ["metal", "polka"]
    #expect(throws: CodedError.self) { _ = try collection.catalog() }
  }

  @Test func damagedJazzClipIsLeftOutWhereItIsDamaged() throws {
    let folder = try folder(["jazz/jazz.00053.wav", "jazz/jazz.00054.wav"])
    var collection = GTZANCollection(folder: folder.path)
    let damaged = try collection.catalog()
    #expect(damaged.dataset.clips.map(\.name) == ["jazz.00053.wav"])
    #expect(damaged.leftOut.last?.code == "unknown-format")
    collection.keepsBad = true
    #expect(try collection.catalog().dataset.clips.count == 2)
    collection.keepsBad = false
    try Waveform(samples: SyntheticSound.samples(count: 22_050), sampleRateHz: 22_050)
      .writeWAV(to: folder["jazz/jazz.00054.wav"])
    let whole = try collection.catalog()
    #expect(whole.dataset.clips.count == 2)
    #expect(whole.notes.contains { $0.contains("can be decoded here, for 1 s") })
  }

  @Test func whatIsNotGTZAN() throws {
    #expect(throws: CodedError.self) { _ = try GTZANCollection(folder: "/no/such").catalog() }
    let folder = try folder(["Folk/a.wav", "twice/blues/x"])
    let error = #expect(throws: CodedError.self) { _ = try GTZANCollection(folder: folder.path).catalog() }
    #expect(error?.code == .empty && error?.message.hasPrefix("not GTZAN") == true)
    let twice = try self.folder(["blues/blues.00000.wav", "blues/blues.00000.mp3"])
    let duplicate = #expect(throws: CodedError.self) {
      _ = try GTZANCollection(folder: twice.path).catalog()
    }
    #expect(duplicate?.code == .duplicate)
    let empty = try self.folder(["blues/readme.txt"])
    #expect(throws: CodedError.self) { _ = try GTZANCollection(folder: empty.path).catalog() }
  }

  @Test(arguments: [
    "blues.7.wav", "blues.00100.wav", "jazz.00001.wav", "blues.00001.x.wav", "blues.0000x.wav", "blues",
  ])
  func otherNamesAreNotGTZANs(name: String) {
    #expect(GTZANCollection.number(ofFile: "x/" + name, genre: "blues") == nil)
  }
}
