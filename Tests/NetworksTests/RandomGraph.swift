import Networks
import Tensors

/// Small graphs of all layer kinds, drawn by a seed: chains, branches that join, inputs read twice, odd ends.
struct RandomGraph {
  private var generator: SeededGenerator
  private var nodes: [Architecture.Node] = []
  private var shape: Shape = [3, 9, 11]
  private var last = Network.inputName

  static func architecture(seed: UInt64) -> Architecture {
    var graph = RandomGraph(generator: SeededGenerator(seed: seed))
    for _ in 0..<7 { graph.addBlock() }
    graph.addHead()
    return Architecture(name: "random-\(seed)", inputShape: [3, 9, 11], nodes: graph.nodes)
  }

  private static let pointwise: [any Layer] = [
    ReLU6(), LeakyReLU(slope: 0.2), ELU(), GELU(), GELU(form: .tanh), SiLU(), Sigmoid(), HardSigmoid(),
    HardSwish(), Tanh(),
  ]

  /// Blocks of ``addOperatorBlock()`` with others between them.
  static func operators(seed: UInt64) -> Architecture {
    var graph = RandomGraph(generator: SeededGenerator(seed: seed, stream: 2))
    for index in 0..<7 { if index % 3 == 2 { graph.addBlock() } else { graph.addOperatorBlock() } }
    // Each function in turn, whatever was drawn.
    graph.add(pointwise[Int(seed) % pointwise.count])
    graph.addHead()
    return Architecture(name: "operators-\(seed)", inputShape: [3, 9, 11], nodes: graph.nodes)
  }

  /// Blocks of ``addSequenceBlock()`` with others between them.
  static func sequences(seed: UInt64) -> Architecture {
    var graph = RandomGraph(generator: SeededGenerator(seed: seed, stream: 3))
    for index in 0..<5 { if index % 2 == 1 { graph.addBlock() } else { graph.addSequenceBlock() } }
    graph.addHead()
    return Architecture(name: "sequences-\(seed)", inputShape: [3, 9, 11], nodes: graph.nodes)
  }

  private init(generator: SeededGenerator) {
    self.generator = generator
  }

  @discardableResult
  private mutating func add(_ layer: any Layer, _ inputs: [String]? = nil) -> String {
    last = "n\(nodes.count)"
    nodes.append(.init(last, layer, inputs: inputs ?? [nodes.last?.name ?? Network.inputName]))
    return last
  }

  private mutating func addBlock() {
    let before = last
    let same = Convolution(outputChannels: shape[0], kernel: [3, 3], padding: [1, 1])
    switch generator.index(below: 11) {
    case 0: addConvolution()
    case 1: add(ReLU())
    case 2: add(BatchNormalization())
    case 3: add(Dropout(probability: 0.25))
    case 4: addPooling(MaxPooling(kernel: [2, 2]))
    case 5: addPooling(AveragePooling(kernel: [2, 2]))
    case 6: add(Add(), [before, before])
    case 7:
      let branch = add(same, [before])
      add(Add(), [before, branch])
    case 8:
      let branches = [add(ReLU(), [before]), add(Dropout(probability: 0.1), [before]), before]
      add(Add(), branches)
    case 9:
      let branch = add(same, [before])
      add(Concat(), [branch, before])
      shape = [2 * shape[0], shape[1], shape[2]]
    default:
      addConvolution()
      if generator.index(below: 2) == 0 { addPooling(AveragePooling(kernel: [2, 2])) }
      add(ReLU())
    }
  }

  private mutating func pick<T>(_ choices: [T]) -> T { choices[generator.index(below: choices.count)] }

  /// Pointwise functions, arithmetic with repeated operands, changes of shape, poolings and convolutions of all geometries.
  private mutating func addOperatorBlock() {
    let before = last
    let (channels, axis) = (shape[0], generator.index(below: 3))
    switch generator.index(below: 15) {
    case 0: add(pick(Self.pointwise))
    case 1: add(Softmax(axis: axis))
    case 2:
      add(
        pick(
          [AdaptiveAveragePooling(output: [1, 1]), AdaptiveMaxPooling(output: [1, 1]), GlobalMaxPooling()]
            as [any Layer]))
      add(Multiply(), [before, add(Sigmoid())])
    case 3:
      add(Subtract(), [before, add(Reduction(pick([.mean, .maximum]), axes: [axis], keepsAxes: true))])
    case 4:
      add(Sigmoid())
      add(Divide(), [before, add(Sigmoid())])
    case 5 where shape[axis] > 1:
      let piece = 1 + generator.index(below: shape[axis] - 1)
      let split = add(AxisSplit(axis: axis, extents: [piece, shape[axis] - piece]))
      add(Concat(axis: axis), [split + ".1", split + ".0"])
    case 6:
      let filling = shape.dimensions.allSatisfy { $0 > 1 } ? pick(Pad.Filling.allCases) : .replicate
      add(Pad(before: [0, 1, 1], behind: [1, 0, 1], filling: filling, value: 0.5))
      add(Slice(axis: 0, start: -1, end: -channels - 1, step: -1))
      add(Slice(axis: 1, end: shape[1]))
      add(Slice(axis: 2, start: 1, end: -1))
    case 7:
      add(Transpose(order: [0, 2, 1]))
      shape = [channels, shape[2], shape[1]]
    case 8:
      let axes = [Axis(.channel, channels), Axis(.frequency, shape[1]), Axis(.time, shape[2])]
      let rows = add(Reshape([Axis(.token, channels), Axis(.feature, -1)]))
      add(MatrixProduct(transposesSecond: true, scale: 1 / Float(shape[1] * shape[2])), [rows, rows])
      add(MatrixProduct(), [add(Softmax()), rows])
      add(Reshape(axes))
    case 9: add(GroupNormalization(groups: pick([1, channels]), epsilon: 0.1))
    case 10:
      let layer: [any Layer] = [
        MaxPooling(kernel: [2, 2], roundsUp: true), AveragePooling(kernel: [2, 2], roundsUp: true),
        AdaptiveAveragePooling(output: [(shape[1] + 1) / 2, (shape[2] + 1) / 2]),
      ]
      add(pick(layer))
      shape = [channels, (shape[1] + 1) / 2, (shape[2] + 1) / 2]
    case 11 where shape[1] * shape[2] < 200:
      add(
        TransposedConvolution(
          outputChannels: 4, kernel: [2, 3], stride: [1, 2], outputPadding: [0, 1], hasBias: false))
      shape = [4, shape[1] + 1, 2 * shape[2] + 2]
    case 12:
      let layer: any Layer = pick(
        [ChannelDropout(probability: 0.3), StochasticDepth(probability: 0.3)] as [any Layer])
      add(Add(), [before, add(layer)])
    case 13:
      let table = add(StoredValue([Axis(.frequency, shape[1]), Axis(.time, 1)], deviation: 1), [])
      add(pick([Add(), Multiply()] as [any Layer]), [before, table])
    default:
      add(
        Convolution(
          outputChannels: 5, kernel: [2, 3], padding: [0, 2, 1, 2], dilation: [1, 2], hasBias: false))
      add(Unsqueeze(axis: 1, name: .token))
      add(Squeeze(axes: [1]))
      shape = [5, shape[1], shape[2]]
    }
  }

  /// Recurrent layers, attention and transformer layers over the map's frames, and what they give as a map again.
  private mutating func addSequenceBlock() {
    let frames = shape[2]
    add(Transpose(order: [2, 0, 1]), [last])
    let film = last
    var sequence = add(Reshape([Axis(.time, frames), Axis(.feature, -1)]))
    let width = 4
    sequence = add(Dense(outputCount: width), [sequence])
    var (value, count) = (sequence, width)
    let twice = generator.index(below: 2) == 0
    switch generator.index(below: 6) {
    case 0:
      let lstm = add(LSTM(hiddenCount: 3, isBidirectional: twice, gateOrder: pick(LSTM.GateOrder.allCases)))
      let cell = add(Reshape([Axis(.time, 1), Axis(.feature, -1)]), [lstm + ".cell"])
      value = add(Add(), [lstm + ".sequence", cell])
      count = twice ? 6 : 3
    case 1:
      let gru = add(GRU(hiddenCount: 3, isBidirectional: twice, resetsAfterProduct: pick([true, false])))
      let gate = add(Reshape([Axis(.time, 1), Axis(.feature, -1)]), [gru + ".last"])
      value = add(Multiply(), [gru + ".sequence", gate])
      count = twice ? 6 : 3
    case 2:
      let rows = add(Unsqueeze(axis: 3, name: .time), [film])
      let layer = ConvLSTM(outputChannels: 2, kernel: [3, 1], hasBias: twice)
      let states = add(
        Reshape([Axis(.time, frames), Axis(.feature, -1)]), [add(layer, [rows]) + ".sequence"])
      value = add(Concat(axis: 1), [states, sequence])
      count = 2 * shape[1] + width
    case 3:
      let attention = MultiHeadAttention(
        "a\(nodes.count)", width: width, headCount: 2, dropout: twice ? 0.1 : 0)
      let keys = add(Slice(axis: 0, end: 1), [sequence])
      let memory = add(Concat(), [sequence, keys])
      nodes += attention.nodes(reading: sequence, memory: memory)
      value = attention.outputName
    case 4:
      if twice {
        let table = [Axis(.token, frames), Axis(.feature, width)]
        let positions = add(StoredValue(table, .sinusoids), [])
        sequence = add(Add(), [sequence, positions])
      } else {
        sequence = add(SinusoidalPositions(skipsFirst: frames % 2 == 0), [sequence])
      }
      let layer = TransformerLayer(
        "t\(nodes.count)", width: width, headCount: 2, hiddenCount: 5,
        normalization: pick(TransformerLayer.Normalization.allCases), dropout: twice ? 0.1 : 0)
      nodes += layer.nodes(reading: sequence)
      value = layer.outputName
    default:
      let mask = add(StoredValue([Axis(.token, frames), Axis(.token, frames)], deviation: 1), [])
      let attention = MultiHeadAttention("a\(nodes.count)", width: width, headCount: 1)
      nodes += attention.nodes(reading: sequence, mask: mask)
      value = attention.outputName
    }
    add(Transpose(order: [1, 0]), [value])
    add(Reshape([Axis(.channel, count), Axis(.frequency, 1), Axis(.time, frames)]))
    shape = [count, 1, frames]
  }

  private mutating func addConvolution() {
    let groups = shape[0] % 2 == 0 ? 1 + generator.index(below: 2) : 1
    let channels = groups * [3, 4, 8][generator.index(below: 3)]
    add(Convolution(outputChannels: channels, kernel: [3, 5], padding: [1, 2], groups: groups))
    shape = [channels, shape[1], shape[2]]
  }

  private mutating func addPooling(_ layer: any Layer) {
    guard shape[1] >= 2, shape[2] >= 2 else { return }
    add(layer)
    shape = [shape[0], shape[1] / 2, shape[2] / 2]
  }

  private mutating func addHead() {
    if generator.index(below: 2) == 0 { add(GlobalAveragePooling()) }
    add(Flatten())
    let ends: [[any Layer]] = [[], [ReLU()], [Dropout(probability: 0.5)]]
    add(Dropout(probability: 0.5))
    add(Dense(outputCount: 6))
    for layer in ends[generator.index(below: 3)] { add(layer) }
    let hidden = last
    add(Concat(), [hidden, hidden])
    add(Dense(outputCount: 3))
    for layer in ends[generator.index(below: 3)] { add(layer) }
  }
}
