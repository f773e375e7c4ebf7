import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// Functions of one element: near zero, far from it, at their corners.
@Suite(.tags(.property)) struct ElementaryTests {
  /// Numbers of both signs and of all sizes at which a function is not yet constant.
  private static let numbers: [Float] =
    (-2000...2000).map { Float($0) * 0.011 }
    + (-40...6).flatMap { exponent in
      [-1, 1].map { Float($0) * Float(sign: .plus, exponent: exponent, significand: 1.37) }
    }

  /// Within `units` of the last place of the true value, or of 1e-38.
  private func expect(
    _ units: Double, _ own: (Float) -> Float, _ truth: (Double) -> Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for x in Self.numbers {
      let expected = truth(Double(x))
      let allowed = units * Double(max(Float(expected).magnitude, 1e-38).ulp)
      #expect(abs(Double(own(x)) - expected) <= allowed, "at \(x)", sourceLocation: sourceLocation)
    }
  }

  @Test func exponentialsAreExactToThreeUnits() {
    expect(1, gl_exp, { exp($0) })
    expect(2, gl_expm1, { expm1($0) })
    expect(2, gl_tanh, { tanh($0) })
    expect(3, gl_sigmoid, { 1 / (1 + exp(-$0)) })
    #expect(gl_exp(.infinity) == .infinity && gl_exp(-.infinity) == 0 && gl_exp(.nan).isNaN && gl_exp(0) == 1)
    #expect(gl_tanh(1e30) == 1 && gl_tanh(-1e30) == -1 && gl_sigmoid(-1e30) == 0 && gl_sigmoid(1e30) == 1)
  }

  @Test func theNormalDistributionIsExactToAFloatOfOne() {
    for x in Self.numbers {
      let expected = 0.5 * erfc(Double(x) / 2.0.squareRoot())
      #expect(abs(Double(gl_normal_above(x)) - expected) <= 7e-8, "at \(x)")
      if x < 5 { #expect(abs(Double(gl_normal_above(x)) / expected - 1) <= 1e-4, "at \(x)") }
    }
    #expect(gl_normal_above(1e20) == 0 && gl_normal_above(-1e20) == 1)
  }

  static let layers: [any PointwiseLayer] = [
    ReLU6(), LeakyReLU(slope: 0.1), ELU(alpha: 1.3), GELU(), GELU(form: .tanh), SiLU(), Sigmoid(),
    HardSigmoid(),
    HardSigmoid(slope: 0.2), HardSwish(), Tanh(),
  ]

  /// In float, where the reference cases have only small numbers: finite, within a float's digits of what lies in the limit.
  @Test(arguments: layers.indices) func largeNumbersStayFinite(_ index: Int) {
    let layer = Self.layers[index]
    for size in [30, 100, 1e4, 1e10, 1e20, 3e38] as [Float] {
      for x in [size, -size] {
        let y = layer.value(x)
        #expect(y.isFinite && layer.slope(x, y).isFinite, "\(layer.kind) at \(x)")
        #expect(abs(layer.slope(x, y)) <= 1.5, "\(layer.kind) at \(x)")
      }
    }
    let grows = layer is GELU || layer is SiLU || layer is HardSwish || layer is ELU || layer is LeakyReLU
    #expect(layer.value(1e20) == (grows ? 1e20 : layer is ReLU6 ? 6 : 1), "\(layer.kind)")
  }

  /// The same bits one by one and many at once, sixteen of them or fewer.
  @Test(arguments: layers.indices, [1, 15, 16, 37]) func manyElementsAreEachComputedAlike(
    _ index: Int, count: Int
  ) {
    let layer = Self.layers[index]
    let x = (0..<count).map { Self.numbers[($0 * 211) % Self.numbers.count] }
    let y = x.map(layer.value)
    var values = [Float](repeating: 7, count: count)
    var slopes = x.indices.map { Float($0) - 3 }
    let expected = zip(slopes, zip(x, y)).map { $0 * layer.slope($1.0, $1.1) }
    var span = values.mutableSpan
    layer.values(x.span, into: &span)
    var gradients = slopes.mutableSpan
    layer.multiplySlopes(x.span, y.span, into: &gradients)
    #expect(values == y && slopes == expected, "\(layer.kind)")
  }

  @Test func slopesAtCornersAreThoseOfPyTorch() {
    #expect(ReLU6().slope(0, 0) == 0 && ReLU6().slope(6, 6) == 0 && ReLU6().slope(5.9, 5.9) == 1)
    #expect(LeakyReLU(slope: 0.25).slope(0, 0) == 0.25 && ELU(alpha: 2).slope(0, 0) == 2)
    #expect(HardSwish().slope(3.1, 3.1) == 1 && HardSwish().slope(-3.1, 0) == 0)
    #expect(HardSigmoid().slope(-3, HardSigmoid().value(-3)) == 0)
  }

  /// Convolutions lie in blocks of channels with padding on oneDNN, channels-last on own kernels.
  @Test(arguments: layers.indices, [true, false]) func theLayoutDoesNotMatter(_ index: Int, ownKernels: Bool)
    throws
  {
    try LayoutTests.check(Self.layers[index], ownKernels: ownKernels)
  }

  @Test func rectifiersObeyTheRules() throws {
    for (layer, slope) in [(ReLU6(), Float(0)), (LeakyReLU(slope: 0.5), 0.5)] as [(any Layer, Float)] {
      let network = try Network(
        Architecture(
          name: "x", inputs: [.init("x", [Axis(.feature, 4)])], nodes: [.init("y", layer, inputs: ["x"])]),
        seed: 1)
      let trace = network.forward(Tensor([-1, -1, 2, 2], shape: [1, 4]), observing: ["x"])
      let score = Score.weighted(Tensor([-1, 1, -1, 1], shape: [1, 4]))
      #expect(trace.gradient(of: score, at: "x").values == [-slope, slope, -1, 1])
      #expect(trace.gradient(of: score, at: "x", rule: .guided).values == [0, slope, 0, 1])
      #expect(trace.gradient(of: score, at: "x", rule: .deconvolution).values == [0, 1, 0, 1])
    }
  }
}
