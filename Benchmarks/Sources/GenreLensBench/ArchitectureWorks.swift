import Foundation
import GenreLens

/// Well-known networks, their arrays named as in torchvision where it has them.
///
/// Sources: He et al. 2015, arXiv:1512.03385 (with the stride in the 3x3 convolution); Simonyan and Zisserman 2014,
/// arXiv:1409.1556, configuration D; Vaswani et al. 2017, arXiv:1706.03762; Choi et al. 2016, arXiv:1609.04243 (GRU).
enum KnownArchitecture {
  /// `resnet-50`, `vgg-16`, `transformer`, `gru-FEATURES-HIDDEN`, or a tagger of the catalogue without dropout. `dropout` is the
  /// transformer's.
  static func named(_ name: String, dropout: Float) throws -> Architecture {
    let numbers = name.split(separator: "-").compactMap { Int($0) }
    switch name {
    case "resnet-50": return resNet50
    case "vgg-16": return vgg16
    case "transformer": return transformer(dropout: dropout)
    case "musicnn":
      var options = MusicnnOptions.pons
      options.dropout = 0
      return .musicnn(classCount: 50, options: options)
    case "self-attention-tagger":
      var options = SelfAttentionTaggerOptions()
      (options.dropout, options.headDropout) = (0, 0)
      return .selfAttentionTagger(classCount: 50, options: options)
    case _ where name.hasPrefix("gru-") && numbers.count == 2:
      return gru(features: numbers[0], hidden: numbers[1])
    default: throw UsageError("no network is called '\(name)'")
    }
  }

  static var vgg16: Architecture {
    var chain: [(String, any Layer)] = []
    var place = 0
    func add(_ layers: any Layer...) {
      for layer in layers {
        chain.append(("features.\(place)", layer))
        place += 1
      }
    }
    for (channels, count) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
      for _ in 0..<count {
        add(Convolution(outputChannels: channels, kernel: [3, 3], padding: [1, 1]), ReLU())
      }
      add(MaxPooling(kernel: [2, 2]))
    }
    chain += [
      ("flatten", Flatten()), ("classifier.0", Dense(outputCount: 4096)), ("classifier.1", ReLU()),
      ("classifier.2", Dropout(probability: 0.5)), ("classifier.3", Dense(outputCount: 4096)),
      ("classifier.4", ReLU()), ("classifier.5", Dropout(probability: 0.5)),
      ("classifier.6", Dense(outputCount: 1000)),
    ]
    return Architecture(name: "vgg-16", inputShape: [3, 224, 224], chain: chain)
  }

  private static var resNet50: Architecture {
    var nodes: [Architecture.Node] = []
    func add(_ name: String, _ layer: any Layer, _ inputs: String...) -> String {
      nodes.append(.init(name, layer, inputs: inputs))
      return name
    }
    func normalized(
      _ name: String, _ norm: String, _ channels: Int, kernel: Int, stride: Int, _ input: String
    )
      -> String
    {
      let convolution = Convolution(
        outputChannels: channels, kernel: [kernel, kernel], stride: [stride, stride],
        padding: [kernel / 2, kernel / 2], hasBias: false)
      return add(norm, BatchNormalization(), add(name, convolution, input))
    }
    var value = normalized("conv1", "bn1", 64, kernel: 7, stride: 2, Network.inputName)
    value = add("relu", ReLU(), value)
    value = add("maxpool", MaxPooling(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), value)
    for (stage, (width, count)) in [(64, 3), (128, 4), (256, 6), (512, 3)].enumerated() {
      for block in 0..<count {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        var skip = value
        if block == 0 {
          skip = normalized(
            "\(name).downsample.0", "\(name).downsample.1", 4 * width, kernel: 1, stride: stride, value)
        }
        for (index, channels, kernel) in [(1, width, 1), (2, width, 3), (3, 4 * width, 1)] {
          value = normalized(
            "\(name).conv\(index)", "\(name).bn\(index)", channels, kernel: kernel,
            stride: index == 2 ? stride : 1, value)
          if index < 3 { value = add("\(name).relu\(index)", ReLU(), value) }
        }
        value = add("\(name).relu3", ReLU(), add("\(name).sum", Add(), value, skip))
      }
    }
    value = add("flatten", Flatten(), add("avgpool", GlobalAveragePooling(), value))
    _ = add("fc", Dense(outputCount: 1000), value)
    return Architecture(name: "resnet-50", inputShape: [3, 224, 224], nodes: nodes)
  }

  /// Four layers on 256 tokens, their mean, ten classes.
  private static func transformer(dropout: Float) -> Architecture {
    var (nodes, value): ([Architecture.Node], String) = ([], Network.inputName)
    for index in 0..<4 {
      let layer = TransformerLayer(
        "layers.\(index)", width: 512, headCount: 8, hiddenCount: 2048, dropout: dropout)
      nodes += layer.nodes(reading: value)
      value = layer.outputName
    }
    nodes.append(.init("mean", Reduction(.mean, axes: [0]), inputs: [value]))
    nodes.append(.init("head", Dense(outputCount: 10), inputs: ["mean"]))
    let input = Architecture.Input(Network.inputName, [Axis(.token, 256), Axis(.feature, 512)])
    return Architecture(name: "transformer", inputs: [input], nodes: nodes)
  }

  /// Two bidirectional layers over 128 steps, the last states, ten classes.
  private static func gru(features: Int, hidden: Int) -> Architecture {
    let layer = GRU(hiddenCount: hidden, isBidirectional: true)
    let nodes: [Architecture.Node] = [
      .init("gru.0", layer, inputs: [Network.inputName]),
      .init("gru.1", layer, inputs: ["gru.0.sequence"]),
      .init("head", Dense(outputCount: 10), inputs: ["gru.1.last"]),
    ]
    let input = Architecture.Input(Network.inputName, [Axis(.token, 128), Axis(.feature, features)])
    return Architecture(name: "gru", inputs: [input], nodes: nodes)
  }
}

extension Network {
  /// Weights that `peers/networks.py` makes by the same formula: matrices and kernels uniform with variance 2 / fan-in,
  /// biases 0, norms the identity.
  mutating func setComparableWeights() {
    for entry in parameters.entries {
      let shape = entry.shape
      if shape.rank > 1 {
        let scale = (6 / Float(shape.count / shape[0])).squareRoot()
        parameters[entry.name] = Tensor(
          comparableNumbers(entry.name, shape.count).map { scale * $0 }, shape: shape)
      } else if entry.name.contains("bias") {
        parameters[entry.name] = Tensor(shape: shape)
      }
    }
  }
}

/// Numbers from -1 to 1, the same in `peers/networks.py`.
func comparableNumbers(_ name: String, _ count: Int) -> [Float] {
  let seed = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
  return (0..<UInt32(count)).map { index in
    var hash = (index &+ seed) &* 2_654_435_761
    hash = (hash ^ (hash >> 16)) &* 0x85EB_CA6B
    hash = (hash ^ (hash >> 13)) &* 0xC2B2_AE35
    return Float(Int32(bitPattern: hash ^ (hash >> 16))) / 2_147_483_648
  }
}

/// Scores or an optimiser's step of one of the ``KnownArchitecture``s.
final class ArchitectureWork: Work {
  private var network: Network
  private let batch: Tensor
  /// Of training only.
  private var training: (targets: Tensor, gradients: ParameterVector, optimizer: Adam)?
  private var step: UInt64 = 0
  /// The first item's mean and deviation, and its first scores.
  private(set) var check: [Double] = []
  var items: Int { batch.shape[0] }
  let unit = "items"

  init(_ options: Options, trains: Bool) throws {
    ThreadPolicy.kernelThreads = try options.integer("threads", default: 1)
    let dropout: Float = try options.string("method", default: "") == "no-dropout" ? 0 : 0.1
    network = try Network(KnownArchitecture.named(options.string("network"), dropout: dropout), seed: 1)
    network.setComparableWeights()
    network.foldsNormalization = true
    let count = try options.integer("batch", default: 1)
    let shape = Shape([count] + network.inputShape.dimensions)
    batch = Tensor(comparableNumbers("input", shape.count), shape: shape)
    let scores = network.forward(batch).logits
    let first = scores.item(0).values
    check = moments(first) + first.prefix(8).map(Double.init)
    guard trains else { return }
    let targets = SoftmaxCrossEntropy().targets(ofClasses: (0..<count).map { $0 % 2 }, count: first.count)
    let gradients = network.parameters.zeros()
    training = (targets, gradients, Adam(count: gradients.values.count))
  }

  func runOnce() {
    if training == nil { _ = network.forward(batch).logits } else { train() }
  }

  private func train() {
    guard var state = training.take() else { return }
    step += 1
    do {
      let trace = network.forwardForTraining(batch, seed: step)
      let loss = SoftmaxCrossEntropy().loss(trace.logits, targets: state.targets)
      trace.parameterGradients(from: loss.gradient, into: &state.gradients)
    }
    state.optimizer.step(&network.parameters, gradients: state.gradients, learningRate: 1e-4)
    training = state
  }
}
