import Foundation
import TestSupport
import Testing

/// Takes the README's picture of the page: `GENRELENS_REPORT=.../report.html swift test -Xcc -O2 --filter ReportPictureTests`.
@Suite(
  .tags(.browser),
  .enabled(if: Browser.path != nil && ProcessInfo.processInfo.environment["GENRELENS_REPORT"] != nil))
struct ReportPictureTests {
  /// The first track's strips, its sound halfway through, as wide as a README shows them.
  @Test func pictureForTheReadme() throws {
    let report = try #require(ProcessInfo.processInfo.environment["GENRELENS_REPORT"])
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    try page.setSize(1100, 900)
    try page.emulate(features: ["prefers-color-scheme": "light"])
    try page.open(file: URL(fileURLWithPath: report).path)
    try page.show("#track-1")
    #expect(try page.wait(for: "!document.querySelector('#track-1 .later')"))
    try page.value(
      """
      document.querySelector('.bar-top').style.position = 'static';
      document.querySelectorAll('.card').forEach((card) => { card.style.contentVisibility = 'visible'; });
      """)
    try page.click("#track-1 .seek", across: 0.56)
    #expect(try page.isTrue("document.querySelector('#track-1').matches('.used')"))
    try page.value("document.querySelector('#track-1').classList.remove('current')")
    let height = try page.number(
      """
      document.querySelector('#track-1 .details').getBoundingClientRect().top
        - document.querySelector('#track-1').getBoundingClientRect().top
      """)
    let picture = try page.screenshot(of: "#track-1", height: height, scale: 0.72)
    #expect(picture.count < 300_000)
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    try picture.write(to: root.appendingPathComponent("docs/error-report.png"))
  }
}
