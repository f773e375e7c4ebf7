import Foundation
import Report
import TestSupport
import Testing

@Suite(.tags(.hand)) struct TextTableTests {
  private static let table = TextTable(
    name: "tracks", caption: "5 % of R&B -- and_more",
    columns: [
      .init("track", key: "path", isText: true), .init("share (%)", key: "share"),
      .init("p", key: "p"),
    ],
    rows: [
      [.init("a_b & c"), .init("12.5", raw: "0.125"), .init("< 0.001", raw: "0.00025")],
      [.init("{x}\\y~^$#"), .init("\u{2013}", raw: ""), .init("\u{2020} 1", raw: "1")],
      [.init("=1+2|\"q\"\n<b>*", raw: "=1+2|\"q\""), .init("\u{2212}3", raw: "-3"), .init("")],
    ])

  @Test func csvHasAllDigitsAndNoFormula() {
    #expect(
      Self.table.csv == """
        path,share,p
        a_b & c,0.125,0.00025
        {x}\\y~^$#,,1
        "./=1+2|""q""\",-3,

        """)
  }

  @Test func latexShowsEveryCharacterAsItIs() {
    #expect(
      Self.table.latex == """
        \\begin{table}
          \\centering
          \\caption{5 \\% of R\\&B -{}- and\\_more}
          \\label{tab:tracks}
          \\begin{tabular}{lrr}
            \\hline
            track & share (\\%) & p \\\\
            \\hline
            a\\_b \\& c & 12.5 & \\textless{} 0.001 \\\\
            \\{x\\}\\textbackslash{}y\\textasciitilde{}\\textasciicircum{}\\$\\# & \\textendash{} & $\\dagger$ 1 \\\\
            =1+2\\textbar{}\\symbol{34}q\\symbol{34}\\textbackslash{}n\\textless{}b\\textgreater{}* & $-$3 &  \\\\
            \\hline
          \\end{tabular}
        \\end{table}

        """)
  }

  @Test func markdownShowsEveryCharacterAsItIs() {
    let lines = Self.table.markdown.split(separator: "\n").map(String.init)
    #expect(lines[0] == "5 % of R\\&B -- and\\_more")
    #expect(lines[2] == "| --- | ---: | ---: |")
    #expect(lines[3] == "| a\\_b \\& c | 12.5 | \\< 0.001 |")
    #expect(lines[5].hasPrefix("| =1+2\\|\"q\"\\\\n\\<b\\>\\* |"))
    #expect(lines.count == 6)
  }
}
