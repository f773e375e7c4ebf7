import Analysis
import Foundation
import Report
import TestSupport
import Testing

extension Showcase {
  /// The same report with many more errors; no two pictures are the same file.
  mutating func enlarged(to count: Int) throws -> AnalysisResult {
    var result = try result()
    let studies = result.errors
    var own = pictures
    func renamed(_ picture: AnalysisResult.Picture, _ number: Int) -> AnalysisResult.Picture {
      let key = "\(picture.key)-\(number)"
      own[key] = (own[picture.key] ?? []) + Array("\(number)".utf8)
      return .init(key: key, caption: picture.caption)
    }
    result.errors = (0..<count).map { number in
      var study = studies[number % studies.count]
      study.prediction.path += "-\(number)"
      study.feature.picture = renamed(study.feature.picture, number)
      study.mel = study.mel.map { mel in
        var mel = mel
        mel.picture = renamed(mel.picture, number)
        return mel
      }
      study.evidence = study.evidence.map { evidence in
        var evidence = evidence
        evidence.overlay = renamed(evidence.overlay, number)
        evidence.melOverlay = evidence.melOverlay.map { renamed($0, number + count) }
        return evidence
      }
      return study
    }
    let predictions = result.errors.map(\.prediction) + result.predictions.filter(\.isCorrect)
    result.predictions = predictions
    result.report = try ClassificationReport(predictions: predictions, labels: genres)
    pictures = own
    return result
  }
}

/// How long a page of 500 errors takes to open: `GENRELENS_PAGE_LOAD=1 swift test -Xcc -O2 --filter PageLoadTests` prints it.
@Suite(
  .tags(.browser),
  .serialized,
  .enabled(if: Browser.path != nil && ProcessInfo.processInfo.environment["GENRELENS_PAGE_LOAD"] != nil))
struct PageLoadTests {
  @Test(arguments: [(20, 130), (128, 431)]) func opensFiveHundredErrors(bins: Int, frames: Int) throws {
    var showcase = Showcase()
    (showcase.featureShape, showcase.melShape, showcase.soundCount) = ((bins, frames), (128, frames), 6)
    let result = try showcase.enlarged(to: 500)
    let folder =
      try ProcessInfo.processInfo.environment["KEEP"].map { URL(fileURLWithPath: $0) }
      ?? Browser.shared.get().folder.appendingPathComponent("\(bins)-\(frames)")
    let clock = ContinuousClock()
    for limit in [30_000_000, 200_000_000] {
      var path = ""
      let writing = try clock.measure {
        path = try ReportWriter(embeddingLimitBytes: limit).write(
          result, pictures: showcase.pictures, to: folder.path
        )
        .page
      }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path)).count
      var times: [(load: Double, paint: Double)] = []
      for _ in 0..<5 {
        let page = try Browser.shared.get().newPage()
        defer { page.close() }
        try page.setSize(1280, 900)
        try page.open(file: path)
        _ = try page.wait(for: "performance.getEntriesByName('first-contentful-paint').length")
        #expect(try page.number("document.querySelectorAll('.errors tbody tr:not([hidden])').length") == 500)
        times.append(
          (
            try page.number("performance.getEntriesByType('navigation')[0].loadEventEnd"),
            try page.number("performance.getEntriesByName('first-contentful-paint')[0].startTime")
          ))
        #expect(page.complaints == [])
      }
      let median = { (values: [Double]) in Int(values.sorted()[values.count / 2].rounded()) }
      print(
        "500 errors, maps of \(bins) x \(frames): \(bytes / 1_000_000) MB page written in \(writing);",
        "load event \(median(times.map(\.load))) ms, first contentful paint \(median(times.map(\.paint))) ms (medians of 5)"
      )
    }
  }
}
