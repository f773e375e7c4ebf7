import Analysis
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

@Suite(.tags(.hand)) struct MapGridTensorTests {
  /// A map `[2, 3]` of a network whose input is `[4, 6]`.
  private func explanation(_ values: [Float]) -> ClassExplanation {
    ClassExplanation(
      method: GradCAM(), layer: "conv3", classIndex: 1, label: "Hip-Hop", predictedIndex: 0,
      predictedLabel: "Folk", explainedScore: .logit(1), score: -1.5, probability: 0.25,
      signedMap: Tensor(values, shape: [2, 3]), axes: [], inputShape: [4, 6], inputGradient: nil,
      flags: [.zeroGradient, .noPositiveEvidence], spec: nil, contrastLabel: nil, baselineInput: nil,
      baselineScore: nil, completenessGap: nil)
  }

  @Test func tensorsKeepRowsAndColumns() {
    let grid = MapGrid(Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3]))
    #expect(grid.binCount == 2 && grid.frameCount == 3 && grid[1, 0] == 4)
    #expect(MapGrid(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])) == grid)
  }

  @Test func explanationsComeWithTheirFacts() {
    let source = explanation([1, -2, 3, 0, 5, -6])
    let map = ExplanationMap(source, upsampled: false)
    #expect(map.grid.values == [1, 0, 3, 0, 5, 0])
    #expect(map.method == "grad-cam" && map.layer == "conv3" && map.className == "Hip-Hop")
    #expect(map.score == -1.5 && map.probability == 0.25 && map.polarity == .positive)
    #expect(map.flags == ["no-positive-evidence", "zero-gradient"])
    let resized = ExplanationMap(source)
    #expect(resized.grid.binCount == 4 && resized.grid.frameCount == 6)
    #expect(resized.grid.values == source.upsampledMap.values)
  }

  @Test func melViewsKeepSignsAndSayTheirUnit() {
    let view = MelView(
      signedMap: Tensor([1, -2, 3, -4], shape: [2, 2]), quantity: .decibels, bandCentersHz: [100, 200],
      isExact: true)
    let map = ExplanationMap(view, of: explanation([1, -2, 3, 0, 5, -6]))
    #expect(map.grid.values == [1, -2, 3, -4] && map.polarity == .signed)
    #expect(map.unit == "kept difference from the mean (dB)")
  }
}
