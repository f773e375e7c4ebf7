import Foundation
import Report
import TestSupport
import Testing

/// The page in a real browser, opened from disk.
@Suite(.tags(.hand, .browser, .slow), .serialized, .enabled(if: Browser.isExpected, "\(Browser.missing)"))
struct BrowserTests {
  /// Long enough that no sound ends while a busy machine looks elsewhere.
  private static let seconds = 20.0
  /// Sounds beside the page, then sounds within it.
  private static let page = Result {
    var showcase = Showcase()
    showcase.soundSeconds = seconds
    return try showcase.write(to: Browser.shared.get().folder.appendingPathComponent("beside"))
  }
  private static let whole = Result {
    var showcase = Showcase()
    showcase.soundSeconds = seconds
    return try showcase.write(
      to: Browser.shared.get().folder.appendingPathComponent("whole"), embedsSounds: true)
  }

  /// Eleven directions of mistakes and no sound.
  private static let many = Result {
    var showcase = Showcase()
    (showcase.genres, showcase.errorCount, showcase.soundCount) = (["A", "B", "C", "D", "E"], 11, 0)
    return try showcase.write(to: Browser.shared.get().folder.appendingPathComponent("many"))
  }

  /// Opens the page, looks, and expects that nothing was complained of or asked for elsewhere.
  private func visit(
    _ file: Result<String, any Error> = page, width: Int = 1280, scheme: String = "light",
    scripted: Bool = true,
    _ body: (BrowserPage) throws -> Void
  ) throws {
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    try page.setSize(width, 900, isPhone: width < 500)
    try page.emulate(features: ["prefers-color-scheme": scheme])
    if !scripted { try page.setScript(isOn: false) }
    try page.open(file: file.get())
    if scripted {
      for card in ["#track-1", "#track-2"] {
        try page.show(card)
        #expect(try page.wait(for: "!document.querySelector('\(card) .later')"))
      }
    }
    try body(page)
    #expect(page.complaints == [])
    for request in page.requests { #expect(request.hasPrefix("file://"), "\(request)") }
  }

  private static let time = "Number(document.querySelector('#track-1 .seek').getAttribute('aria-valuenow'))"
  private static let head =
    "new DOMMatrix(getComputedStyle(document.querySelector('#track-1 .head')).transform).e"

  @Test func loadsFromDiskWithoutComplaint() throws {
    try visit { (page: BrowserPage) throws in
      #expect(try page.number("document.querySelectorAll('.card').length") == 10)
      #expect(try page.isTrue("document.documentElement.classList.contains('js')"))
      #expect(page.requests.count == 1)
    }
    let html = try String(contentsOfFile: Self.whole.get(), encoding: .utf8)
    #expect(html.contains("data:audio/wav") && html.contains("holds all its pictures and sounds"))
    try visit(Self.whole) { (_: BrowserPage) throws in }
  }

  /// Until they come near, strips are text; all of them are there on paper.
  @Test func cardsUnfoldWhenTheyComeNear() throws {
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    try page.setSize(1280, 600)
    try page.open(file: Self.page.get())
    let folded = "document.querySelectorAll('#tracks .later').length"
    #expect(try page.number(folded) > 3)
    #expect(try page.isTrue("document.querySelector('#tracks .card h4').textContent.length > 3"))
    try page.show("#tracks h2")
    #expect(try page.wait(for: "!document.querySelector('#tracks .card').querySelector('.later')"))
    #expect(try page.isTrue("document.querySelector('#tracks .card .strips .base')"))
    _ = try page.pdf()
    #expect(try page.number(folded) == 0)
    #expect(page.complaints == [])
  }

  /// Rows that are folded are there on paper, with and without scripts, and folded again afterwards.
  @Test func foldedRowsAreOnPaper() throws {
    let folded = "[...document.querySelectorAll('#coherence details table')]"
    for scripted in [true, false] {
      try visit(Self.many, scripted: scripted) { (page: BrowserPage) throws in
        #expect(try page.number("\(folded).length") == 1)
        #expect(try page.isTrue("\(folded).every(t => !t.checkVisibility())"))
        #expect(
          try page.isTrue("document.querySelectorAll('#coherence table')[0].tBodies[0].rows.length === 8"))
        // The columns of both parts agree.
        try page.emulate(media: "print")
        let heights = "\(folded).map(t => t.getBoundingClientRect().height)"
        #expect(try (page.value(heights) as? [Double] ?? []).allSatisfy { $0 > 100 })
        let edges =
          "[...document.querySelectorAll('#coherence table')].map(t => [...t.tHead.rows[0].cells].map(c => Math.round(c.getBoundingClientRect().left)).join())"
        #expect(Set(try page.value(edges) as? [String] ?? []).count == 1)
        try page.emulate()
        guard scripted else { return }
        _ = try page.pdf()
        #expect(try page.wait(for: "!document.querySelector('#coherence details[open]')"))
      }
    }
  }

  /// Genres that are markup, JSON or script are text everywhere, and the filter still finds them.
  @Test func hostileGenresAreOnlyText() throws {
    var showcase = Showcase()
    showcase.genres = [
      Showcase.hostileName, #"{"label": ["Folk", null], "a": "</script>"}"#,
      #"R'n'B" onload="x & \u0022 ${7*7} <img src=x>"#,
    ]
    let folder = try Browser.shared.get().folder.appendingPathComponent("genres")
    let path = try showcase.write(to: folder)
    try visit(.success(path)) { (page: BrowserPage) throws in
      #expect(try page.number("document.scripts.length") == 2)
      #expect(
        try page.number("document.images.length - document.querySelectorAll('img.picture').length") == 0)
      let options = try page.value(
        "[...document.querySelectorAll('[data-filter=heard] option')].map(o => o.text)")
      #expect(options as? [String] == ["any"] + showcase.genres)
      try page.value(
        "(() => { const f = document.querySelector('[data-filter=heard]'); f.value = '1'; f.dispatchEvent(new Event('input', { bubbles: true })); })()"
      )
      let heard =
        "[...document.querySelectorAll('.errors tbody tr:not([hidden])')].map(r => r.cells[2].textContent)"
      #expect(Set(try page.value(heard) as? [String] ?? []) == [showcase.genres[1]])
    }
  }

  @Test func markupInNamesShowsAsText() throws {
    try visit { (page: BrowserPage) throws in
      #expect(
        try page.isTrue(
          "[...document.querySelectorAll('.card h4')].some(h => h.textContent.trim() === '\(Showcase.hostileName)')"
        ))
      #expect(try page.number("document.scripts.length") == 2)
    }
  }

  @Test func playheadMovesAndOnlyOneCardPlays() throws {
    for file in [Self.page, Self.whole] {
      try visit(file) { (page: BrowserPage) throws in
        try page.click("#track-1 .play")
        #expect(try page.wait(for: "\(Self.time) > 0.3"))
        let first = try page.number(Self.head)
        #expect(first > 0)
        #expect(try page.wait(for: "\(Self.head) > \(first) + 2"))
        try page.click("#track-2 .play")
        #expect(try page.wait(for: "document.querySelector('#track-2').matches('.playing')"))
        #expect(try page.number("document.querySelectorAll('.playing').length") == 1)
        let stopped = try page.number(Self.time)
        #expect(
          try page.wait(
            for: "Number(document.querySelector('#track-2 .seek').getAttribute('aria-valuenow')) > 0.2"))
        #expect(try page.number(Self.time) == stopped)
      }
    }
  }

  @Test func clickAndDragSeekAndTheToggleKeepsThePlace() throws {
    try visit { (page: BrowserPage) throws in
      try page.click("#track-1 .seek", across: 0.5)
      #expect(try page.wait(for: "Math.abs(\(Self.time) - 10) < 0.11"))
      try page.click("#track-1 .seek", across: 0.2, dragTo: 0.8)
      #expect(try page.wait(for: "Math.abs(\(Self.time) - 16) < 0.11"))
      // The playhead lies over the same place of the strips.
      let place = """
        (() => { const [h, s] = ['.head', '.plot'].map(n => document.querySelector('#track-1 ' + n).getBoundingClientRect());
          return (h.left - s.left) / s.width; })()
        """
      #expect(try abs(page.number(place) - 0.8) < 0.006)
      try page.click("#track-1 [data-sound='1']")
      #expect(
        try page.wait(for: "document.querySelector('#track-1 [data-sound=\"1\"]').ariaPressed === 'true'"))
      #expect(try page.text("document.querySelector('#track-1 [data-sound=\"0\"]').ariaPressed") == "false")
      let kept = try page.number(Self.time)
      #expect(abs(kept - 16) < 0.11)
      // It goes on from there.
      try page.click("#track-1 .play")
      #expect(try page.wait(for: "\(Self.time) > 16.1"))
      // At the end it stops, and begins again.
      try page.click("#track-1 .seek", across: 0.98)
      #expect(try page.wait(for: "!document.querySelector('.playing') && \(Self.time) > 19.8"))
      #expect(try abs(page.number(place) - 1) < 0.006)
      try page.click("#track-1 .play")
      #expect(try page.wait(for: "\(Self.time) > 0.1 && \(Self.time) < 19"))
    }
  }

  @Test func keysOperateThePlayer() throws {
    try visit { (page: BrowserPage) throws in
      let cards = try page.value("[...document.querySelectorAll('.card')].map(c => c.id)") as? [String] ?? []
      try page.press("j")
      #expect(try page.text("document.activeElement.id") == cards.first)
      try page.value("document.querySelector('#track-1').focus()")
      try page.press("ArrowRight")
      #expect(try page.number(Self.time) == 1)
      try page.press("ArrowRight", shift: true)
      #expect(try page.wait(for: "Math.abs(\(Self.time) - 1.1) < 0.01"))
      try page.press("ArrowLeft")
      #expect(try page.wait(for: "Math.abs(\(Self.time) - 0.1) < 0.01"))
      try page.press(" ")
      #expect(try page.wait(for: "\(Self.time) > 0.4"))
      try page.press("3")
      #expect(try page.isTrue("document.querySelector('#track-1 [data-sound=\"2\"]').ariaPressed === 'true'"))
      try page.press(" ")
      #expect(try page.number("document.querySelectorAll('.playing').length") == 0)
      try page.press("Home")
      #expect(try page.number(Self.time) == 0)
      let next = try #require(cards.firstIndex(of: "track-1")) + 1
      try page.press("j")
      #expect(try page.text("document.activeElement.id") == cards[next])
      try page.press("k")
      #expect(try page.text("document.activeElement.id") == "track-1")
      try page.press("?")
      #expect(try page.isTrue("document.querySelector('#keys').open"))
      try page.press("Escape")
      #expect(try page.wait(for: "!document.querySelector('#keys').open"))
      try page.press("/")
      #expect(try page.text("document.activeElement.dataset.filter") == "text")
      // Letters go into the field now.
      try page.type("j")
      #expect(try page.text("document.activeElement.value") == "j")
    }
  }

  @Test func tableSortsAndFilters() throws {
    let column = { (number: Int) in
      "[...document.querySelectorAll('.errors tbody tr:not([hidden])')].map(r => r.cells[\(number)].dataset.v ?? r.cells[\(number)].textContent)"
    }
    try visit { (page: BrowserPage) throws in
      let sure = (try page.value(column(3)) as? [String] ?? []).compactMap(Double.init)
      #expect(sure.count == 6 && sure == sure.sorted(by: >))
      let head = "document.querySelectorAll('.errors thead th')[3]"
      try page.click(".errors thead th:nth-child(4) button")
      #expect(try page.text("\(head).ariaSort") == "descending")
      try page.press("Enter")
      #expect(try page.text("\(head).ariaSort") == "ascending")
      let rising = (try page.value(column(3)) as? [String] ?? []).compactMap(Double.init)
      #expect(rising == sure.reversed())
      try page.click(".errors thead th:nth-child(2) button")
      let labels = try page.value(column(1)) as? [String] ?? []
      #expect(labels == labels.sorted() && Set(labels).count == 3)
      #expect(try page.text("\(head).ariaSort") == "none")

      let count = "document.querySelector('.filter .count').textContent"
      #expect(try page.text(count) == "6 of 6 errors")
      try page.click("[data-filter=text]")
      try page.type("script")
      #expect(try page.wait(for: "\(count) === '1 of 6 errors'"))
      #expect(
        try page.number(
          "[...document.querySelectorAll('#tracks .card')].filter(c => c.checkVisibility()).length") == 1)
      try page.value("(() => { const f = document.querySelector('[data-filter=text]'); f.value = ''; })()")
      try page.value(
        "(() => { const f = document.querySelector('[data-filter=true]'); f.value = '0'; f.dispatchEvent(new Event('input', { bubbles: true })); })()"
      )
      #expect(try page.text(count) == "2 of 6 errors")
      #expect(Set(try page.value(column(1)) as? [String] ?? []) == ["Folk"])
      try page.click("[data-filter=correct]")
      #expect(try page.text(count) == "2 of 6 errors, 8 correct")
    }
  }

  @Test func linksLeadToCardsAndOpenTheFilter() throws {
    try visit { (page: BrowserPage) throws in
      try page.value(
        "(() => { const f = document.querySelector('[data-filter=text]'); f.value = 'script'; f.dispatchEvent(new Event('input', { bubbles: true })); })()"
      )
      #expect(try page.isTrue("document.querySelector('#track-1').closest('[hidden]')"))
      try page.click(".lists a[href='#track-1']")
      #expect(try page.wait(for: "document.activeElement.id === 'track-1'"))
      let top = "document.querySelector('#track-1').getBoundingClientRect().top"
      #expect(try page.wait(for: "\(top) >= 40 && \(top) < 100"))
      #expect(try page.isTrue("document.querySelector('#track-1').matches('.current')"))
    }
  }

  @Test func trainingTracksPlayInPlace() throws {
    try visit { (page: BrowserPage) throws in
      try page.click("#track-1 .play")
      #expect(try page.wait(for: "\(Self.time) > 0.1"))
      try page.click("#track-1 a.listen")
      #expect(try page.wait(for: "document.querySelector('#track-1 a.listen').matches('.on')"))
      // One sound at a time, and the page stays.
      #expect(try page.number("document.querySelectorAll('.playing').length") == 0)
      #expect(try page.isTrue("location.pathname.endsWith('report.html')"))
      try page.click("#track-1 a.listen")
      #expect(try page.wait(for: "!document.querySelector('a.listen.on')"))
    }
  }

  @Test func aMissingSoundIsSaid() throws {
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    let file = try Browser.shared.get().folder.appendingPathComponent("missing")
    var showcase = Showcase()
    let path = try showcase.write(to: file)
    try FileManager.default.removeItem(at: file.appendingPathComponent("audio"))
    try page.setSize(1280, 900)
    try page.open(file: path)
    try page.show("#track-1")
    try page.click("#track-1 .play")
    #expect(
      try page.wait(for: "document.querySelector('#track-1 .clock').textContent.includes('cannot be played')")
    )
    #expect(try page.number("document.querySelectorAll('.playing').length") == 0)
  }

  @Test func figuresAreThereWithoutScript() throws {
    try visit(scripted: false) { (page: BrowserPage) throws in
      #expect(try page.isTrue("!document.documentElement.classList.contains('js')"))
      #expect(try page.number("document.querySelectorAll('#track-1 audio').length") == 3)
      #expect(try page.isTrue("document.querySelector('#track-1 audio').checkVisibility()"))
      #expect(try page.isTrue("!document.querySelector('#track-1 .play').checkVisibility()"))
      for part in [".plot .base", ".plot .over", ".wave", ".line.heard", ".bands .plot svg", ".neighbors li"]
      {
        #expect(try page.isTrue("document.querySelector('#track-1 \(part)').checkVisibility()"), "\(part)")
      }
      let pictures = """
        [...document.querySelectorAll('#track-1 .base, #track-1 .over')].map(e => getComputedStyle(e).backgroundImage)
        """
      let addresses = try page.value(pictures) as? [String] ?? []
      #expect(addresses.count == 10 && addresses.allSatisfy { $0.hasPrefix("url(\"data:image/png") })
      #expect(try page.number("document.querySelectorAll('.errors tbody tr:not([hidden])').length") == 6)
    }
  }

  @Test func colorsFollowTheSystemAndTheButton() throws {
    let paper = "getComputedStyle(document.body).backgroundColor"
    try visit(scheme: "dark") {
      (page: BrowserPage) throws in
      #expect(try page.text(paper) == "rgb(20, 23, 27)")
      try page.click("#theme")
      #expect(try page.text(paper) == "rgb(255, 255, 255)")
      try page.click("#theme")
      #expect(try page.text(paper) == "rgb(20, 23, 27)")
      try page.emulate(media: "print", features: ["prefers-color-scheme": "dark"])
      #expect(try page.text(paper) == "rgb(255, 255, 255)")
      #expect(try page.isTrue("!document.querySelector('.player').checkVisibility()"))
      #expect(try page.isTrue("document.querySelector('#track-1 .plot').checkVisibility()"))
    }
  }

  /// Nothing sticks out at any width, and the tracks without sound say so.
  @Test func fitsPhonesAndScreens() throws {
    for width in [360, 390, 768, 1280, 1920] {
      try visit(width: width) { (page: BrowserPage) throws in
        let overflow = try page.number("document.documentElement.scrollWidth - innerWidth")
        #expect(overflow <= 0, "\(width)")
        #expect(
          try page.isTrue(
            "[...document.querySelectorAll('.scroll')].every(b => b.scrollWidth <= b.clientWidth || b.tabIndex === 0)"
          ))
        #expect(
          try page.isTrue("document.querySelector('#track-3 .silent').textContent.includes('features only')"))
      }
    }
  }

  /// For people: `.build/artefacts/report-*.png`.
  @Test func screenshotsAreKept() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(".build/artefacts")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
      try visit(width: width, scheme: scheme) {
        (page: BrowserPage) throws in
        let keep = { (name: String, data: Data) in
          #expect(data.count > 10_000)
          try data.write(to: folder.appendingPathComponent("report-\(name)-\(width)-\(scheme).png"))
        }
        try page.value("scrollTo(0, 0)")
        try keep("top", page.screenshot(height: 3600))
        // Pictures larger than the window: nothing may stick to its edge or wait to be in sight.
        try page.value(
          """
          document.querySelector('.bar-top').style.position = 'static';
          document.querySelectorAll('.card').forEach((card) => { card.style.contentVisibility = 'visible'; });
          """)
        try page.click("#track-1 .seek", across: 0.4)
        if (width == 1280) == (scheme == "light") {
          for part in ["calibration", "mistakes", "coherence", "data-problems", "robustness"] {
            try keep(part, page.screenshot(of: "#\(part)"))
          }
        }
        try keep("card", page.screenshot(of: "#track-1"))
        if scheme == "light" { try keep("typical", page.screenshot(of: "#typical-1")) }
        if scheme == "light", width == 1280 {
          try page.pdf().write(to: folder.appendingPathComponent("report.pdf"))
        }
      }
    }
  }
}
