import Files
import TestSupport
import Testing

@testable import Files

@Suite(.tags(.hand, .hostile)) struct CSVTextTests {
  @Test(
    "what a spreadsheet takes for a formula is text, a number is a number",
    arguments: [
      ("=1+1", "'=1+1"), ("+44 20", "'+44 20"), ("-3.5", "-3.5"), ("-1e-08", "-1e-08"), ("-inf", "-inf"),
      ("-3,5", "\"'-3,5\""),
      ("@home", "'@home"), ("'=1", "''=1"), ("'Round Midnight", "'Round Midnight"), ("-", "-"), ("=", "="),
      ("-0x10", "'-0x10"),
      ("\t=1", "\"'\t=1\""), ("=\u{301}x", "'=\u{301}x"), ("x=1", "x=1"), ("''", "''"), ("'+", "'+"),
    ])
  func formulas(text: String, expected: String) {
    let line = CSVText.encode(header: ["label"], rows: [[text]]).split(
      separator: "\n", omittingEmptySubsequences: false)[1]
    #expect(String(line).isSpelled(like: expected))
  }

  @Test(
    "a path stays a path",
    arguments: [
      ("=cmd|' /C calc'!A0.mp3", "./=cmd|' /C calc'!A0.mp3"), ("-x/y.mp3", "./-x/y.mp3"), ("'=x", "./'=x"),
      ("a/=x", "a/=x"),
      ("/-x", "/-x"), ("../-x", "../-x"), ("./-x", "././-x"), ("././'x", "./././'x"), ("./x", "./x"),
      ("./", "./"),
    ])
  func paths(path: String, expected: String) {
    #expect(CSVText.encode(header: ["path", "n"], rows: [[path, "1"]]) == "path,n\n\(expected),1\n")
    #expect(CSVText.pathValue(expected) == path)
  }

  @Test("a cell alone on its line is a record, whatever is in it, as the name of a column too")
  func aloneOnALine() {
    for (cell, expected) in [
      ("", "\"\""), (" ", "\" \""), ("\r", "\"\r\""), ("\u{FEFF}", "\"\u{FEFF}\""),
      ("\u{2003}", "\"\u{2003}\""),
    ] {
      #expect(CSVText.encode(header: [cell], rows: [[cell]]).isSpelled(like: "\(expected)\n\(expected)\n"))
    }
    #expect(CSVText.encode(header: ["", ""], rows: [["", ""]]) == ",\n,\n")
  }

  @Test("a first line never looks like the one that names the separator")
  func namesNoSeparator() {
    #expect(CSVText.encode(header: ["sep=", ""], rows: [["Sep=", "sep"]]) == "\"sep=\",\n\"Sep=\",sep\n")
    #expect(CSVText.encode(header: ["sep=;"], rows: []) == "\"sep=;\"\n")
  }

  @Test("quotes are doubled also under a combining mark, and nothing is left that a reader would cut")
  func quotes() {
    #expect(
      CSVText.encode(header: ["a"], rows: [["x\"\u{301}y,"]]).isSpelled(like: "a\n\"x\"\"\u{301}y,\"\n"))
    #expect(
      CSVText.encode(header: ["a"], rows: [[""], ["\u{FEFF}b"], ["c\0"]])
        == "a\n\"\"\n\"\u{FEFF}b\"\n\"c\u{FFFD}\"\n")
  }
}
