import CKernels
import Files

/// Passes over long arrays on all kernel threads. No result depends on their number.
package enum ArrayKernels {
  private static var threads: Int32 { Int32(ThreadPolicy.kernelThreads) }

  /// The numbers of one step of Adam.
  package struct AdamStep {
    private var numbers: gl_adam

    /// `rate` and `inverse` hold the corrections of the first and of the second moment.
    package init(beta1: Float, beta2: Float, epsilon: Float, rate: Float, inverse: Float) {
      numbers = gl_adam(beta1: beta1, beta2: beta2, epsilon: epsilon, rate: rate, inverse: inverse)
    }

    /// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g g`, `w -= rate m / (sqrt(v) inverse + epsilon)`, each operation
    /// rounded, on a range of the arrays. Traps when they differ in length or are too short.
    package func run(
      _ gradients: Span<Float>, mean: inout MutableSpan<Float>, variance: inout MutableSpan<Float>,
      weights: inout MutableSpan<Float>, range: Range<Int>
    ) {
      let count = weights.count
      demand(
        gradients.count == count && mean.count == count && variance.count == count,
        "\(gradients.count) gradients, \(mean.count) and \(variance.count) moments for \(count) weights")
      demand(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) weights")
      var numbers = numbers
      unsafe gradients.withUnsafeBufferPointer { g in
        unsafe mean.withUnsafeMutableBufferPointer { m in
          unsafe variance.withUnsafeMutableBufferPointer { v in
            unsafe weights.withUnsafeMutableBufferPointer { w in
              guard let g = g.baseAddress, let m = m.baseAddress, let v = v.baseAddress, let w = w.baseAddress
              else { return }
              let start = range.lowerBound
              unsafe gl_adam_step(&numbers, g + start, m + start, v + start, w + start, range.count, threads)
            }
          }
        }
      }
    }
  }

  /// Whether no element is infinite or not a number.
  package static func areFinite(_ values: Span<Float>) -> Bool {
    unsafe values.withUnsafeBufferPointer { values in
      unsafe gl_all_finite(values.baseAddress, values.count, threads) != 0
    }
  }

  /// `values += share (target - values)`. Traps when the lengths differ.
  package static func move(_ values: inout MutableSpan<Float>, towards target: Span<Float>, by share: Float) {
    demand(values.count == target.count, "\(values.count) values towards \(target.count)")
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe target.withUnsafeBufferPointer { target in
        unsafe gl_move_towards(target.baseAddress, share, values.baseAddress, values.count, threads)
      }
    }
  }

  /// The numbers of one step of gradient descent.
  package struct GradientDescentStep {
    private var numbers: gl_sgd

    package init(rate: Float, momentum: Float, decay: Float, nesterov: Bool) {
      numbers = gl_sgd(rate: rate, momentum: momentum, decay: decay, nesterov: nesterov ? 1 : 0)
    }

    /// `g += decay w`, `v = momentum v + g`, `w -= rate (nesterov ? g + momentum v : v)`, each operation rounded, on a
    /// range of the arrays; without velocities (an empty array) `w -= rate g`. Traps when the arrays are too short.
    package func run(
      _ gradients: Span<Float>, velocity: inout MutableSpan<Float>, weights: inout MutableSpan<Float>,
      range: Range<Int>
    ) {
      demand(
        range.lowerBound >= 0 && range.upperBound <= min(gradients.count, weights.count)
          && (velocity.isEmpty || range.upperBound <= velocity.count),
        "\(gradients.count) gradients, \(velocity.count) velocities, \(weights.count) weights for \(range)")
      var numbers = numbers
      unsafe gradients.withUnsafeBufferPointer { g in
        unsafe velocity.withUnsafeMutableBufferPointer { v in
          unsafe weights.withUnsafeMutableBufferPointer { w in
            guard let from = g.baseAddress, let to = w.baseAddress else { return }
            unsafe gl_sgd_step(
              &numbers, from + range.lowerBound,
              v.isEmpty ? nil : v.baseAddress.map { unsafe $0 + range.lowerBound }, to + range.lowerBound,
              range.count, threads)
          }
        }
      }
    }
  }

  /// The sum of squares, in double and in an order that no number of threads changes. It is finite if and only if all
  /// values are.
  package static func sumOfSquares(_ values: Span<Float>) -> Double {
    var sums = [Double](repeating: 0, count: Int(gl_sum_parts(values.count)))
    return unsafe values.withUnsafeBufferPointer { values in
      unsafe gl_sum_of_squares(values.baseAddress, values.count, &sums, threads)
    }
  }

  /// `values *= factor`.
  package static func scale(_ values: inout MutableSpan<Float>, by factor: Float) {
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe gl_scale(values.baseAddress, factor, values.count, threads)
    }
  }
}
