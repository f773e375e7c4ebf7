/// Drops a residual branch: while training, zeroes the value of each item with this probability and scales that of the rest by
/// `1 / (1 - p)`. Put it after the branch, before it is added.
///
/// Source: Huang et al. 2016, arXiv:1603.09382, whose scaling at inference is applied in training here, as in torchvision.
public struct StochasticDepth: Layer {
  public static let kind = "stochastic-depth"

  /// In 0 ..< 1.
  public var probability: Float

  public init(probability: Float) { self.probability = probability }

  public var traits: LayerTraits { [.keepsElements, .isRandom] }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard probability >= 0, probability < 1 else {
      throw ArchitectureError("the probability \(probability) of dropping a branch is outside 0 ..< 1")
    }
    return inputs[0]
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    guard site.isTraining, probability > 0 else { return nil }
    return BlockDropoutOperation(probability, blockAxes: 1, site)
  }
}
