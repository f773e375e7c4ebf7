import Tensors

/// Two-dimensional cross-correlation over (F, T), as every deep-learning library calls convolution.
///
/// `y[o, f, t] = b[o] + sum over i, p, q of w[o, i, p, q] x[i, f s - pad + p, t s - pad + q]`; input `[C, F, T]`, weights
/// `[O, C / groups, KF, KT]` (PyTorch's OIHW), bias `[O]`. Output extent `(extent + 2 padding - kernel) / stride + 1`, floored.
public struct Convolution: Codable, Sendable, Hashable {
  public var outputChannels: Int
  /// Extents over (F, T).
  public var kernel: [Int]
  public var stride: [Int]
  /// Zeros on both sides of (F, T).
  public var padding: [Int]
  /// Channel groups that do not see each other; equal to the channels for a depthwise convolution.
  public var groups: Int

  public init(
    outputChannels: Int, kernel: [Int], stride: [Int] = [1, 1], padding: [Int] = [0, 0], groups: Int = 1
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  func outputShape(of input: Shape) throws(ArchitectureError) -> Shape {
    guard input.rank == 3 else { throw ArchitectureError("convolution needs [C, F, T], not \(input)") }
    guard groups > 0, outputChannels > 0, input[0] % groups == 0, outputChannels % groups == 0 else {
      throw ArchitectureError("\(groups) groups do not divide \(input[0]) and \(outputChannels) channels")
    }
    let extents = try windowExtents(input, kernel: kernel, stride: stride, padding: padding)
    return Shape([outputChannels] + extents)
  }

  func parameters(input: Shape) -> [(name: String, shape: Shape)] {
    [
      ("weight", [outputChannels, input[0] / groups, kernel[0], kernel[1]]),
      ("bias", [outputChannels]),
    ]
  }
}

/// Output extents of a window that slides over the last two axes. Throws when it does not fit or a number is absurd.
func windowExtents(
  _ input: Shape, kernel: [Int], stride: [Int], padding: [Int]
) throws(ArchitectureError) -> [Int] {
  guard kernel.count == 2, stride.count == 2, padding.count == 2 else {
    throw ArchitectureError("kernel, stride and padding have two numbers each, for F and T")
  }
  var extents: [Int] = []
  for axis in 0..<2 {
    let limit = 1 << 16
    guard (1...limit).contains(kernel[axis]), (1...limit).contains(stride[axis]),
      (0...limit).contains(padding[axis])
    else { throw ArchitectureError("kernel \(kernel), stride \(stride), padding \(padding)") }
    let room = input[axis + 1] + 2 * padding[axis] - kernel[axis]
    guard room >= 0 else {
      throw ArchitectureError("kernel \(kernel) is larger than the input \(input) with padding \(padding)")
    }
    extents.append(room / stride[axis] + 1)
  }
  return extents
}
