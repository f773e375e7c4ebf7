public import Explanation
import Files
public import Tensors

extension MapGrid {
  /// The values of a tensor `[F, T]` or `[1, F, T]`. Traps on other shapes.
  public init(_ tensor: Tensor) {
    let shape = tensor.shape
    demand(
      shape.rank == 2 || (shape.rank == 3 && shape[0] == 1), "a map of [F, T] or [1, F, T], not \(shape)")
    self.init(
      values: Array(tensor.values), binCount: shape[shape.rank - 2], frameCount: shape[shape.rank - 1])
  }
}

extension ExplanationMap {
  /// The part of an explanation that a picture shows: its positive part (or magnitude), resized to the input's `[F, T]` unless
  /// `upsampled` is false. The values are raw, not normalised.
  public init(_ explanation: ClassExplanation, upsampled: Bool = true) {
    self.init(
      grid: MapGrid(upsampled ? explanation.upsampledMap : explanation.positiveMap), polarity: .positive,
      explanation)
  }

  /// An explanation with its signs, at the layer's resolution: evidence for one class rather than another.
  public init(signed explanation: ClassExplanation) {
    self.init(grid: MapGrid(explanation.signedMap), polarity: .signed, explanation)
  }

  /// An explanation on the mel axis, with its signs.
  ///
  /// - Parameter unit: of the features on that axis.
  public init(_ view: MelView, of explanation: ClassExplanation, unit: String = "dB") {
    let words =
      switch view.quantity {
      case .scorePerDecibel: "score per \(unit)"
      case .score: "part of the score"
      case .decibels: "kept difference from the mean (\(unit))"
      }
    self.init(grid: MapGrid(view.signedMap), polarity: .signed, explanation, unit: words)
  }

  private init(
    grid: MapGrid, polarity: Polarity, _ explanation: ClassExplanation, unit: String = "evidence"
  ) {
    self.init(
      grid: grid, polarity: polarity, method: explanation.method.name, layer: explanation.layer,
      className: explanation.question, score: Double(explanation.score),
      probability: Double(explanation.probability), flags: explanation.flagNames, unit: unit)
  }
}
