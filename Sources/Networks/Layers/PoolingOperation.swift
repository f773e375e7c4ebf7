import Tensors

/// The windows of a pooling.
struct PoolingWindows {
  var kernel: [Int]
  var stride: [Int]
  var padding: [Int]
  /// Whether a last window that ends beyond the padding counts.
  var roundsUp = false

  func outputShape(of input: ValueShape) throws(ArchitectureError) -> ValueShape {
    guard padding.count == kernel.count else {
      throw ArchitectureError("pooling by \(kernel) has one padding for each axis, not \(padding)")
    }
    var windows = Windows(
      kernel: kernel, stride: stride, padding: padding, dilation: kernel.map { _ in 1 })
    windows.roundsUp = roundsUp
    let result = try windows.outputShape(of: input, channels: input.axes.first?.extent ?? 0)
    guard zip(windows.paddingBefore, kernel).allSatisfy({ 2 * $0 <= $1 }) else {
      throw ArchitectureError("pooling padding \(padding) is more than half of the kernel \(kernel)")
    }
    return result
  }
}

extension PoolingWindows {
  /// The windows along each axis where one of them ends beyond the padding, which oneDNN would count; else nil.
  func endingBehindPadding(at site: LayerSite, countsPadding: Bool) -> [[PoolingRange]]? {
    guard roundsUp else { return nil }
    var isNeeded = false
    let ranges = kernel.indices.map { axis in
      let (input, output) = (site.inputs[0].shape[axis + 2], site.outputs[0][axis + 2])
      return (0..<output).map { place in
        let start = place * stride[axis] - padding[axis]
        let end = min(start + kernel[axis], input + padding[axis])
        if end < start + kernel[axis] { isNeeded = true }
        let inside = max(0, start)..<min(input, end)
        return PoolingRange(places: inside, divisor: countsPadding ? end - start : inside.count)
      }
    }
    return isNeeded ? ranges : nil
  }
}

/// Mean or maximum over windows, in the layout it is given.
final class PoolingOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let reduction: PoolingReduction
  private let kernel: [Int]
  private let geometry: ConvolutionGeometry
  private let inputFormat: MemoryFormat
  private let primitive: Primitive
  private lazy var gradientPrimitive = Primitive.poolingGradient(
    reduction, source: inputFormat, destination: outputFormat, kernel: kernel, geometry: geometry,
    hint: primitive)
  /// Which element was the largest, for the way back.
  private var workspace: NativeMemory?

  /// One over (F, T), or over T as one row.
  static func make(_ reduction: PoolingReduction, _ windows: PoolingWindows, at site: LayerSite)
    -> any LayerOperation
  {
    if let ranges = windows.endingBehindPadding(at: site, countsPadding: reduction == .averageWithPadding) {
      return RangePoolingOperation(reduction == .maximum ? .maximum : .mean, ranges, site)
    }
    guard windows.kernel.count == 1 else { return PoolingOperation(reduction, windows, site: site) }
    let flat = PoolingWindows(
      kernel: [1] + windows.kernel, stride: [1] + windows.stride, padding: [0] + windows.padding)
    return SingleRowOperation(at: site) { PoolingOperation(reduction, flat, site: $0) }
  }

  init(_ reduction: PoolingReduction, _ windows: PoolingWindows, site: LayerSite) {
    self.reduction = reduction
    kernel = windows.kernel
    geometry = ConvolutionGeometry(strides: windows.stride, padding: windows.padding)
    inputFormat = site.inputs[0]
    primitive = Primitive.pooling(
      reduction, source: inputFormat, destination: site.outputs[0], kernel: kernel, geometry: geometry,
      training: true)
    outputFormat = primitive.format(of: .destination)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = NativeMemory(outputFormat, from: context.pool)
    var arguments = [(OneDNN.Argument.source, inputs[0]), (.destination, result)]
    if reduction == .maximum {
      let workspace = NativeMemory(primitive.format(of: .workspace), from: context.pool)
      self.workspace = workspace
      arguments.append((.workspace, workspace))
    }
    primitive.run(arguments, on: context.stream, pool: context.pool)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let result = NativeMemory(inputFormat, from: context.pool)
    var arguments = [(OneDNN.Argument.destinationGradient, gradient), (.sourceGradient, result)]
    if let workspace { arguments.append((.workspace, workspace)) }
    gradientPrimitive.run(arguments, on: context.stream, pool: context.pool)
    return [result]
  }

  func reset() { workspace = nil }
}
