import Files
import TestSupport
import Testing

@Suite(.tags(.hand, .hostile)) struct ForeignTextTests {
  @Test(
    "what moves a cursor or turns the writing is written out",
    arguments: [
      ("a\u{1B}[31mb", #"a\x1b[31mb"#), ("a\nb\r\tc", #"a\nb\r\tc"#), ("\u{9B}2J", #"\u009b2J"#),
      ("\u{7F}", #"\x7f"#),
      ("a\u{202E}b", #"a\u202eb"#), ("\u{2028}", #"\u2028"#), ("\u{85}", #"\u0085"#),
      ("Björk ✓ 日本 👩‍🎤", "Björk ✓ 日本 👩‍🎤"),
      ("\u{1B}\u{301}", "\\x1b\u{301}"), ("\u{E0041}", #"\u{e0041}"#),
    ])
  func shown(text: String, expected: String) {
    #expect(text.shown.isSpelled(like: expected))
  }

  @Test("lines stay lines")
  func lines() {
    #expect("a\n\tb\u{1B}".shownLines == "a\n\tb\\x1b")
    #expect("a\r\nb".shownLines == "a\\r\nb")
  }

  @Test("a name for a file is one part of a path and tells all texts apart")
  func fileNames() {
    let texts = [
      "", ".", "..", "a/b", "a\\b", "a%2Fb", "../../etc/passwd", "\u{1B}[2J", "é", "e\u{301}", "conv1",
      "conv1 ", " conv1", "a\0b",
      String(repeating: "x", count: 200), String(repeating: "x", count: 199) + "y",
      String(repeating: "é", count: 300),
      "=cmd", "*?", "~", String(pathBytes: [0xE9]), "con:1", "\n",
    ]
    let names = texts.map(\.asFileName)
    #expect(Set(names.map(Spelling.init)).count == texts.count)
    for name in names {
      #expect(!name.isEmpty && name != "." && name != ".." && name.utf8.count <= 120)
      #expect(!name.utf8.contains { $0 < 0x20 || $0 == 0x2F || $0 == 0x5C || $0 == 0x7F })
      #expect(!name.hasPrefix("."))
    }
    #expect("layer1.0 conv_2".asFileName == "layer1.0 conv_2")
    #expect("a/b".asFileName == "a%2Fb")
  }
}
