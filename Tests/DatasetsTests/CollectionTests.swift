import Audio
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand)) struct FolderCollectionTests {
  func folder() throws -> TemporaryFolder {
    try TemporaryFolder([
      "Folk/Ann/One/a.mp3": "x", "Folk/Ann/Two/b.mp3": "x", "Folk/c.mp3": "x", "Rock/Bob/d.ogg": "x",
      "Rock/Ann/One/e.mp3": "x", "Rock/notes.txt": "", "Empty/readme": "",
      "manifest.csv": "path,label\nx.mp3,No\n",
    ])
  }

  func groups(_ grouping: FolderCollection.Grouping) throws -> [String?] {
    let folder = try folder()
    var collection = FolderCollection(folder: folder.path)
    collection.grouping = grouping
    let catalog = try collection.catalog()
    #expect(catalog.dataset.clips.map(\.name) == ["a.mp3", "b.mp3", "c.mp3", "e.mp3", "d.ogg"])
    #expect(catalog.notes.contains { $0.contains("Empty: no sound file in it") })
    return catalog.dataset.clips.map(\.group)
  }

  @Test func groupsByFolderAndPattern() throws {
    #expect(try groups(.none) == [nil, nil, nil, nil, nil])
    #expect(try groups(.parent) == ["Ann", "Ann", nil, "Ann", "Bob"])
    #expect(try groups(.pattern("^[^/]+/(.+)/[^/]+$")) == ["Ann/One", "Ann/Two", nil, "Ann/One", "Bob"])
    #expect(try groups(.pattern("[a-c]\\.mp3")) == ["a.mp3", "b.mp3", "c.mp3", nil, nil])
    let odd = try TemporaryFolder(["Folk/\u{301}x.mp3": "", "Rock/z.mp3": ""])
    var collection = FolderCollection(folder: odd.path)
    collection.grouping = .pattern("^[^/]+/(.)")
    #expect(try collection.catalog().dataset.clips.map(\.group) == ["\u{301}", "z"])
    let error = #expect(throws: CodedError.self) { try groups(.pattern("(")) }
    #expect(error?.code == .badOption)
  }

  @Test func groupsByTagWithoutRegardToCaseAndSpacing() throws {
    let folder = try TemporaryFolder(["Folk/x": "", "Rock/x": "", "Rock/text.mp3": "no sound"])
    let clip = SyntheticSound.samples(count: 20_000)
    for (name, artist) in [
      ("Folk/a", "The  Band"), ("Folk/b", "the band "), ("Rock/c", "Other"), ("Rock/d", ""),
    ] {
      try #require(writeMP3(clip, to: folder[name + ".mp3"]))
      // ID3v1: TAG, title, artist, album, year, comment, genre.
      func field(_ text: String, _ size: Int) -> Data {
        Data(text.utf8.prefix(size)) + Data(count: size - min(size, text.utf8.count))
      }
      var file = try Data(contentsOf: URL(filePath: folder[name + ".mp3"]))
      file +=
        Data("TAG".utf8) + field("Song", 30) + field(artist, 30) + field("LP", 30) + field("1999", 4)
        + field("", 30) + Data([255])
      try file.write(to: URL(filePath: folder[name + ".mp3"]))
    }
    var collection = FolderCollection(folder: folder.path)
    collection.grouping = .artistTag
    let watched = WatchedJob()
    let catalog = try collection.catalog(job: watched.job())
    #expect(watched.steps.last == StageProgress("tags", completed: 5, of: 5))
    #expect(catalog.dataset.clips.map(\.group) == ["the band", "the band", "other", nil])
    #expect(catalog.columns == ["title", "artist", "album", "date"])
    #expect(catalog.values.map { $0[1] } == ["The  Band", "the band", "Other", ""])
    #expect(catalog.values[0] == ["Song", "The  Band", "LP", "1999"])
    #expect(catalog.leftOut.map(\.path) == [folder["Rock/text.mp3"]])
    collection.grouping = .albumTag
    #expect(try collection.catalog().dataset.clips.map(\.group) == ["lp", "lp", "lp", "lp"])
  }

  @Test func splitIsByGroupAndWritten() throws {
    var files: [String: String] = [:]
    for genre in ["A", "B"] {
      for artist in 0..<10 { for song in 0..<3 { files["\(genre)/artist\(artist)/\(song).mp3"] = "x" } }
    }
    let folder = try TemporaryFolder(files)
    var collection = FolderCollection(folder: folder.path)
    collection.grouping = .parent
    var catalog = try collection.catalog()
    try catalog.split(try #require(Splitting(shares: "60/20/20", seed: 4)))
    try catalog.write(to: folder["x.csv"])
    let dataset = try Dataset.load(folder["x.csv"])
    // artist0 is in both genres: one group. Both are torn nowhere.
    #expect(dataset.isSplit && dataset.warnings.isEmpty && dataset.leakageWarnings().isEmpty)
    #expect(Split.allCases.map { dataset.clips(in: $0).count } == [36, 12, 12])
    #expect(dataset.clips.map { $0.path ?? "" } == files.keys.sorted().map { folder[$0] })

    var bare = try FolderCollection(folder: folder.path).catalog()
    try bare.split(Splitting())
    #expect(bare.notes.contains { $0.hasPrefix("no groups are known: split by track") })
  }

  @Test(arguments: [
    ("80/10/10", 0.1, 0.1), ("0.5/0.25/0.25", 0.25, 0.25), ("80/0/20", 0, 0.2), ("100/0/0", 0, 0),
  ]) func shares(text: String, valid: Double, test: Double) {
    let splitting = Splitting(shares: text)
    #expect(splitting?.validFraction == valid && splitting?.testFraction == test)
  }

  @Test(arguments: [
    "", "80", "80/20", "80/10/20", "a/b/c", "0/50/50", "-10/10/100", "nan/0/0", "inf/0/0", "80/10/10/0",
  ])
  func otherSharesAreRefused(text: String) { #expect(Splitting(shares: text) == nil) }
}

@Suite(.tags(.hand)) struct TableCollectionTests {
  func catalog(_ text: String, _ change: (inout TableCollection) -> Void = { _ in }) throws -> Catalog {
    let folder = try TemporaryFolder([
      "lists/x.csv": text, "music/a.mp3": "", "music/sub/b.mp3": "", "lists/c.mp3": "", "outside.mp3": "",
    ])
    var collection = TableCollection(table: folder["lists/x.csv"])
    collection.root = folder["music"]
    change(&collection)
    let catalog = try collection.catalog()
    try catalog.write(to: folder["lists/out.csv"])
    let dataset = try Dataset.load(folder["lists/out.csv"])
    #expect(dataset.clips.map(\.path) == catalog.dataset.clips.map(\.path))
    return catalog
  }

  @Test func columnsByNameAndTheRestIsKept() throws {
    let text =
      "Datei,Stil,year,Teil,row,who\na.mp3,Folk,1999,training,7,Ann\n./sub/b.mp3,Rock,,test,8,Bob\ngone.mp3,Rock,,test,9,\n"
    let catalog = try catalog(text) {
      ($0.pathColumn, $0.labelColumn, $0.splitColumn, $0.groupColumn) = ("datei", "STIL", "teil", "who")
    }
    #expect(catalog.dataset.clips.map(\.label) == ["Folk", "Rock"])
    #expect(catalog.dataset.clips.map(\.split) == [.train, .test])
    #expect(catalog.dataset.clips.map(\.group) == ["Ann", "Bob"])
    // `row` would make a feature index of a manifest.
    #expect(catalog.columns == ["year", "source_row"] && catalog.values == [["1999", "7"], ["", "8"]])
    #expect(catalog.leftOut.map(\.code) == ["missing"])
  }

  @Test func splitsAndGroupsThatNobodyNamedAreTold() throws {
    let text = "path,label,Split,group\na.mp3,Folk,train,Ann\nsub/b.mp3,Rock,test,Bob\n"
    let catalog = try catalog(text)
    #expect(catalog.dataset.clips.allSatisfy { $0.split == nil && $0.group == nil })
    #expect(
      catalog.notes == [
        "the column Split is kept as source_Split: with --split-column Split it is the manifest's split",
        "the column group is kept as source_group: with --group-column group it is the manifest's group",
      ])
    let named = try self.catalog(text) { ($0.splitColumn, $0.groupColumn) = ("split", "group") }
    #expect(named.notes.isEmpty && named.dataset.clips.map(\.split) == [.train, .test])
  }

  @Test func noTwoColumnsHaveOneName() throws {
    let text = "file,label,row,source_row,Source_Row'\na.mp3,Folk,1,2,3\nsub/b.mp3,Rock,4,5,6\n"
    let catalog = try catalog(text)
    #expect(catalog.columns == ["source_source_row", "source_row", "Source_Row'"])
  }

  @Test func rootIsTheListsFolderUnlessNamed() throws {
    let catalog = try catalog("path,label\nc.mp3,Folk\n") { $0.root = nil }
    #expect(catalog.dataset.clips.count == 1)
  }

  @Test(arguments: [
    ("path,label\n../outside.mp3,Folk\n", 2, "leads out of the folder"),
    ("path,label\nsub/../../outside.mp3,Folk\n", 2, "leads out of the folder"),
    ("path,label\n/etc/passwd,Folk\n", 2, "leads out of the folder"),
    ("path,label\na.mp3,Folk\n./a.mp3,Folk\n", 3, "is listed on line 2 already"),
    ("path,label\n,Folk\n", 2, "no path on this line"), ("path,label\na.mp3, \n", 2, "no label on this line"),
    ("song,label\na.mp3,Folk\n", 1, "of paths (path, file, filename, filepath, ...); there are song, label"),
  ]) func badLines(text: String, line: Int, words: String) throws {
    let error = #expect(throws: CodedError.self) { _ = try catalog(text) }
    #expect(
      error?.line == line && error?.message.contains(words) == true,
      "\(error.map(String.init(describing:)) ?? "")")
  }

  @Test func splitsMustBeKnownAndComplete() throws {
    for (text, words) in [
      ("path,label,split\na.mp3,Folk,tomorrow\n", "unknown split 'tomorrow'"),
      ("path,label,split\na.mp3,Folk,train\nsub/b.mp3,Folk,\n", "no split here"),
    ] {
      let error = #expect(throws: CodedError.self) { _ = try catalog(text) { $0.splitColumn = "split" } }
      #expect(error?.message.contains(words) == true)
    }
    let none = #expect(throws: CodedError.self) { _ = try catalog("path,label\ngone.mp3,Folk\n") }
    #expect(none?.code == .allFailed)
    let genre = #expect(throws: CodedError.self) {
      _ = try catalog("path,label\na.mp3,Folk\n") { $0.genres = ["Jazz"] }
    }
    #expect(genre?.code == .unknownLabel)
  }
}
