import Analysis
import Files
import Foundation
import TestSupport
import Testing

@testable import Report

/// The page of many explained tracks.
@Suite(.tags(.hand), .serialized) struct TrackIndexPageTests {
  private static let odd = "<img src=x onerror=alert(1)> \"é\".mp3"

  private static func row(_ name: String, _ predicted: String, _ probability: Double, other: Double)
    -> TrackIndex.Row
  {
    TrackIndex.Row(
      path: "music/\(name)", name: name, page: "tracks/\(name)/explanation.html", predicted: predicted,
      probability: probability, explained: predicted, startSeconds: 1.5, endSeconds: 4.5,
      windowProbability: 0.9,
      segments: [
        TimelineSegment(
          startSeconds: 0, endSeconds: 10 - other, label: predicted, probability: 0.8, margin: 0.6),
        TimelineSegment(
          startSeconds: 10 - other, endSeconds: 10, label: predicted == "Folk" ? "Rock" : "Folk",
          probability: 0.6,
          margin: 0.2),
      ].filter { $0.seconds > 0 }, remarks: name == "b" ? ["mostly padding"] : [])
  }

  private static var index: TrackIndex {
    TrackIndex(
      labels: ["Folk", "Rock"],
      rows: [
        row("a", "Folk", 0.75, other: 2), row("b", "Rock", 0.95, other: 0), row(odd, "Folk", 0.6, other: 4),
      ],
      failures: [LeftOutInput(path: "music/<b>.mp3", code: "unknown-format", reason: "not a sound file")],
      missingCount: 2, facts: [.init("Model", "m.safetensors")])
  }

  private var html: String { TrackIndexPage(Self.index).html }

  @Test func eachTrackIsARowWithItsLink() {
    let page = html.replacing("&#160;", with: " ")
    for words in [
      "3 tracks: 2 heard as Folk, 1 heard as Rock.", "href=\"./tracks/a/explanation.html\"",
      "href=\"./tracks/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%20%22%C3%A9%22.mp3/explanation.html\"",
      ">75.0 %<", "0:01.5 to 0:04.5", "20.0 % of the time other classes", "Rock all the time",
      "mostly padding",
      "Not finished: 2 tracks of the list not reached", "1 file could not be heard", "music/&lt;b&gt;.mp3",
      "not a sound file", "m.safetensors",
    ] { #expect(page.contains(words), "\(words)") }
    #expect(
      !page.contains("<img") && page.utf8.allSatisfy { $0 < 0x80 } && !page.contains("http:")
        && !page.contains("https:"))
  }

  @Test func tagsAreCalledTags() {
    var index = Self.index
    index.words = .tags
    let page = TrackIndexPage(index).html.replacing("&#160;", with: " ")
    for words in [
      "3 tracks: Folk is strongest in 2, Rock is strongest in 1.", "Strongest tag", "other tags are stronger",
      "20.0 % of the time other tags", "A tagger only knows its own tags.",
    ] { #expect(page.contains(words), "\(words)") }
    #expect(!page.contains("Heard as") && !page.contains("heard as") && !page.contains("own classes"))
  }

  @Test func whatIsNotThereIsNotShown() {
    let page = TrackIndexPage(
      TrackIndex(labels: ["Folk"], rows: [], failures: [], missingCount: 0, facts: [])
    ).html
    #expect(page.contains("No track was explained."))
    #expect(
      !page.contains("<table class=\"errors\"") && !page.contains("left-out\"")
        && !page.contains("Not finished"))
  }

  /// Nothing of a row is cut or has to be scrolled to: wide remarks break, and a narrow screen shows cards.
  @Test(.enabled(if: Browser.isExpected, "\(Browser.missing)"), arguments: [1280, 1181, 1180, 390])
  func wholeRowsAreSeen(width: Int) throws {
    var index = Self.index
    index.rows[1].remarks = [
      "the map does not show why", "12 damaged parts were skipped, 3.2 s in all, from 0:10.0 on",
    ]
    index.rows[2].explained = "Rock"
    let folder = try Browser.shared.get().folder.appendingPathComponent("index-\(width)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TrackIndexPage(index).write(to: folder.path)
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    try page.setSize(width, 800, isPhone: width == 390)
    try page.open(file: folder.path + "/index.html")
    #expect(
      try page.number("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0)
    // Every cell that is shown lies in the window, and none hides a part of what is in it.
    #expect(
      try page.number(
        """
        [...document.querySelectorAll('.errors th, .errors td')].filter((cell) => {
          const box = cell.getBoundingClientRect();
          return box.width > 0 && (box.left < 0 || box.right > innerWidth + 1 || cell.scrollWidth > cell.clientWidth + 1);
        }).length
        """) == 0)
    #expect(
      try page.number(
        "[...document.querySelectorAll('*')].filter((e) => e.closest('.whole-table') && /auto|scroll/.test(getComputedStyle(e).overflowY)).length"
      ) == 0)
    let isCard =
      try page.text("getComputedStyle(document.querySelector('.errors tbody tr')).display") == "block"
    #expect(isCard == (width <= 1180))
    #expect(page.complaints == [])
  }

  @Test(.enabled(if: Browser.isExpected, "\(Browser.missing)")) func theTableIsSortedAndFiltered() throws {
    let folder = try Browser.shared.get().folder.appendingPathComponent("index")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TrackIndexPage(Self.index).write(to: folder.path)
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    try page.setSize(390, 800, isPhone: true)
    try page.open(file: folder.path + "/index.html")
    let first = "document.querySelector('.errors tbody tr:not([hidden]) th').textContent"
    #expect(try page.text(first) == "a")
    _ = try page.number("document.querySelectorAll('.errors thead button')[2].click(), 1")
    #expect(try page.text(first) == "b", "the most probable first")
    _ = try page.number("document.querySelectorAll('.errors thead button')[3].click(), 1")
    #expect(try page.text(first) == Self.odd, "the most of other classes first")
    _ = try page.number(
      """
      (() => { const choice = document.querySelector('[data-filter=heard]'); choice.value = '1';
      choice.dispatchEvent(new Event('input', { bubbles: true })); return 1; })()
      """)
    #expect(try page.text("document.querySelector('.filter .count').textContent") == "1 of 3 tracks")
    #expect(try page.text(first) == "b")
    #expect(
      try page.number("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0)
    #expect(page.complaints == [])
  }
}
