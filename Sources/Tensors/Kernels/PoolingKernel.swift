import CKernels
import Files

/// A mean over disjoint windows with a ReLU before it or after it in one pass, forward and back, by this package's
/// AVX-512 kernels. Activations lie channels-last.
package struct PoolingKernel {
  package let inputFormat: MemoryFormat
  package let outputFormat: MemoryFormat
  private var numbers: gl_pooling

  /// `input` and `output` are `[N, C, F, T]`. Traps where the kernels cannot run.
  package init(input: Shape, output: Shape, window: [Int], reluFirst: Bool, threads: Int) {
    demand(ConvolutionKernel.level != .none, "kernels on this processor")
    demand(
      output[2] * window[0] <= input[2] && output[3] * window[1] <= input[3],
      "\(input) to \(output) by \(window)")
    (inputFormat, outputFormat) = (.channelsLast(input), .channelsLast(output))
    numbers = gl_pooling(
      batch: Int32(input[0]), channels: Int32(input[1]), height: Int32(input[2]), width: Int32(input[3]),
      output_height: Int32(output[2]), output_width: Int32(output[3]), pool_y: Int32(window[0]),
      pool_x: Int32(window[1]), relu_first: reluFirst ? 1 : 0, threads: Int32(threads))
  }

  package func forward(_ input: NativeMemory, _ pool: BufferPool) -> NativeMemory {
    var numbers = numbers
    demand(input.format == inputFormat, "input of a pooling kernel: \(input.format.shape)")
    let output = NativeMemory(outputFormat, from: pool)
    unsafe gl_pool(&numbers, input.floats, output.floats)
    return output
  }

  /// The gradient of the input. `values` is the input for a ReLU in front, else the output; the flags are those of
  /// ``ConvolutionKernel/Incoming``.
  package func backward(
    _ gradient: NativeMemory, values: NativeMemory, onlyPositive: Bool, onlyActive: Bool, _ pool: BufferPool
  ) -> NativeMemory {
    var numbers = numbers
    let valuesFormat = numbers.relu_first != 0 ? inputFormat : outputFormat
    demand(
      gradient.format == outputFormat && values.format == valuesFormat,
      "gradient \(gradient.format.shape) and values \(values.format.shape)")
    let result = NativeMemory(inputFormat, from: pool)
    unsafe gl_pool_gradient(
      &numbers, values.floats, gradient.floats, onlyPositive ? 1 : 0, onlyActive ? 1 : 0, result.floats)
    return result
  }
}
