import Foundation

/// Where a training first encountered a value that is not finite, and what was known just before.
public struct DivergenceDiagnosis: Sendable, Hashable, CustomStringConvertible {
  /// The kind of value that is not finite.
  public enum Place: Sendable, Hashable {
    /// The maps of the batch themselves.
    case input
    /// The output of a layer.
    case activation
    /// The loss, though all activations are finite.
    case loss
    /// The gradient at a layer's output.
    case gradient
    /// The gradient of a layer's parameters.
    case parameterGradient
  }

  public var place: Place
  /// The layer, or the parameter array; empty for the input and the loss.
  public var layer = ""
  /// Whether it happened in a validation; otherwise in a training step.
  public var isInValidation = false
  /// The largest finite magnitude among the same values; 0 if there is none.
  public var largestFinite: Float = 0
  /// The value computed just before it, with its largest magnitude.
  public var previousLayer: String?
  public var previousLargest: Float?
  /// The largest magnitude of the layer's weights.
  public var largestWeight: Float?
  /// The examples whose maps contain values that are not finite.
  public var badExamples: [Int] = []
  /// From 1.
  public var epoch = 0
  /// Number of steps done before, over all epochs.
  public var step = 0
  /// Of the last completed step; 0 for none.
  public var learningRate: Float = 0
  /// Norm of the gradient in the last completed step, before clipping.
  public var gradientNorm: Float?

  init(_ place: Place, layer: String = "") {
    self.place = place
    self.layer = layer
  }

  /// One line.
  public var description: String {
    var parts = [
      "\(isInValidation ? "the validation of epoch \(epoch)" : "epoch \(epoch), step \(step)"): \(finding)"
    ]
    if let previousLayer, let previousLargest {
      parts.append("\(previousLayer) before it reaches \(Self.short(previousLargest))")
    }
    if let largestWeight { parts.append("its weights \(Self.short(largestWeight))") }
    var rest = parts.joined(separator: ", ")
    if step > 0 {
      rest += "; the last step had learning rate \(Self.short(learningRate))"
      if let gradientNorm { rest += " and gradient norm \(Self.short(gradientNorm))" }
    } else {
      rest += "; no step had been made"
    }
    return rest
  }

  private var finding: String {
    let reach = largestFinite > 0 ? " (largest finite value \(Self.short(largestFinite)))" : ""
    switch place {
    case .input:
      return "the input is not finite in \(badExamples.count == 1 ? "example" : "examples") "
        + badExamples.prefix(5).map(String.init).joined(separator: ", ")
    case .activation: return "the activation of \(layer) is not finite\(reach)"
    case .loss: return "the loss is not finite, the logits are\(reach)"
    case .gradient: return "the gradient at \(layer) is not finite\(reach)"
    case .parameterGradient: return "the gradient of \(layer) is not finite\(reach)"
    }
  }

  private static func short(_ value: Float) -> String {
    String(format: "%.3g", Double(value))
  }
}
