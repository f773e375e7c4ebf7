import Tensors

/// Convolutional LSTM over a sequence of maps: `[T, C, F, W]`, or `[T, C, W]` with a kernel of one number.
///
/// ```
/// i, f, o = sigmoid(W * x + b + U * h)       g = tanh(W * x + b + U * h)
/// c' = f c + i g                             h' = o tanh(c')
/// ```
///
/// `*` is a convolution: of the input with any stride, padding and dilation, of the state with its extents preserved. The axes
/// are time or token for the steps, then channel, then those over which the kernel slides. Results: `name.sequence`
/// `[T, H, F', W']`, `name.last` and `name.cell` `[H, F', W']`, the state and the inner state after the last step. Arrays:
/// `weight_ih` `[4 H, C, KF, KW]`, `weight_hh` `[4 H, H, KF, KW]`, `bias` `[4 H]`; gates in the order input, forget, new, output
/// as in Keras's `ConvLSTM2D`. Unlike in the paper, the gates do not depend on the inner state (no peepholes), as in Keras.
/// Source: Shi et al. 2015, arXiv:1506.04214.
public struct ConvLSTM: Layer {
  public static let kind = "conv-lstm"

  public var outputChannels: Int
  /// Odd, so that the state's convolution can preserve its extents.
  public var kernel: [Int]
  /// Of the input's convolution, like its padding and dilation.
  public var stride: [Int]
  public var padding: [Int]
  public var dilation: [Int]
  public var hasBias: Bool
  public var gateFunction: GateFunction

  /// `padding` preserves the extents unless another is given.
  public init(
    outputChannels: Int, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil,
    hasBias: Bool = true, gateFunction: GateFunction = .sigmoid
  ) {
    (self.outputChannels, self.kernel) = (outputChannels, kernel)
    self.stride = stride ?? kernel.map { _ in 1 }
    self.padding = padding ?? kernel.map { $0 / 2 }
    self.dilation = dilation ?? kernel.map { _ in 1 }
    (self.hasBias, self.gateFunction) = (hasBias, gateFunction)
  }

  public var traits: LayerTraits { .filters }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try outputs(of: inputs)[0].shape
  }

  public func outputs(of inputs: [ValueShape]) throws(ArchitectureError) -> [LayerOutput] {
    let input = inputs[0]
    guard let steps = input.axes.first, [.time, .token].contains(steps.name), input.rank == kernel.count + 2
    else {
      throw ArchitectureError(
        "\(Self.kind) with a kernel \(kernel) needs [time or token, channel, \(kernel.count) axes], not \(input)"
      )
    }
    guard kernel.allSatisfy({ $0 > 0 && $0 % 2 == 1 }), (1...1 << 16).contains(outputChannels),
      padding.count == kernel.count
    else {
      throw ArchitectureError(
        "\(Self.kind) with \(outputChannels) channels, kernel \(kernel) (odd numbers) and padding \(padding)")
    }
    let windows = Windows(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    let map = try windows.outputShape(
      of: ValueShape(Array(input.axes.dropFirst())), channels: outputChannels)
    return [
      LayerOutput("sequence", shape: ValueShape([steps] + map.axes)), LayerOutput("last", shape: map),
      LayerOutput("cell", shape: map),
    ]
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let gates = 4 * outputChannels
    func weight(_ name: String, _ channels: Int) -> LayerArray {
      let shape = Shape([gates, channels] + kernel)
      return LayerArray(name, shape, initial: .uniform(fanIn: shape.count / gates))
    }
    let weights = [weight("weight_ih", inputs[0][1]), weight("weight_hh", outputChannels)]
    return hasBias ? weights + [LayerArray("bias", [gates], initial: .constant(0))] : weights
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    let state = kernel.reduce(4.0 * Double(inputs[0][1] + outputChannels)) { $0 * Double($1) }
    return state * Double(output.count)
  }

  /// The four gates of each step, and the previous state and cell.
  public func innerCount(of inputs: [ValueShape], output: ValueShape) -> Double { 6 * Double(output.count) }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    .notCovered("no rule for a recurrent layer")
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let input = site.inputs[0].shape.dimensions
    let output = Array(site.outputs[1].dimensions.dropFirst())
    /// Numbers of the two axes; a kernel of one number slides over one row.
    func plane(_ numbers: [Int], _ first: Int) -> [Int] { numbers.count == 1 ? [first] + numbers : numbers }
    func projection(
      _ weight: String, _ channels: Int, from: [Int], stride: [Int], padding: [Int], dilation: [Int]
    ) -> ConvolutionProjection {
      ConvolutionProjection(
        weight: site.array(weight), gates: 4 * outputChannels,
        columns: ImageColumns(
          input: [channels] + plane(from, 1), output: plane(Array(output.dropFirst()), 1),
          kernel: plane(kernel, 1), stride: plane(stride, 1), padding: plane(padding, 0),
          dilation: plane(dilation, 1)))
    }
    let ones = kernel.map { _ in 1 }
    let outside = projection(
      "weight_ih", input[2], from: Array(input.dropFirst(3)), stride: stride, padding: padding,
      dilation: dilation)
    let inside = projection(
      "weight_hh", outputChannels, from: Array(output.dropFirst()), stride: ones,
      padding: kernel.map { $0 / 2 }, dilation: ones)
    let sizes = RecurrentSizes(
      rows: input[0], steps: input[1], units: output.reduce(1, *), directions: 1, site: site
    )
    let cell = LSTMCell(
      sizes, places: [0, 1, 2, 3], direction: 0, recurrent: inside,
      biases: hasBias ? [site.array("bias")] : [], positions: output.dropFirst().reduce(1, *),
      isHard: gateFunction == .hardSigmoid)
    return RecurrentOperation(
      sizes, [.init(cell: cell, input: outside, isReversed: false)], site: site)
  }
}

/// `y = W * x` of maps, by windows side by side and a matrix product for each map.
struct ConvolutionProjection: GateProjection {
  /// The array's name in the network.
  let weight: String
  let gates: Int
  let columns: ImageColumns

  private var outputCount: Int { gates * columns.positions }

  func forward(
    _ x: Span<Float>, rows: Int, adds: Bool, _ parameters: ParameterVector, into y: inout MutableSpan<Float>
  ) {
    var windows = [Float](repeating: 0, count: columns.depth * columns.positions)
    let w = parameters.values.span.extracting(range(in: parameters))
    for row in 0..<rows {
      var windowSpan = windows.mutableSpan
      columns.gather(x.extracting(inputs(row)), into: &windowSpan)
      y.withPart(outputs(row)) {
        matrixProduct(
          w, windows.span, rows: gates, columns: columns.positions, inner: columns.depth, beta: adds ? 1 : 0,
          into: &$0)
      }
    }
  }

  func inputGradient(
    _ dy: Span<Float>, rows: Int, adds: Bool, _ parameters: ParameterVector, into dx: inout MutableSpan<Float>
  ) {
    var windows = [Float](repeating: 0, count: columns.depth * columns.positions)
    let w = parameters.values.span.extracting(range(in: parameters))
    if !adds { for index in 0..<rows * columns.inputCount { dx[index] = 0 } }
    for row in 0..<rows {
      var windowSpan = windows.mutableSpan
      matrixProduct(
        w, transposeA: true, dy.extracting(outputs(row)), rows: columns.depth, columns: columns.positions,
        inner: gates, into: &windowSpan)
      dx.withPart(inputs(row)) { columns.spread(windows.span, onto: &$0) }
    }
  }

  func writeGradient(
    _ dy: Span<Float>, _ x: Span<Float>, rows: Int, into gradients: inout ParameterVector
  ) {
    var windows = [Float](repeating: 0, count: columns.depth * columns.positions)
    let range = range(in: gradients)
    gradients.withMutableSpan { all in
      for row in 0..<rows {
        var windowSpan = windows.mutableSpan
        columns.gather(x.extracting(inputs(row)), into: &windowSpan)
        all.withPart(range) {
          matrixProduct(
            dy.extracting(outputs(row)), windows.span, transposeB: true, rows: gates, columns: columns.depth,
            inner: columns.positions, beta: row == 0 ? 0 : 1, into: &$0)
        }
      }
    }
  }

  private func inputs(_ row: Int) -> Range<Int> {
    row * columns.inputCount..<(row + 1) * columns.inputCount
  }

  private func outputs(_ row: Int) -> Range<Int> { row * outputCount..<(row + 1) * outputCount }

  private func range(in vector: ParameterVector) -> Range<Int> {
    guard let entry = vector.entry(weight) else { preconditionFailure("no array '\(weight)'") }
    return entry.range
  }
}
