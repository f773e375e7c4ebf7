public import Tensors

/// The maps of one layer's states, step by step.
public struct StepExplanation: Sendable {
  public let method: String
  /// The recurrent layer.
  public let layer: String
  /// What was explained.
  public let score: Double
  /// Signed and not normalised, `[T, H, W]`. To compare steps, show all on one scale.
  public let maps: Tensor
  /// Warnings, step by step.
  public let flags: [Set<ExplanationFlag>]

  /// The sum of the positive part of each step's map.
  public var stepEvidence: [Double] {
    (0..<maps.shape[0]).map { step in maps.item(step).values.reduce(0) { $0 + Double(max(0, $1)) } }
  }
}

/// What each cell of each step of a sequence contributed to a score.
public struct SequenceAttribution: Sendable {
  /// Signed, of the input's shape `[T, C, H, W]`.
  public let values: Tensor
  /// What was explained.
  public let score: Double
  /// The score of the sequence that attributions are counted from; nil for gradient x input.
  public let baselineScore: Double?

  init(_ values: Tensor, score: Double, baselineScore: Double?) {
    (self.values, self.score, self.baselineScore) = (values, score, baselineScore)
  }

  /// Summed over channels and cells: which steps counted.
  public var steps: [Double] {
    (0..<values.shape[0]).map { step in values.item(step).values.reduce(0) { $0 + Double($1) } }
  }

  /// Summed over channels, `[T, H, W]`.
  public var maps: Tensor {
    Tensor.stack(
      (0..<values.shape[0]).map { step in
        let item = values.item(step)
        let size = item.count / max(1, item.shape[0])
        var sums = [Float](repeating: 0, count: size)
        for (index, value) in item.values.enumerated() { sums[index % size] += value }
        return Tensor(sums, shape: Shape(Array(item.shape.dimensions.dropFirst())))
      })
  }

  /// The sum of all attributions minus the difference of the scores; nil for gradient x input.
  public var completenessGap: Double? {
    baselineScore.map { base in values.values.reduce(0) { $0 + Double($1) } - (score - base) }
  }
}
