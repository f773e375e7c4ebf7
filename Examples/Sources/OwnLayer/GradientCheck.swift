import Checking
import Networks
import Tensors

/// Compares the gradient of a loss by one element of an array with the difference of the loss around it, divided by the step.
func checkGradient(of array: String, in network: Network, at batch: Tensor) throws {
  let (element, step) = (2, Float(0.01))
  let cotangent: [Float] = [1, -1, 0.5, 2, -1, 1]
  func loss(moved by: Float) -> Double {
    var (moved, values) = (network, network.parameters[array].values)
    values[element] += by
    moved.parameters[array] = Tensor(values, shape: [values.count])
    let logits = moved.forwardForTraining(batch, seed: 0).logits
    return zip(logits.values, cotangent).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  var gradients = network.parameters.zeros()
  network.forwardForTraining(batch, seed: 0).parameterGradients(
    from: Tensor(cotangent, shape: [3, 2]), into: &gradients)
  let own = Double(gradients[array][element])
  let difference = (loss(moved: step) - loss(moved: -step)) / Double(2 * step)
  // Losses of single precision and a third derivative that is not zero: 2 % of the gradient.
  require(
    abs(own - difference) < 0.02 * abs(difference) + 1e-3,
    "the layer's gradient \(own) is the difference \(difference)")
}
