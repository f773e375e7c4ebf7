import CKernels

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
    /// rounded. Traps when the arrays differ in length.
    package func run(
      _ gradients: Span<Float>, mean: inout MutableSpan<Float>, variance: inout MutableSpan<Float>,
      weights: inout MutableSpan<Float>
    ) {
      let count = weights.count
      precondition(
        gradients.count == count && mean.count == count && variance.count == count,
        "\(gradients.count) gradients, \(mean.count) and \(variance.count) moments for \(count) weights")
      var numbers = numbers
      unsafe gradients.withUnsafeBufferPointer { g in
        unsafe mean.withUnsafeMutableBufferPointer { m in
          unsafe variance.withUnsafeMutableBufferPointer { v in
            unsafe weights.withUnsafeMutableBufferPointer { w in
              unsafe gl_adam_step(
                &numbers, g.baseAddress, m.baseAddress, v.baseAddress, w.baseAddress, count, threads)
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
    precondition(values.count == target.count, "\(values.count) values towards \(target.count)")
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe target.withUnsafeBufferPointer { target in
        unsafe gl_move_towards(target.baseAddress, share, values.baseAddress, values.count, threads)
      }
    }
  }
}
