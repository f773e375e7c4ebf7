import Foundation
import GenreLens

/// Layer-wise relevance of one image at the input of VGG-16 with random weights: pass and way back.
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
    network = try Network(KnownArchitecture.vgg16, seed: 1)
    var generator = SeededGenerator(seed: 1)
    let shape: Shape = [1, 3, 224, 224]
    image = Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  func runOnce() throws {
    let trace = network.forwardForRelevance(image)
    _ = try trace.relevance(of: .logit(3), at: [Network.inputName], composite: composite)
  }
}
