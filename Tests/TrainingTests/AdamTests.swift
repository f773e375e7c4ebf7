import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite(.tags(.hand, .property)) struct AdamTests {
  /// The formulas of the paper, one element after the other, each operation rounded to float32.
  private struct Plain {
    var (mean, variance): ([Float], [Float])
    var weights: [Float]

    mutating func step(_ gradients: [Float], count t: Int, learningRate: Float) {
      let (b1, b2, epsilon): (Float, Float, Float) = (0.9, 0.999, 1e-8)
      var (power1, power2) = (1.0, 1.0)
      for _ in 0..<t { (power1, power2) = (power1 * Double(b1), power2 * Double(b2)) }
      let rate = Float(Double(learningRate) / (1 - power1))
      let inverse = Float(1 / (1 - power2).squareRoot())
      for index in weights.indices {
        let gradient = gradients[index]
        mean[index] = b1 * mean[index] + (1 - b1) * gradient
        variance[index] = b2 * variance[index] + (1 - b2) * gradient * gradient
        weights[index] -= rate * mean[index] / (variance[index].squareRoot() * inverse + epsilon)
      }
    }
  }

  /// 3 x 2^15 + 5 elements: several parts and a vector that is not full.
  @Test(arguments: [1, 15, 33, 98_309]) func equalsThePlainLoopToTheBit(count: Int) {
    var generator = SeededGenerator(seed: 9)
    var parameters = ParameterVector([("w", [count])])
    parameters["w"] = Tensor((0..<count).map { _ in generator.normal() }, shape: [count])
    var plain = Plain(
      mean: [Float](repeating: 0, count: count), variance: [Float](repeating: 0, count: count),
      weights: parameters.values)
    var adam = Adam(count: count)
    for step in 1...3 {
      var gradients = parameters.zeros()
      gradients["w"] = Tensor((0..<count).map { _ in generator.normal() * 1e-3 }, shape: [count])
      adam.step(&parameters, gradients: gradients, learningRate: 1e-3)
      plain.step(gradients.values, count: step, learningRate: 1e-3)
      #expect(parameters.values == plain.weights)
    }
  }
}
