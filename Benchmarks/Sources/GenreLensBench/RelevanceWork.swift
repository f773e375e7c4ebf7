import Foundation
import GenreLens

/// Layer-wise relevance of one image at the input of VGG-16 with random weights: pass and way back.
///
/// Source of the network: Simonyan and Zisserman 2014, arXiv:1409.1556, configuration D.
final class RelevanceWork: Work {
  private let network: Network
  private let image: Tensor
  private let composite: LRPComposite
  let items = 1
  let unit = "images"

  init(_ options: Options) throws {
    ThreadPolicy.kernelThreads = try options.integer("threads", default: 1)
    let name = try options.string("method", default: "epsilon-plus")
    guard let composite = LRPComposite.named.first(where: { $0.name == name }) else {
      throw UsageError("no composite is called '\(name)'")
    }
    self.composite = composite
    network = try Network(Self.architecture, seed: 1)
    var generator = SeededGenerator(seed: 1)
    let shape: Shape = [1, 3, 224, 224]
    image = Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  private static var architecture: Architecture {
    var chain: [(String, any Layer)] = []
    for (block, (channels, count)) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)].enumerated() {
      for index in 1...count {
        let end = "\(block + 1)_\(index)"
        chain.append(
          ("conv\(end)", Convolution(outputChannels: channels, kernel: [3, 3], padding: [1, 1])))
        chain.append(("relu\(end)", ReLU()))
      }
      chain.append(("pool\(block + 1)", MaxPooling(kernel: [2, 2])))
    }
    chain += [
      ("flatten", Flatten()), ("dense1", Dense(outputCount: 4096)), ("relu6", ReLU()),
      ("dropout1", Dropout(probability: 0.5)), ("dense2", Dense(outputCount: 4096)), ("relu7", ReLU()),
      ("dropout2", Dropout(probability: 0.5)), ("dense3", Dense(outputCount: 1000)),
    ]
    return Architecture(name: "vgg-16", inputShape: [3, 224, 224], chain: chain)
  }

  func runOnce() throws {
    let trace = network.forwardForRelevance(image)
    _ = try trace.relevance(of: .logit(3), at: [Network.inputName], composite: composite)
  }
}
