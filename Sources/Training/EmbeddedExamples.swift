import Files
public import Networks
import Synchronization
public import Tensors

/// Examples as the frozen first layers of a network leave them: the input of a training of the others.
///
/// ```swift
/// func fit(_ head: Network, after trunk: Network, on source: BatchSource, train: [Int], valid: [Int]) -> Network {
///   let embedded = EmbeddedExamples(source, by: trunk)               // trunk: up to the layer whose values are the features
///   return Trainer(configuration).fit(head, source: embedded, train: train, valid: valid).network
/// }
/// ```
///
/// What is not changed at random is computed once and kept, as far as the memory goes; beyond it, as often as it is needed. Each
/// example, and each view of it, has a pass of its own, so that its values are the same whatever was kept. Batches that the source
/// augments have one pass each.
public struct EmbeddedExamples<Source: ExampleSource>: ExampleSource {
  public let source: Source
  /// From the source's inputs to the features.
  public let network: Network
  private let memory: EmbeddingMemory

  /// - Parameter byteCount: of the features that are kept at most; nil is half of `MemoryLimit`.
  public init(_ source: Source, by network: Network, keeping byteCount: Double? = nil) {
    (self.source, self.network) = (source, network)
    memory = EmbeddingMemory(byteCount: byteCount ?? MemoryLimit.byteCount / 2)
  }

  /// The shape of the features, without the batch axis.
  public var mapShape: Shape {
    network.architecture.outputNames.first.flatMap { network.outputShapes[$0] } ?? []
  }
  public var labels: [Int] { source.labels }
  public var recordings: [Int] { source.recordings }
  public var viewCount: Int { source.viewCount }
  public var changesExamples: Bool { source.changesExamples }

  public func isHeard(_ example: Int, view: Int) -> Bool { source.isHeard(example, view: view) }

  public func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor {
    source.targets(examples, objective: objective, count: count)
  }

  public func inputs(_ examples: [Int]) -> Tensor {
    joined(examples.map { example in features(example, view: nil) { source.inputs([example]) } })
  }

  public func inputs(_ examples: [Int], view: Int) -> Tensor {
    joined(examples.map { example in features(example, view: view) { source.inputs([example], view: view) } })
  }

  public func trainingBatch(
    _ examples: [Int], targets: Tensor, seed: UInt64
  ) -> (inputs: Tensor, targets: Tensor) {
    guard source.changesExamples else { return (inputs(examples), targets) }
    let batch = source.trainingBatch(examples, targets: targets, seed: seed)
    return (network.forward(batch.inputs).outputs[0], batch.targets)
  }

  private func features(_ example: Int, view: Int?, of input: () -> Tensor) -> [Float] {
    // Where there is one view, it is the example.
    let key = EmbeddingMemory.Key(example: example, view: source.viewCount == 1 ? nil : view)
    if let known = memory[key] { return known }
    let values = network.forward(input()).outputs[0].values
    memory.keep(values, as: key)
    return values
  }

  private func joined(_ features: [[Float]]) -> Tensor {
    Tensor(features.flatMap(\.self), shape: Shape([features.count] + mapShape.dimensions))
  }
}

/// The features that were computed, up to some size in all.
private final class EmbeddingMemory: Sendable {
  struct Key: Hashable, Sendable {
    var example: Int
    var view: Int?
  }

  private struct State {
    var values: [Key: [Float]] = [:]
    var rest: Double
  }

  private let state: Mutex<State>

  init(byteCount: Double) { state = Mutex(State(rest: byteCount)) }

  subscript(key: Key) -> [Float]? { state.withLock { $0.values[key] } }

  func keep(_ values: [Float], as key: Key) {
    state.withLock { state in
      let size = 4 * Double(values.count)
      guard state.rest >= size, state.values[key] == nil else { return }
      state.values[key] = values
      state.rest -= size
    }
  }
}
