import CKernels
import Files

/// Batch normalisation of channels-last activations, forward and back, by this package's AVX-512 kernels.
///
/// The result is the same with any number of threads.
package struct NormalizationKernel {
  /// Each channel's mean and biased variance.
  package struct Moments {
    package let mean: [Float]
    package let variance: [Float]

    package init(mean: [Float], variance: [Float]) {
      (self.mean, self.variance) = (mean, variance)
    }
  }

  package let format: MemoryFormat
  private let epsilon: Float
  private let channels: Int
  private var numbers: gl_normalization

  /// `shape` is `[N, C, F, T]`. Traps where the kernels cannot run.
  package init(_ shape: Shape, epsilon: Float, threads: Int) {
    demand(ConvolutionKernel.level != .none, "kernels on this processor")
    format = .channelsLast(shape)
    self.epsilon = epsilon
    channels = shape[1]
    numbers = gl_normalization(
      rows: Int64(shape[0] * shape[2] * shape[3]), channels: Int32(shape[1]), threads: Int32(threads))
  }

  /// Of a batch.
  package func moments(_ input: NativeMemory) -> Moments {
    demand(input.format == format, "input of a normalisation: \(input.format.shape)")
    var numbers = numbers
    var (mean, variance) = (zeros, zeros)
    var scratch = scratch
    unsafe gl_moments(&numbers, input.floats, &mean, &variance, &scratch)
    return Moments(mean: mean, variance: variance)
  }

  /// `(input - mean) scale / sqrt(variance + epsilon) + shift`.
  package func forward(
    _ input: NativeMemory, _ moments: Moments, scale: [Float], shift: [Float], _ pool: BufferPool
  ) -> NativeMemory {
    demand(
      input.format == format && scale.count == channels && shift.count == channels
        && moments.mean.count == channels, "input of a normalisation: \(input.format.shape)")
    var numbers = numbers
    let output = NativeMemory(format, from: pool)
    let factor = factor(moments, scale)
    unsafe gl_normalize(&numbers, input.floats, moments.mean, factor, shift, output.floats)
    return output
  }

  /// d / d scale and d / d shift, and, in `gradient`'s own memory, d / d input.
  ///
  /// - Parameter dependsOnInput: whether the moments are the batch's own, so that the gradient goes through them too.
  package func backward(
    _ gradient: NativeMemory, input: NativeMemory, _ moments: Moments, scale: [Float], dependsOnInput: Bool
  ) -> (scale: [Float], shift: [Float]) {
    demand(
      gradient.format == format && input.format == format && scale.count == channels,
      "gradient \(gradient.format.shape) of a normalisation of \(format.shape)")
    var numbers = numbers
    var (totals, products) = (
      [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
    )
    var scratch = scratch
    unsafe gl_normalization_sums(
      &numbers, input.floats, moments.mean, gradient.floats, &totals, &products, &scratch)
    let inverse = moments.variance.map { 1 / (Double($0) + Double(epsilon)).squareRoot() }
    var rest = zeros + zeros
    if dependsOnInput {
      for channel in 0..<channels {
        let share = -Double(scale[channel]) * inverse[channel] / Double(numbers.rows)
        rest[channel] = Float(share * totals[channel])
        rest[channels + channel] = Float(share * inverse[channel] * inverse[channel] * products[channel])
      }
    }
    unsafe gl_normalization_gradient(
      &numbers, input.floats, moments.mean, factor(moments, scale), rest, gradient.floats)
    return (zip(products, inverse).map { Float($0 * $1) }, totals.map { Float($0) })
  }

  private var zeros: [Float] { [Float](repeating: 0, count: channels) }

  private var scratch: [Float] {
    var numbers = numbers
    let bytes = unsafe gl_normalization_scratch_bytes(&numbers)
    return [Float](repeating: 0, count: bytes / MemoryLayout<Float>.stride)
  }

  private func factor(_ moments: Moments, _ scale: [Float]) -> [Float] {
    zip(moments.variance, scale).map { variance, scale in
      Float(Double(scale) / (Double(variance) + Double(epsilon)).squareRoot())
    }
  }
}
