import Explanation
import Tensors

/// A class activation map of one's own: w_k = mean of max(0, g)^p, p an option. With p = 1 only what speaks for the class counts.
struct PowerCAM: ChannelWeighting {
  static let name = "power-cam"
  static let summary = MethodSummary(
    formula: "w_k = mean of max(0, g)^p", source: "Examples/OwnMethod of GenreLens", note: "`--power`")
  static let options: [MethodOption<PowerCAM>] = [
    .integer("power", \.power, 1...4, subject: "power-cam's power", help: "power of the gradients")
  ]

  var power = 1

  func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    let positions = gradients.shape[1] * gradients.shape[2]
    return (0..<gradients.shape[0]).map { channel in
      let sum = gradients.item(channel).values.reduce(0.0) { sum, gradient in
        sum + (0..<power).reduce(1.0) { product, _ in product * Double(max(0, gradient)) }
      }
      return sum / Double(positions)
    }
  }
}
