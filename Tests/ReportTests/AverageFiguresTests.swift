import Analysis
import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct AverageFiguresTests {
  @Test func meansOfOneClassShareAScale() throws {
    var averages = MapAverages()
    let add = { (averages: inout MapAverages, value: Float, explained: String, label: String) in
      let map = ExplanationMap(
        grid: MapGrid(values: [0, value], binCount: 1, frameCount: 2), polarity: .positive,
        method: "grad-cam",
        layer: "conv3", className: explained, score: 0, probability: 0.5)
      try averages.add(map, label: label, predicted: "Folk")
    }
    try add(&averages, 2, "Folk", "Folk")
    try add(&averages, 6, "Folk", "Hip-Hop")
    try add(&averages, 9, "Hip-Hop", "Hip-Hop")
    let figures = AverageFigures(
      averages, xAxis: .seconds(frameCount: 2, secondsPerFrame: 1), yAxis: .quefrency(binCount: 1),
      scaleLabel: "evidence")
    #expect(figures.entries.map(\.key.explained) == ["Folk", "Folk", "Hip-Hop"])
    #expect(figures.entries.map(\.count) == [1, 1, 1])
    #expect(figures.entries[1].picture.caption == "Hip-Hop heard as Folk: mean evidence for Folk")
    let scales = figures.entries.compactMap { figures.figures[$0.picture.key]?.scale.high }
    #expect(scales == [6, 6, 9])
  }

  @Test func sheetsHoldWhatTheyAreGiven() throws {
    let grid = MapGrid(values: [0, 1, 2, 3, 4, 5, 6, 7], binCount: 2, frameCount: 4)
    let map = ExplanationMap(
      grid: grid, polarity: .positive, method: "grad-cam", layer: "conv3", className: "Folk", score: 1,
      probability: 0.9)
    var sheet = ExplanationSheet(
      trackName: "a.mp3", labels: ["Folk", "Hip-Hop"], probabilities: [0.9, 0.1], predicted: "Folk",
      trueLabel: "Hip-Hop", secondsPerFrame: 0.5, feature: grid, featureAxis: .quefrency(binCount: 2),
      featureLabel: "MFCC (dB)", explanation: map)
    #expect(sheet.page.rows.map(\.count) == [1, 1, 1])
    #expect(sheet.page.subtitle == "true: Hip-Hop · predicted: Folk (0.900) · 0.0 to 1.5 s")
    sheet.probabilities = [0.9, 0.4]
    #expect(sheet.page.subtitle == "true: Hip-Hop · strongest tag: Folk (0.900) · 0.0 to 1.5 s")
    sheet.probabilities = [0.9, 0.1]
    sheet.mel = (grid, [100, 1000])
    sheet.melExplanation = map
    #expect(sheet.page.rows.map(\.count) == [2, 2, 1])
    let picture = try PixelReader(png: sheet.bytes(.png, scale: 1))
    #expect(picture.width == Int(sheet.size.width) && picture.count(of: 0x0072B2) > 1000)
  }

  @Test func axesFollowTheResolution() {
    let axis = FigureAxis(label: "x", ticks: [AxisTick(position: 10, label: "a")])
    #expect(axis.resampled(from: 40, to: 8).ticks == [AxisTick(position: 2, label: "a")])
  }
}
