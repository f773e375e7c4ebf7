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
