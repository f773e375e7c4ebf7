import Foundation
import GenreLens

extension Options {
  static let inputShape: Shape = [1, 128, 431]

  /// The network that `--network` names, with the threads and the precision that are asked for: `three-block` is the
  /// founding one; `16-32-64` and `32-64-128` are 3x3 convolutions, ReLU, average pooling, a dense layer of 64.
  func network() throws -> Network {
    ThreadPolicy.kernelThreads = try integer("threads", default: 1)
    var options = ThreeBlockOptions()
    let name = try string("network")
    if name != "three-block" {
      options.channels = name.split(separator: "-").compactMap { Int($0) }
      guard options.channels.count == 3 else { throw UsageError("no network is called '\(name)'") }
      options.kernel = [3, 3]
      options.firstSame = true
      options.order = .reluThenPool
      options.dropout = 0
    }
    let architecture = Architecture.threeBlock(inputShape: Self.inputShape, classCount: 2, options: options)
    return try withPrecision(Network(architecture, seed: 1))
  }

  private func withPrecision(_ network: Network) throws -> Network {
    let name = try string("precision", default: "f32")
    guard let precision = ["f32": Precision.float32, "bf16": .bfloat16][name], precision.isSupported else {
      throw UsageError("precision '\(name)' is not supported on this processor")
    }
    var result = network
    result.trainingPrecision = precision
    return result
  }

  /// Random maps, `[N, 1, 128, 431]`.
  func batch(_ count: Int) -> Tensor {
    var generator = SeededGenerator(seed: 1)
    let shape = Shape([count] + Self.inputShape.dimensions)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }
}

/// One optimiser step on a batch that is in memory.
final class TrainingWork: Work {
  private var network: Network
  private let images: Tensor
  private let targets: Tensor
  private var gradients: ParameterVector
  private var optimizer: Adam
  private var step: UInt64 = 0
  var items: Int { images.shape[0] }
  let unit = "images"

  init(_ options: Options) throws {
    network = try options.network()
    let count = try options.integer("batch", default: 64)
    images = options.batch(count)
    targets = SoftmaxCrossEntropy().targets(ofClasses: (0..<count).map { $0 % 2 }, count: 2)
    gradients = network.parameters.zeros()
    optimizer = Adam(count: gradients.values.count)
  }

  func runOnce() {
    step += 1
    // The trace ends before the optimiser's step: it holds the weights, and they would be copied.
    do {
      let trace = network.forwardForTraining(images, seed: step)
      let loss = SoftmaxCrossEntropy().loss(trace.logits, targets: targets)
      trace.parameterGradients(from: loss.gradient, into: &gradients)
    }
    optimizer.step(&network.parameters, gradients: gradients, learningRate: 1e-4)
  }
}

/// The scores of a batch that is in memory.
final class InferenceWork: Work {
  private let network: Network
  private let images: Tensor
  var items: Int { images.shape[0] }
  let unit = "images"

  init(_ options: Options) throws {
    network = try options.network()
    images = options.batch(try options.integer("batch", default: 64))
  }

  func runOnce() { _ = network.forward(images).logits }
}

/// Grad-CAM of one map at the last convolution, brought to the map's size.
final class GradCAMWork: Work {
  private let explainer: Explainer
  private let map: Tensor
  let items = 1
  let unit = "maps"

  init(_ options: Options) throws {
    explainer = Explainer(network: try options.network())
    map = options.batch(1).item(0)
  }

  func runOnce() throws {
    _ = try explainer.explain(map, method: .gradCAM, score: .logit(1)).upsampledMap
  }
}

/// Masked copies of one map that is in memory, each with a mask of its own: what measures of faithfulness do.
final class MaskedWork: Work {
  private let probe: FaithfulnessProbe
  private let maps: [CandidateMap]
  private let input: Tensor
  private let baseline: Tensor
  /// Masks in one repetition: the whole, nothing, and of each map 4 masks and 38 points of curves.
  let items: Int
  let unit = "masked inferences"

  init(_ options: Options) throws {
    let network = try options.network()
    probe = FaithfulnessProbe(network: network, measures: [.masking, .curves])
    input = options.batch(1).item(0)
    baseline = Tensor(shape: input.shape)
    let size: Shape = [input.shape[1], input.shape[2]]
    let inputForMaps = input
    maps = (0..<6).map { seed in
      let raw = ControlMap.random.map(of: inputForMaps, resolution: [16, 53], seed: UInt64(seed))
      return CandidateMap(rawMap: raw, meaning: .importance, size: size)
    }
    items = 2 + maps.count * 42
  }

  func runOnce() throws {
    _ = try probe.measure(maps, of: input, baseline: baseline, classIndex: 0, seed: 1)
  }
}
