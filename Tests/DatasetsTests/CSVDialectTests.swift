import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Tables as spreadsheets write them where the comma is the decimal mark, and with other names of columns.
@Suite(.tags(.hand, .hostile)) struct CSVDialectTests {
  func fields(_ text: String) throws -> [[String]] {
    try CSVTable.records(of: Data(text.utf8), path: "x.csv").map(\.fields)
  }

  @Test(arguments: [
    ("path;label\na.mp3;Folk\n", [["path", "label"], ["a.mp3", "Folk"]]),
    ("path\tlabel\na.mp3\tFolk\n", [["path", "label"], ["a.mp3", "Folk"]]),
    ("\u{FEFF}path;label\r\n\"a;b.mp3\";\"Folk\"\r\n", [["path", "label"], ["a;b.mp3", "Folk"]]),
    // The other separators are letters like others, in the header too.
    (
      "path;length, s;label\na,b.mp3;1,5;Folk\n",
      [["path", "length, s", "label"], ["a,b.mp3", "1,5", "Folk"]]
    ),
    ("path,a;b,label\nx;y.mp3,1\t2,Folk\n", [["path", "a;b", "label"], ["x;y.mp3", "1\t2", "Folk"]]),
    ("\"a;b;c;d\",path\n1,2\n", [["a;b;c;d", "path"], ["1", "2"]]),
    ("\n\npath;label\n1;2\n", [["path", "label"], ["1", "2"]]),
    ("\"12\"\" mix;;;\",path\n1,2\n", [["12\" mix;;;", "path"], ["1", "2"]]),
    (
      "\"two\nlines, and\";label;\"split\"\n1;2;3\n",
      [["two\nlines, and", "label", "split"], ["1", "2", "3"]]
    ),
    // What spreadsheets put in front.
    ("sep=;\r\npath;label\r\n1;2\r\n", [["path", "label"], ["1", "2"]]),
    ("sep=,\npath,a;b;c\n1,2\n", [["path", "a;b;c"], ["1", "2"]]),
    ("sep=\t\npath\tlabel\n", [["path", "label"]]),
    ("sep=;", []),
    ("alone\nx;y\n", [["alone"], ["x;y"]]),
  ]) func theHeaderTellsTheSeparator(text: String, expected: [[String]]) throws {
    #expect(try fields(text) == expected)
  }

  @Test func errorsStillNameTheLine() throws {
    for (text, line) in [("sep=;\npath;label\n1\n", 3), ("\r\npath;label\r\n1;2\r\n1;2;3\r\n", 4)] {
      let error = try #require(throws: CodedError.self) {
        _ = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
      }
      #expect(error.line == line, "\(error)")
    }
  }

  @Test func textInUTF16IsNamed() throws {
    let text = Data([0xFF, 0xFE]) + "path\tlabel\n".data(using: .utf16LittleEndian)!
    let error = try #require(throws: CodedError.self) { _ = try CSVTable(parsing: text, path: "x.csv") }
    #expect(error.message.contains("UTF-16"))
  }

  @Test func aHeaderWithSemicolonsIsReadBack() throws {
    let text = CSVTable.encode(header: ["a;b;c;d", "e"], rows: [["1;2", "3"]])
    let table = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
    #expect(table.header == ["a;b;c;d", "e"] && table.records[0].fields == ["1;2", "3"])
  }

  // MARK: - Manifests

  @Test(arguments: [
    "path;label\na.mp3;Folk\nb.mp3;Rock\n", "file\tgenre\na.mp3\tFolk\nb.mp3\tRock\n",
    "Genre_Top,FileName\nFolk,a.mp3\nRock,b.mp3\n", "class;filepath\nFolk;a.mp3\nRock;b.mp3\n",
    "track,track.genre_top\na.mp3,Folk\nb.mp3,Rock\n",
    // Of several, the plainest name.
    "genre,label,file,path\nx,Folk,x,a.mp3\nx,Rock,x,b.mp3\n",
  ]) func manifestsOfOthers(text: String) throws {
    let folder = try TemporaryFolder(["a.mp3": "", "b.mp3": "", "x.csv": text, "x.tsv": text])
    for name in ["x.csv", "x.tsv"] {
      let dataset = try Dataset.load(folder[name])
      #expect(dataset.clips.map(\.path) == [folder["a.mp3"], folder["b.mp3"]])
      #expect(dataset.labels == ["Folk", "Rock"])
    }
    let catalog = try TableCollection(table: folder["x.csv"]).catalog()
    #expect(catalog.dataset.clips.map(\.label) == ["Folk", "Rock"])
    #expect(catalog.notes.isEmpty == text.hasPrefix("genre,label,file,path"), "\(catalog.notes)")
  }

  @Test(arguments: [
    ("song,style\na,b\n", "of paths (path, file", "and one of labels (label, genre"),
    ("path,style\na,b\n", "needs a column of labels", "there are path, style"),
    ("path|label\na|b\n", "there are path|label", "separated by something else"),
  ]) func whatIsMissingIsSaid(text: String, words: String, more: String) throws {
    let folder = try TemporaryFolder(["x.csv": text])
    let errors = [
      #expect(throws: CodedError.self) { _ = try Dataset.load(folder["x.csv"]) },
      #expect(throws: CodedError.self) { _ = try TableCollection(table: folder["x.csv"]).catalog() },
    ]
    for error in errors {
      let message = try #require(error).message
      #expect(message.contains(words) && message.contains(more), "\(message)")
    }
  }

  @Test func aStrayManifestDoesNotHideTheGenres() throws {
    for text in ["name,size\na,1\n", "", "title\n\"x\n", "path,style\nFolk/a.mp3,b\n"] {
      let folder = try TemporaryFolder(["Folk/a.mp3": "", "Rock/b.mp3": "", "manifest.csv": text])
      let dataset = try Dataset.load(folder.path)
      #expect(dataset.labels == ["Folk", "Rock"])
      #expect(dataset.warnings.map(\.code) == [.manifestIgnored])
      #expect(dataset.warnings[0].message.hasPrefix(folder["manifest.csv"]))
      let report = try DatasetCheck().run(dataset)
      #expect(report.findings.first { $0.code == .leftOut }?.items == dataset.warnings.map(\.message))
    }
    // One that is meant, and damaged, is no stray.
    let meant = try TemporaryFolder(["Folk/a.mp3": "", "manifest.csv": "path,label\nFolk/a.mp3\n"])
    #expect(throws: CodedError.self) { _ = try Dataset.load(meant.path) }
    let alone = try TemporaryFolder(["a.mp3": "", "manifest.csv": "path,style\na.mp3,Folk\n"])
    let error = #expect(throws: CodedError.self) { _ = try Dataset.load(alone.path) }
    #expect(error?.code == .missingColumn && error?.path == alone["manifest.csv"])
  }
}
