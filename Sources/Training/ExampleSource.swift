import Networks
public import Tensors

/// Labelled, standardised feature maps by example number: the input of the training loop.
public protocol ExampleSource: Sendable {
  /// Shape of one map, `[F, T]`; of other inputs, such as pictures, their shape.
  var mapShape: Shape { get }
  /// The class of each example.
  var labels: [Int] { get }
  /// The recording of each example: examples with equal numbers are windows of one recording. The training and its figures count
  /// recordings.
  var recordings: [Int] { get }
  /// The maps of the given examples, standardised, shape `[N, 1, F, T]`.
  func inputs(_ examples: [Int]) -> Tensor
  /// The network's inputs after the first, by name, of the given examples; none unless the source says otherwise. They are not augmented
  /// and the same in all views.
  func otherInputs(_ examples: [Int]) -> [String: Tensor]
  /// The number of views of an example over which evaluation averages; 1 unless examples are longer than the network's input.
  var viewCount: Int { get }
  /// One view of each of the given examples, shape `[N, 1, F, T]`: the same as ``inputs(_:)`` where there is only one.
  func inputs(_ examples: [Int], view: Int) -> Tensor
  /// Whether a view of an example is not silent; each example has at least one such view.
  func isHeard(_ example: Int, view: Int) -> Bool
  /// Whether ``trainingBatch(_:targets:seed:)`` gives anything but ``inputs(_:)``; true unless the source says otherwise. Of examples
  /// that do not change, what frozen layers make of them is computed once.
  var changesExamples: Bool { get }
  /// The targets of the given examples, `[N, K]`, before augmentation mixes them; by default their classes.
  func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor
  /// The same for training: maps after augmentation, and the corresponding targets `[N, K]`.
  ///
  /// `targets` has one row per example; augmentation that mixes examples mixes their targets too. The same seed gives
  /// the same batch.
  func trainingBatch(_ examples: [Int], targets: Tensor, seed: UInt64) -> (inputs: Tensor, targets: Tensor)
}

extension ExampleSource {
  /// Each example is a recording.
  public var recordings: [Int] { Array(labels.indices) }

  public func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor {
    objective.targets(ofClasses: examples.map { labels[$0] }, count: count)
  }

  public func otherInputs(_ examples: [Int]) -> [String: Tensor] { [:] }

  public var viewCount: Int { 1 }

  public var changesExamples: Bool { true }

  public func inputs(_ examples: [Int], view: Int) -> Tensor { inputs(examples) }

  public func isHeard(_ example: Int, view: Int) -> Bool { true }

  public func trainingBatch(
    _ examples: [Int], targets: Tensor, seed: UInt64
  ) -> (inputs: Tensor, targets: Tensor) {
    (inputs(examples), targets)
  }
}

extension Network {
  /// A batch of the first input, and of the others by name.
  func batch(_ first: Tensor, _ others: [String: Tensor]) -> [String: Tensor] {
    others.merging([architecture.inputs[0].name: first]) { _, first in first }
  }
}
