import CKernels
import Files

/// A convolution as a matrix product: each image's windows side by side, `[channels x kernel, positions]`.
package struct ImageColumns {
  /// Of an image.
  package let inputCount: Int
  /// Elements of a window.
  package let depth: Int
  /// Windows of an image.
  package let positions: Int
  private let numbers: gl_windows

  /// `input` is `[C, F, T]`, `output` `[F', T']`; the lists have a number for each of the two axes.
  package init(
    input: [Int], output: [Int], kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]
  ) {
    demand(
      input.count == 3 && [output, kernel, stride, padding, dilation].allSatisfy { $0.count == 2 },
      "windows of \(kernel) over \(input)")
    numbers = gl_windows(
      channels: input[0], height: input[1], width: input[2], output_height: output[0],
      output_width: output[1],
      kernel_y: kernel[0], kernel_x: kernel[1], stride_y: stride[0], stride_x: stride[1], pad_y: padding[0],
      pad_x: padding[1], dilation_y: dilation[0], dilation_x: dilation[1])
    inputCount = input[0] * input[1] * input[2]
    depth = input[0] * kernel[0] * kernel[1]
    positions = output[0] * output[1]
  }

  /// The windows of an image. Traps when a span is too short.
  package func gather(_ image: Span<Float>, into columns: inout MutableSpan<Float>) {
    demand(
      image.count >= inputCount && columns.count >= depth * positions,
      "\(image.count) values of an image of \(inputCount)")
    var numbers = numbers
    unsafe image.withUnsafeBufferPointer { image in
      unsafe columns.withUnsafeMutableBufferPointer { columns in
        unsafe gl_columns(&numbers, image.baseAddress, columns.baseAddress)
      }
    }
  }

  /// Adds each window's elements to those of the image. Traps when a span is too short.
  package func spread(_ columns: Span<Float>, onto image: inout MutableSpan<Float>) {
    demand(
      image.count >= inputCount && columns.count >= depth * positions,
      "\(image.count) values of an image of \(inputCount)")
    var numbers = numbers
    unsafe columns.withUnsafeBufferPointer { columns in
      unsafe image.withUnsafeMutableBufferPointer { image in
        unsafe gl_columns_back(&numbers, columns.baseAddress, image.baseAddress)
      }
    }
  }
}
