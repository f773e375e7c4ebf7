/// Windows that slide over the last one or two axes of `[C, T]` or `[C, F, T]`, as convolutions and poolings do.
struct Windows {
  var kernel: [Int]
  var stride: [Int]
  /// Before the first position of each axis, then, where the ends differ, after the last.
  var padding: [Int]
  var dilation: [Int]
  /// Whether a last window that begins inside the input but ends outside counts.
  var roundsUp = false

  /// Padding before each axis.
  var paddingBefore: [Int] { Array(padding.prefix(kernel.count)) }
  /// Padding after each axis.
  var paddingBehind: [Int] { padding.count == kernel.count ? padding : Array(padding.suffix(kernel.count)) }

  /// The result's shape. Throws when a window does not fit or a number is absurd.
  func outputShape(of input: ValueShape, channels: Int) throws(ArchitectureError) -> ValueShape {
    let axes = kernel.count
    guard (1...2).contains(axes), input.rank == axes + 1, input.axes[0].name == .channel else {
      throw ArchitectureError(
        "windows of \(kernel) need \(axes == 1 ? "[C, T]" : "[C, F, T]"), not \(input)")
    }
    guard stride.count == axes, dilation.count == axes, padding.count == axes || padding.count == 2 * axes
    else {
      throw ArchitectureError("kernel, stride and padding have \(axes) numbers each, one for each axis")
    }
    var extents = [channels]
    let limit = 1 << 16
    for axis in 0..<axes {
      guard (1...limit).contains(kernel[axis]), (1...limit).contains(stride[axis]),
        (1...limit).contains(dilation[axis]), (0...limit).contains(paddingBefore[axis]),
        (0...limit).contains(paddingBehind[axis])
      else { throw ArchitectureError("kernel \(kernel), stride \(stride), padding \(padding)") }
      let reach = dilation[axis] * (kernel[axis] - 1) + 1
      let padded = input[axis + 1] + paddingBefore[axis] + paddingBehind[axis]
      guard padded >= reach else {
        throw ArchitectureError("kernel \(kernel) is larger than the input \(input) with padding \(padding)")
      }
      var steps = (padded - reach) / stride[axis]
      // The last window must begin inside the input or the padding before it, as in PyTorch.
      if roundsUp, (padded - reach) % stride[axis] > 0,
        (steps + 1) * stride[axis] < input[axis + 1] + paddingBefore[axis]
      {
        steps += 1
      }
      extents.append(steps + 1)
    }
    return input.with(extents: extents)
  }
}
