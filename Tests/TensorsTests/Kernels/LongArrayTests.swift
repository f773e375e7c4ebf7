import CKernels
import TestSupport
import Testing

@testable import Tensors

/// The passes over long arrays (`arrays.c`) against plain loops, to the bit; one part on a thread is 2^15 elements.
@Suite(.tags(.property)) struct LongArrayTests {
  static let counts = Array(1...17) + [63, 64, 65, 32_767, 32_768, 32_769, 70_001]

  @Test(arguments: counts) func stepsOfAdam(count: Int) {
    let adam = gl_adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, rate: 0.01, inverse: 3)
    let (g, m) = (normalNumbers(count, seed: 1), normalNumbers(count, seed: 2))
    let (v, w) = (normalNumbers(count, seed: 3).map(abs), normalNumbers(count, seed: 4))
    let mean = zip(m, g).map { 0.9 * $0 + (1 - Float(0.9)) * $1 }
    let variance = zip(v, g).map { 0.999 * $0 + (1 - Float(0.999)) * $1 * $1 }
    let weights = w.indices.map { w[$0] - 0.01 * mean[$0] / (variance[$0].squareRoot() * 3 + 1e-8) }
    for threads in [1, 2, 3] as [Int32] {
      let (moments, squares, result) = (KernelMemory(m), KernelMemory(v), KernelMemory(w))
      unsafe withUnsafePointer(to: adam) {
        unsafe gl_adam_step($0, g, moments.start, squares.start, result.start, count, threads)
      }
      #expect(moments.values == mean && squares.values == variance && result.values == weights)
    }
  }

  @Test(arguments: counts) func stepsOfGradientDescent(count: Int) {
    let (rate, momentum, decay) = (Float(0.1), Float(0.9), Float(0.01))
    let (g, v, w) = (
      normalNumbers(count, seed: 1), normalNumbers(count, seed: 2), normalNumbers(count, seed: 3)
    )
    let decayed = zip(g, w).map { $0 + decay * $1 }
    let velocity = zip(v, decayed).map { momentum * $0 + $1 }
    let plain = zip(w, decayed).map { $0 - rate * $1 }
    let heavy = zip(w, velocity).map { $0 - rate * $1 }
    let ahead = w.indices.map { w[$0] - rate * (decayed[$0] + momentum * velocity[$0]) }
    for threads in [1, 2, 3] as [Int32] {
      for (nesterov, expected) in [(0, heavy), (1, ahead), (nil, plain)] as [(Int32?, [Float])] {
        let sgd = gl_sgd(rate: rate, momentum: momentum, decay: decay, nesterov: nesterov ?? 0)
        let (speed, result) = (KernelMemory(v), KernelMemory(w))
        unsafe withUnsafePointer(to: sgd) {
          unsafe gl_sgd_step($0, g, nesterov == nil ? nil : speed.start, result.start, count, threads)
        }
        #expect(result.values == expected)
        #expect(speed.values == (nesterov == nil ? v : velocity))
      }
    }
  }

  /// Four 16-bit numbers from each word of xoshiro256**, the lowest first; 16 words for every 64 elements or part of them.
  @Test(arguments: Array(1...17) + [63, 64, 65, 1000], [0, 1, 20_000, 65_535, 65_536] as [UInt32])
  func dropoutDraws(count: Int, threshold: UInt32) {
    var generator = SeededGenerator(seed: 9)
    var state = Self.state(of: &generator)
    let words = (0..<(count + 63) / 64 * 16).map { _ in generator.next() }
    let expected = (0..<count).map { index in
      let draw = words[index / 4] >> UInt64(16 * (index % 4)) & 0xFFFF
      return draw >= UInt64(threshold)
    }
    var bits = [UInt64](repeating: 0, count: (count + 63) / 64)
    unsafe gl_dropout_draw(&state, threshold, count, &bits)
    #expect((0..<count).map { Self.isSet($0, in: bits) } == expected)
    #expect(state == Self.state(of: &generator))
  }

  private static func state(of generator: inout SeededGenerator) -> [UInt64] {
    unsafe generator.withState { words in unsafe Array(UnsafeBufferPointer(start: words, count: 4)) }
  }

  private static func isSet(_ index: Int, in bits: [UInt64]) -> Bool {
    bits[index / 64] >> UInt64(index % 64) & 1 == 1
  }

  @Test(arguments: counts) func dropoutMultiplies(count: Int) {
    let from = normalNumbers(count, seed: 1).enumerated().map {
      $0.offset % 50 == 20 ? Float.nan : $0.element
    }
    var generator = SeededGenerator(seed: 3)
    let bits = (0..<(count + 63) / 64).map { _ in generator.next() }
    let expected = from.indices.map { from[$0] * (Self.isSet($0, in: bits) ? 1.25 : 0) }
    for threads in [1, 2, 3] as [Int32] {
      let (result, place) = (KernelMemory(unwritten: count), KernelMemory(from))
      unsafe gl_dropout_apply(from, bits, 1.25, result.start, count, threads)
      unsafe gl_dropout_apply(place.start, bits, 1.25, place.start, count, threads)
      // What is not a number stays so, whether it is let through or not.
      for values in [result.values, place.values] {
        #expect(
          values.indices.allSatisfy { values[$0] == expected[$0] || from[$0].isNaN && values[$0].isNaN })
      }
    }
  }

  @Test(arguments: counts) func arithmeticOfArrays(count: Int) {
    let (a, b) = (normalNumbers(count, seed: 1), normalNumbers(count, seed: 2))
    for threads in [1, 2, 3] as [Int32] {
      let (moved, scaled, sum) = (KernelMemory(a), KernelMemory(a), KernelMemory(unwritten: count))
      let (intoFirst, intoSecond, copy) = (KernelMemory(a), KernelMemory(b), KernelMemory(unwritten: count))
      unsafe gl_move_towards(b, 0.3, moved.start, count, threads)
      unsafe gl_scale(scaled.start, 0.7, count, threads)
      unsafe gl_add(a, b, sum.start, count, threads)
      unsafe gl_add(intoFirst.start, b, intoFirst.start, count, threads)
      unsafe gl_add(a, intoSecond.start, intoSecond.start, count, threads)
      unsafe gl_copy(a, copy.start, count, threads)
      #expect(moved.values == zip(a, b).map { $0 + 0.3 * ($1 - $0) })
      #expect(scaled.values == a.map { $0 * 0.7 })
      let sums = zip(a, b).map { $0 + $1 }
      #expect(sum.values == sums && intoFirst.values == sums && intoSecond.values == sums)
      #expect(copy.values == a)
    }
  }

  @Test(arguments: counts) func checksOfArrays(count: Int) {
    for threads in [1, 2, 3] as [Int32] {
      let whole = wholeNumbers(count, seed: 1)
      var sums = [Double](repeating: .nan, count: Int(gl_sum_parts(count)))
      #expect(
        unsafe gl_sum_of_squares(whole, count, &sums, threads) == whole.reduce(0) { $0 + Double($1 * $1) })
      #expect(unsafe gl_all_finite(whole, count, threads) == 1)
      for bad in [Float.nan, -.infinity] {
        for place in Set([0, count / 2, count - 1]) {
          var values = whole
          values[place] = bad
          #expect(unsafe gl_all_finite(values, count, threads) == 0)
          #expect(unsafe !gl_sum_of_squares(values, count, &sums, threads).isFinite)
        }
      }
    }
  }
}
