import Analysis
import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct FigureTests {
  @Test func confusionCellsAreShadedByRow() throws {
    let drawn = ConfusionFigure(labels: ["Folk", "Hip-Hop"], counts: [[10, 0], [0, 0]])
    let picture = try PixelReader(png: drawn.bytes(.png, scale: 1))
    // Corners of the four cells, beside the numbers: 118 and 34 points from the edge, 92 a side.
    #expect(picture[124, 40] == 0x0B4F8A)
    #expect(picture[216, 40] == 0xFFFFFF)
    #expect(picture[124, 132] == 0xFFFFFF)
  }

  @Test func barsAreAsLongAsProbabilities() throws {
    let drawn = ProbabilityFigure(
      labels: ["A", "B"], probabilities: [0.25, 0.75], predicted: "B", width: 440)
    let picture = try PixelReader(png: drawn.bytes(.png, scale: 1))
    let track = (0..<440).filter { [0x0072B2, 0xE3E5E8].contains(picture[$0, 57]) }.count
    let bar = (0..<440).filter { picture[$0, 57] == 0x0072B2 }.count
    #expect(track > 200 && abs(Double(bar) / Double(track) - 0.75) < 0.01)
  }

  @Test func divergedTrainingsAreDrawn() throws {
    let epochs = (1...5).map {
      LearningCurve.Epoch(
        number: $0, trainingLoss: $0 == 3 ? .nan : Double($0), validationLoss: $0 > 3 ? .infinity : 1)
    }
    for curve in [
      LearningCurve(epochs: epochs, bestEpoch: 2), LearningCurve(epochs: []),
      LearningCurve(epochs: [epochs[0]], bestEpoch: 99),
    ] {
      #expect(try LearningCurveFigure(curve: curve).bytes(.png, scale: 1).count > 1000)
    }
    let drawn = try PixelReader(
      png: LearningCurveFigure(curve: LearningCurve(epochs: epochs, bestEpoch: 2)).bytes(.png, scale: 1))
    #expect(drawn.count(of: 0x0072B2) > 50 && drawn.count(of: 0xD55E00) > 20)
  }

  @Test func pagesHoldTheirFigures() throws {
    let bars = ProbabilityFigure(
      labels: ["A", "B"], probabilities: [0.25, 0.75], predicted: "B", width: 300)
    let page = FigurePage(title: "t", subtitle: "s", rows: [[bars, bars], [], [bars]])
    #expect(page.rows.count == 2)
    #expect(page.size.width == 2 * 300 + 10 + 28)
    let picture = try PixelReader(png: page.bytes(.png, scale: 1))
    let one = try PixelReader(png: bars.bytes(.png, scale: 1))
    #expect(picture.count(of: 0x0072B2) == 3 * one.count(of: 0x0072B2))
    #expect(throws: Never.self) { try FigurePage(title: "", rows: []).bytes(.png) }
  }
}
