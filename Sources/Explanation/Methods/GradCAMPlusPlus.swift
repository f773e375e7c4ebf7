public import Files
import Foundation
import Networks
public import Tensors

/// Grad-CAM++: w_k = sum of alpha ReLU(d Y / d A) with alpha of equation 19.
///
/// With Y = exp(score), and with the network piecewise linear between layer and score, the higher derivatives follow from g:
/// alpha = g^2 / (2 g^2 + S_k g^3), S_k = sum(A). The factor g^2 cancels, which leaves **w_k = sum over g > 0 of g / (2 + S_k
/// g)**. For A >= 0 the denominator is at least 2. If activations are signed, it can vanish or change sign; terms with |2 + S_k
/// g| < 1e-6 are left out, and negative ones are kept as in the formula. Near such a pole, the rounding of Float gradients is
/// amplified by 1 / (2 + S_k g)^2: on signed activations the map can be off by a few percent, at worst by its own size. More
/// precise sums do not help; the flag ``ExplanationFlag/illConditioned`` reports it. The paper assumes activations after a ReLU,
/// where the formula is safe.
///
/// The known libraries differ from the paper; ``Variant`` reproduces them.
///
/// Source: Chattopadhay et al., "Grad-CAM++", WACV 2018, doi:10.1109/WACV.2018.00097.
public struct GradCAMPlusPlus: ChannelWeighting {
  public static let name = "grad-cam++"
  public static let summary = MethodSummary(
    formula: "w_k = sum over g > 0 of g / (2 + S_k g)",
    source: "Chattopadhay et al. 2018, doi:10.1109/WACV.2018.00097",
    note: "`--variant`, see below")
  public static let options: [MethodOption<Self>] = [
    .choice("variant", \.variant, subject: "Grad-CAM++", help: "which Grad-CAM++")
  ]

  /// The formula of the paper, or that of a library.
  public enum Variant: String, CaseIterable, Codable, Sendable {
    /// g / (2 + S_k g): the paper's alpha with d score / d A outside it, as in all libraries except tf-keras-vis.
    case exact
    /// pytorch-grad-cam: g^3 / (2 g^2 + S_k g^3 + 1e-6). Maps shrink where g^2 is not far above 1e-6.
    case pytorchGradCAM = "pytorch-grad-cam"
    /// TorchCAM: the sum runs over A g^3, not over A: g^3 / (2 g^2 + sum(A g^3) + 1e-8).
    case torchCAM = "torch-cam"
    /// tf-keras-vis: alpha divided by its sum over the channel, all times exp(score).
    case tfKerasVis = "tf-keras-vis"
    /// The paper's Y = exp(score) throughout: the exact map times exp(score), which only scales it.
    case exponential
    /// As `exponential`, with the second and third derivatives of Y = exp(score) computed and without cancellation. For a logit
    /// the two agree; a probability is not linear, and only this variant is then the paper's formula.
    case explicit

  }

  /// Terms with |2 + S_k g| below this are left out.
  public static let smallestDenominator = 1e-6

  public var variant: Variant
  /// The explained score, for the variants that use exp(score): set for each input that is explained.
  public var score = 0.0

  public init() { self.init(variant: .exact) }

  public init(variant: Variant, score: Double = 0) { (self.variant, self.score) = (variant, score) }

  /// Variants other than the exact one need each item's score, and the explicit form of a probability the gradients of all
  /// logits.
  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let (activations, gradients) = (batch.activations, batch.gradients)
    if variant == .exact {
      return concurrentlyMapped(batch.count) {
        map(activations: activations.item($0), gradients: gradients.item($0))
      }
    }
    return (0..<batch.count).map { index in
      var mapping = self
      mapping.score = batch[index].scoreValue
      let (activation, gradient) = (activations.item(index), gradients.item(index))
      let weights =
        mapping.weights(ofProbability: batch, index, activation: activation)
        ?? mapping.weights(activations: activation, gradients: gradient)
      return MethodMap(
        weightedMap(activation, weights: weights.map { Double(Float($0)) }),
        flags: mapping.flags(activations: activation, gradients: gradient))
    }
  }

  /// The explicit form's weights where the score is a probability; nil elsewhere.
  private func weights(ofProbability batch: ExplainedBatch, _ index: Int, activation: Tensor) -> [Double]? {
    guard variant == .explicit, case .probability = batch.scores[index],
      let classIndex = batch.scores[index].classIndex
    else { return nil }
    let logits = batch.trace.logits.item(index).values
    if batch.network.architecture.outputFunction == .sigmoid {
      // One logit alone decides: p' = p (1 - p) z', and so on.
      let slope = batch.maps(batch.trace.gradient(of: .logit(classIndex), at: batch.layer), batch.layer)
      let derivatives = ExponentialDerivatives(
        sigmoidOf: Double(logits[classIndex]), logitGradient: slope.item(index).values.map(Double.init))
      return Self.weights(activations: activation, derivatives: derivatives, score: score)
    }
    let slopes = logits.indices.map { other in
      batch.maps(batch.trace.gradient(of: .logit(other), at: batch.layer), batch.layer).item(index).values
        .map(Double.init)
    }
    let derivatives = ExponentialDerivatives(
      probabilityOf: classIndex,
      probabilities: logits.indices.map { Score.probability($0).value(logits: logits, .softmax) },
      logitGradients: slopes)
    return Self.weights(activations: activation, derivatives: derivatives, score: score)
  }

  public func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    if variant == .explicit {
      let derivatives = ExponentialDerivatives(linearScore: layer.gradients.map(Double.init))
      return Self.weights(activations: activations, derivatives: derivatives, score: score)
    }
    return layer.perChannel { range in
      switch variant {
      case .exact: exactWeight(layer, range)
      case .exponential, .explicit: exp(score) * exactWeight(layer, range)
      case .pytorchGradCAM: pytorchGradCAMWeight(layer, range)
      case .torchCAM: torchCAMWeight(layer, range)
      case .tfKerasVis: exp(score) * tfKerasVisWeight(layer, range)
      }
    }
  }

  /// With d = 2 + S_k g, each term g / d has the derivatives 2 / d^2 by g and -g^2 / d^2 by S_k. A term that is left out
  /// counts with the smallest d: rounding may have put it there. Zeros for the library variants.
  public func weightErrors(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    guard [.exact, .exponential, .explicit].contains(variant) else { return layer.perChannel { _ in 0 } }
    let scale = LayerRounding.share * (variant != .exact ? exp(score) : 1)
    return layer.perChannel { range in
      let activations = layer.activations.span.extracting(range)
      let (sum, magnitude) = (Sums.sum(activations), Sums.magnitudes(activations))
      let gradients = layer.gradients.span.extracting(range)
      var (squares, slopeBySum) = (0.0, 0.0)
      for index in gradients.indices {
        let gradient = unsafe max(0, Double(gradients[unchecked: index]))
        let denominator = max(abs(2 + sum * gradient), Self.smallestDenominator)
        let quotient = gradient / (denominator * denominator)
        squares += 4 * quotient * quotient
        slopeBySum += quotient * gradient
      }
      let byTheSum = slopeBySum * magnitude
      return scale * (squares + byTheSum * byTheSum).squareRoot()
    }
  }

  private func exactWeight(_ layer: LayerValues, _ range: Range<Int>) -> Double {
    let sum = Sums.sum(layer.activations.span.extracting(range))
    let gradients = layer.gradients.span.extracting(range)
    var weight = 0.0
    for index in gradients.indices {
      let gradient = unsafe Double(gradients[unchecked: index])
      let denominator = 2 + sum * gradient
      // A choice of terms and not a jump: nobody can foretell the signs of gradients.
      let term = gradient / denominator
      weight += gradient > 0 && abs(denominator) >= Self.smallestDenominator ? term : 0
    }
    return weight
  }

  private func pytorchGradCAMWeight(_ layer: LayerValues, _ range: Range<Int>) -> Double {
    let sum = Sums.sum(layer.activations.span.extracting(range))
    var weight = 0.0
    for index in range where layer.gradients[index] > 0 {
      let gradient = Double(layer.gradients[index])
      let square = gradient * gradient
      weight += gradient * square / (2 * square + sum * square * gradient + 1e-6)
    }
    return weight
  }

  private func torchCAMWeight(_ layer: LayerValues, _ range: Range<Int>) -> Double {
    let cubes = range.reduce(0.0) { sum, index in
      let gradient = Double(layer.gradients[index])
      return sum + Double(layer.activations[index]) * gradient * gradient * gradient
    }
    var weight = 0.0
    for index in range where layer.gradients[index] > 0 {
      let gradient = Double(layer.gradients[index])
      let square = gradient * gradient
      weight += gradient * square / (2 * square + cubes + 1e-8)
    }
    return weight
  }

  /// Without the factor exp(score); alpha counts at negative gradients too, where only the normalising sum sees it.
  private func tfKerasVisWeight(_ layer: LayerValues, _ range: Range<Int>) -> Double {
    let sum = Sums.sum(layer.activations.span.extracting(range))
    var (weight, alphaSum) = (0.0, 0.0)
    for index in range where layer.gradients[index] != 0 {
      let gradient = Double(layer.gradients[index])
      let denominator = 2 + sum * gradient
      guard abs(denominator) >= Self.smallestDenominator else { continue }
      alphaSum += 1 / denominator
      weight += max(0, gradient) / denominator
    }
    return alphaSum == 0 ? 0 : weight / alphaSum
  }
}

extension ExplanationMethod where Self == GradCAMPlusPlus {
  /// ``GradCAMPlusPlus`` with its defaults.
  public static var gradCAMPlusPlus: GradCAMPlusPlus { GradCAMPlusPlus() }
}
