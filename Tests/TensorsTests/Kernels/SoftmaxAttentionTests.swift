import CKernels
import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Softmax and the rows of attention (`softmax.c`, `attention.c`) against sums in double.
@Suite(.tags(.property)) struct SoftmaxAttentionTests {
  static let counts = Array(1...17) + [31, 32, 33, 100]

  /// In double; zeros where all are minus infinity.
  private static func softmax(_ x: [Float]) -> (weights: [Float], offset: Double) {
    let powers = x.map { exp(Double($0)) }
    let sum = powers.reduce(0, +)
    return (powers.map { sum == 0 ? 0 : Float($0 / sum) }, sum == 0 ? .infinity : log(sum))
  }

  /// Quarters, of which a difference is exact, so that each weight is off by the exponential (one unit in the last place),
  /// its sum and the sum's inverse (half a unit each, a lane's seven additions before), and the product.
  private static let tolerance: Float = 8 * 0x1p-23

  private static func scores(_ count: Int, seed: Int) -> [Float] {
    wholeNumbers(count, seed: seed, to: 16).map { $0 / 4 }
  }

  @Test(arguments: counts) func softmaxOfRows(count: Int) {
    var x = Self.scores(count, seed: count)
    if count > 2 { x[count / 2] = -.infinity }
    let (result, place) = (KernelMemory(unwritten: count), KernelMemory(x))
    unsafe gl_softmax_row(x, result.start, count)
    unsafe gl_softmax_row(place.start, place.start, count)
    expectClose(result.values, Self.softmax(x).weights, relative: Self.tolerance)
    #expect(place.values == result.values)
    let nothing = KernelMemory([Float](repeating: -.infinity, count: count))
    unsafe gl_softmax_row(nothing.start, nothing.start, count)
    #expect(nothing.values == [Float](repeating: 0, count: count))
    // The slope, with eighths and whole numbers: exact.
    let (y, g) = (x.indices.map { Float($0 % 8) / 8 }, wholeNumbers(count, seed: 1))
    let product = zip(y, g).reduce(0) { $0 + $1.0 * $1.1 }
    let gradient = KernelMemory(g)
    unsafe gl_softmax_row_gradient(y, gradient.start, count)
    #expect(gradient.values == zip(y, g).map { $0 * ($1 - product) })
  }

  enum Mask: CaseIterable { case none, oneForAll, each }

  @Test(arguments: counts, Mask.allCases) func weightsOfAttention(columns: Int, _ mask: Mask) {
    for rows in 1...3 {
      let scores = Self.scores(rows * columns, seed: columns)
      var masks =
        mask == .none
        ? scores.map { _ in 0 } : Self.scores(rows * columns, seed: 7).map { $0 > 2 ? -.infinity : $0 / 4 }
      // A row that sees nothing.
      if mask == .each { for column in 0..<columns { masks[(rows - 1) * columns + column] = -.infinity } }
      let step = mask == .oneForAll ? 0 : columns
      let expected = (0..<rows).map { row in
        Self.softmax((0..<columns).map { scores[row * columns + $0] + masks[row * step + $0] })
      }
      let (weights, again) = (KernelMemory(scores), KernelMemory(scores))
      let offsets = KernelMemory(unwritten: rows)
      unsafe masks.withUnsafeBufferPointer {
        let mask = mask == .none ? nil : $0.baseAddress
        unsafe gl_attention_weights(weights.start, rows, columns, mask, step, offsets.start)
        unsafe gl_attention_weights_again(again.start, rows, columns, mask, step, offsets.start)
      }
      expectClose(weights.values, expected.flatMap(\.weights), relative: Self.tolerance)
      for (own, truth) in zip(offsets.values, expected.map(\.offset)) {
        // A logarithm below 16, rounded, of a sum that is off by the lane's additions.
        #expect(
          own == .infinity ? truth == .infinity : abs(Double(own) - truth) < 0x1p-20, "\(own), not \(truth)")
      }
      // The offset's rounding, that of the difference from it (both below 16) and the exponential's.
      expectClose(again.values, expected.flatMap(\.weights), relative: 0x1p-20 + 0x1p-21 + Self.tolerance)
    }
  }

  @Test(arguments: counts) func gradientsOfAttention(columns: Int) {
    for rows in 1...3 {
      let (weights, gradients) = (
        normalNumbers(rows * columns, seed: 1), normalNumbers(rows * columns, seed: 2)
      )
      let shares = normalNumbers(rows, seed: 3)
      let result = KernelMemory(gradients)
      unsafe gl_attention_gradient(weights, rows, columns, shares, result.start)
      #expect(result.values == gradients.indices.map { weights[$0] * (gradients[$0] - shares[$0 / columns]) })
    }
  }

  private typealias Function = (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void

  /// Functions of many elements (`elementary.c`): the bits of the function of one.
  @Test(arguments: counts) func functionsOfManyElements(count: Int) {
    let (x, g) = (normalNumbers(count, seed: 1).map { 4 * $0 }, normalNumbers(count, seed: 2))
    let functions: [(Function, (Float) -> Float)] = unsafe [
      (gl_sigmoids, gl_sigmoid), (gl_tanhs, gl_tanh), (gl_gelus, gl_gelu), (gl_tanh_gelus, gl_tanh_gelu),
      (gl_silus, gl_silu),
    ]
    for unsafe(many, one) in unsafe functions {
      let (result, place) = (KernelMemory(unwritten: count), KernelMemory(x))
      unsafe many(x, result.start, count)
      unsafe many(place.start, place.start, count)
      #expect(result.values == x.map(one) && place.values == x.map(one))
    }
    let slopes: [(Function, (Float) -> Float)] = unsafe [
      (gl_gelu_slopes, gl_gelu_slope), (gl_tanh_gelu_slopes, gl_tanh_gelu_slope),
      (gl_silu_slopes, gl_silu_slope),
    ]
    for unsafe(many, one) in unsafe slopes {
      let result = KernelMemory(g)
      unsafe many(x, result.start, count)
      #expect(result.values == zip(x, g).map { $1 * one($0) })
    }
  }
}
