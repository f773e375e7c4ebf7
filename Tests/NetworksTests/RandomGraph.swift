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
  private mutating func add(_ layer: Layer, _ inputs: [String]? = nil) -> String {
    last = "n\(nodes.count)"
    nodes.append(.init(last, layer, inputs: inputs ?? [nodes.last?.name ?? Network.inputName]))
    return last
  }

  private mutating func addBlock() {
    let before = last
    let same = Convolution(outputChannels: shape[0], kernel: [3, 3], padding: [1, 1])
    switch generator.index(below: 11) {
    case 0: addConvolution()
    case 1: add(.relu)
    case 2: add(.batchNormalization(.init()))
    case 3: add(.dropout(.init(probability: 0.25)))
    case 4: addPooling(.maximum)
    case 5: addPooling(.average)
    case 6: add(.add, [before, before])
    case 7:
      let branch = add(.convolution(same), [before])
      add(.add, [before, branch])
    case 8:
      let branches = [add(.relu, [before]), add(.dropout(.init(probability: 0.1)), [before]), before]
      add(.add, branches)
    case 9:
      let branch = add(.convolution(same), [before])
      add(.concat, [branch, before])
      shape = [2 * shape[0], shape[1], shape[2]]
    default:
      addConvolution()
      if generator.index(below: 2) == 0 { addPooling(.average) }
      add(.relu)
    }
  }

  private mutating func addConvolution() {
    let groups = shape[0] % 2 == 0 ? 1 + generator.index(below: 2) : 1
    let channels = groups * [3, 4, 8][generator.index(below: 3)]
    add(.convolution(.init(outputChannels: channels, kernel: [3, 5], padding: [1, 2], groups: groups)))
    shape = [channels, shape[1], shape[2]]
  }

  private mutating func addPooling(_ reduction: Pooling.Reduction) {
    guard shape[1] >= 2, shape[2] >= 2 else { return }
    add(.pooling(.init(reduction, kernel: [2, 2])))
    shape = [shape[0], shape[1] / 2, shape[2] / 2]
  }

  private mutating func addHead() {
    if generator.index(below: 2) == 0 { add(.globalAveragePooling) }
    add(.flatten)
    let ends: [[Layer]] = [[], [.relu], [.dropout(.init(probability: 0.5))]]
    add(.dropout(.init(probability: 0.5)))
    add(.dense(.init(outputCount: 6)))
    for layer in ends[generator.index(below: 3)] { add(layer) }
    let hidden = last
    add(.concat, [hidden, hidden])
    add(.dense(.init(outputCount: 3)))
    for layer in ends[generator.index(below: 3)] { add(layer) }
  }
}
