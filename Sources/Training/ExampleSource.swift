public import Tensors

/// Labelled, standardised feature maps by example number: what the training loop reads.
public protocol ExampleSource: Sendable {
  /// Shape of one map, `[F, T]`.
  var mapShape: Shape { get }
  /// The class of each example.
  var labels: [Int] { get }
  /// For each example what tells its recording from others: equal numbers are windows of one. What the training and its figures
  /// count are recordings.
  var recordings: [Int] { get }
  /// The maps of the given examples, standardised, shape `[N, 1, F, T]`.
  func inputs(_ examples: [Int]) -> Tensor
  /// How many views of an example evaluation averages over; 1 unless examples are longer than the network's input.
  var viewCount: Int { get }
  /// One view of each of the given examples, shape `[N, 1, F, T]`: the same as ``inputs(_:)`` where there is only one.
  func inputs(_ examples: [Int], view: Int) -> Tensor
  /// Whether a view of an example has anything to judge; each example has one that does.
  func isHeard(_ example: Int, view: Int) -> Bool
  /// What the network should say of the given examples, `[N, K]`, before augmentation mixes it; by default their classes.
  func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor
  /// The same for training: maps after augmentation, and the targets `[N, K]` that go with them.
  ///
  /// `targets` come in one row per example; augmentation that mixes examples mixes their targets too. The same seed gives
  /// the same batch.
  func trainingBatch(_ examples: [Int], targets: Tensor, seed: UInt64) -> (inputs: Tensor, targets: Tensor)
}

extension ExampleSource {
  /// Each example is a recording.
  public var recordings: [Int] { Array(labels.indices) }

  public func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor {
    objective.targets(ofClasses: examples.map { labels[$0] }, count: count)
  }

  public var viewCount: Int { 1 }

  public func inputs(_ examples: [Int], view: Int) -> Tensor { inputs(examples) }

  public func isHeard(_ example: Int, view: Int) -> Bool { true }

  public func trainingBatch(
    _ examples: [Int], targets: Tensor, seed: UInt64
  ) -> (inputs: Tensor, targets: Tensor) {
    (inputs(examples), targets)
  }
}
