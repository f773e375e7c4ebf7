import Files
import Testing

@Suite struct CSVTextTests {
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
      ("/-x", "/-x"), ("../-x", "../-x"),
    ])
  func paths(path: String, expected: String) {
    #expect(CSVText.encode(header: ["path", "n"], rows: [[path, "1"]]) == "path,n\n\(expected),1\n")
    #expect(CSVText.pathValue(expected) == path)
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
