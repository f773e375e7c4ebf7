public import Features
public import Tensors

/// Gives standardised batches `[N, 1, F, T]` of examples, read from the store as they are asked for, and for training
/// augmented ones.
///
/// `(x - mean) * (1 / std)`: the reciprocal is computed once, so that a value differs from
/// ``FeatureNormalization/apply(to:)`` by a rounding (2 units in the last place) at most.
public struct BatchSource: Sendable {
  public let maps: LabeledMaps
  public let normalization: FeatureNormalization
  /// What is done to training batches, after standardisation.
  public var augmentation: Augmentation
  /// Mean and 1 / std for each bin, or for each cell when ``isPerCell``.
  private let mean: [Float]
  private let inverse: [Float]
  private let isPerCell: Bool

  /// Traps when the normalisation has another shape than the maps.
  public init(
    maps: LabeledMaps, normalization: FeatureNormalization, augmentation: Augmentation = Augmentation()
  ) {
    let (bins, frames) = (maps.store.binCount, maps.store.frameCount)
    let shape = normalization.mean.shape
    precondition(
      shape == [bins, 1] || shape == [bins, frames], "normalisation \(shape) for maps [\(bins), \(frames)]")
    self.maps = maps
    self.augmentation = augmentation
    self.normalization = normalization
    mean = normalization.mean.values
    inverse = normalization.std.values.map { 1 / $0 }
    isPerCell = shape == [bins, frames]
  }

  /// Shape of one map, `[F, T]`.
  public var mapShape: Shape { maps.store.mapShape }
  /// The class index of each example.
  public var labels: [Int] { maps.classes }

  /// The examples' standardised maps, `[N, 1, F, T]`.
  public func inputs(_ examples: [Int]) -> Tensor {
    var result = Tensor(shape: [examples.count, 1, maps.store.binCount, maps.store.frameCount])
    result.withMutableSpan { copyBatch(examples, into: &$0) }
    return result
  }

  /// The same after augmentation, with the targets `[N, K]` that go with it: clips that are mixed mix their targets.
  /// The same seed gives the same batch.
  public func trainingBatch(
    _ examples: [Int], targets: Tensor, seed: UInt64
  ) -> (inputs: Tensor, targets: Tensor) {
    var (inputs, targets) = (inputs(examples), targets)
    var generator = SeededGenerator(seed: seed, stream: 0xA06)
    augmentation.apply(to: &inputs, targets: &targets, using: &generator)
    return (inputs, targets)
  }

  /// As ``inputs(_:)``, into memory that the caller keeps from step to step.
  ///
  /// Traps unless `target` holds `examples.count * F * T` values. Cost: two passes over the batch.
  public func copyBatch(_ examples: [Int], into target: inout MutableSpan<Float>) {
    let size = maps.store.binCount * maps.store.frameCount
    precondition(target.count == examples.count * size, "\(target.count) values for \(examples.count) maps")
    for (position, example) in examples.enumerated() {
      maps.store.copyMap(maps.rows[example], into: &target, at: position * size)
      standardize(&target, at: position * size)
    }
  }

  /// One map in place, while it is still in the processor's cache.
  private func standardize(_ target: inout MutableSpan<Float>, at start: Int) {
    let (bins, frames) = (maps.store.binCount, maps.store.frameCount)
    unsafe target.withUnsafeMutableBufferPointer { target in
      if isPerCell {
        for index in 0..<bins * frames {
          unsafe target[start + index] = (target[start + index] - mean[index]) * inverse[index]
        }
      } else if normalization.granularity != .none {
        for bin in 0..<bins {
          let (mean, inverse) = (mean[bin], inverse[bin])
          let row = start + bin * frames
          for index in row..<row + frames { unsafe target[index] = (target[index] - mean) * inverse }
        }
      }
    }
  }
}
