public import Features
public import Files
public import Models
public import Tensors

/// Provides standardised batches `[N, 1, F, T]` of examples, read from the store on demand, and augmented ones for training.
///
/// `(x - mean) * (1 / std)`: the reciprocal is computed once, so a value differs from ``FeatureNormalization/apply(to:)`` by at
/// most a rounding error (2 units in the last place).
public struct BatchSource: Sendable {
  public let maps: LabeledMaps
  public let normalization: FeatureNormalization
  /// The augmentation of training batches, applied after standardisation and cropping.
  public var augmentation: Augmentation
  /// Which parts of the stored maps are used: whole maps, or crops in time. Training takes one at a random position, evaluation
  /// takes each of them.
  public let crops: TimeCrops
  /// Mean and 1 / std for each bin, or for each cell when ``isPerCell``.
  private let mean: [Float]
  private let inverse: [Float]
  private let isPerCell: Bool
  /// Frames of each example's map that have sound: silence may have been added after it.
  private let soundFrameCounts: [Int]
  /// The mel bands of the standardised maps; nil if it is not known how the maps were computed.
  public let melAxis: MelAxis?

  /// Traps if the shape of the normalisation does not fit the maps, or if it is per frame while maps are cropped.
  ///
  /// - Parameter cropFrames: frames of a crop in time, at most those of the maps; nil or 0 means whole maps.
  public init(
    maps: LabeledMaps, normalization: FeatureNormalization, augmentation: Augmentation = Augmentation(),
    cropFrames: Int? = nil
  ) {
    let (bins, frames) = (maps.store.binCount, maps.store.frameCount)
    let shape = normalization.mean.shape
    demand(
      shape == [bins, 1] || shape == [bins, frames], "normalisation \(shape) for maps [\(bins), \(frames)]")
    self.maps = maps
    self.augmentation = augmentation
    self.normalization = normalization
    mean = normalization.mean.values
    inverse = normalization.std.values.map { 1 / $0 }
    isPerCell = shape == [bins, frames]
    let length = cropFrames ?? 0
    crops = TimeCrops(of: frames, cropFrames: length == 0 ? frames : length)
    demand(
      crops.cropFrames == frames || shape == [bins, 1], "normalisation \(shape) for crops of \(length) frames"
    )
    soundFrameCounts = maps.clips.map { clip in
      maps.store.spec?.soundFrameCount(paddedSeconds: clip.paddedSeconds ?? 0) ?? frames
    }
    melAxis = maps.store.spec.map { MelAxis(spec: $0, deviations: normalization.std) }
  }

  /// Throws if the augmentation needs to know how the maps were computed and the store does not say.
  public func requireAugmentable() throws(CodedError) {
    guard augmentation.masksMel, melAxis == nil else { return }
    throw CodedError(
      .incompatible,
      "melMaskBands needs to know how the maps were computed: no specification beside them (X.json)",
      path: maps.store.path)
  }

  /// Shape of one map as provided, `[F, T]`, after any cropping.
  public var mapShape: Shape { [maps.store.binCount, crops.cropFrames] }
  /// Number of crops that cover a map; 1 for whole maps.
  public var viewCount: Int { crops.starts.count }
  /// The class index of each example.
  public var labels: [Int] { maps.classes }

  /// See ``LabeledMaps/recordings``.
  public var recordings: [Int] { maps.recordings }

  /// The examples' standardised maps, `[N, 1, F, T]`; for cropped maps the middle, or the beginning if the middle is only added
  /// silence.
  public func inputs(_ examples: [Int]) -> Tensor {
    let middle = (crops.frameCount - crops.cropFrames) / 2
    return inputs(examples, starts: examples.map { middle < soundFrameCounts[$0] ? middle : 0 })
  }

  /// False for a crop that contains only silence added after the sound.
  public func isHeard(_ example: Int, view: Int) -> Bool {
    crops.starts(soundFrameCount: soundFrameCounts[example]).contains(crops.starts[view])
  }

  /// One of the crops that cover the examples' maps, standardised, `[N, 1, F, T]`. Traps unless `view` is below
  /// ``viewCount``.
  public func inputs(_ examples: [Int], view: Int) -> Tensor {
    inputs(examples, starts: examples.map { _ in crops.starts[view] })
  }

  private func inputs(_ examples: [Int], starts: [Int]) -> Tensor {
    var result = Tensor(shape: [examples.count, 1, maps.store.binCount, crops.cropFrames])
    if crops.cropFrames == crops.frameCount {
      result.withMutableSpan { copyBatch(examples, into: &$0) }
    } else {
      result.withMutableSpan { copyCrops(examples, starts: starts, into: &$0) }
    }
    return result
  }

  /// Whether training batches are cropped at random or augmented.
  public var changesExamples: Bool { crops.cropFrames < crops.frameCount || augmentation != Augmentation() }

  /// The same after augmentation, with the corresponding targets `[N, K]`; cropped maps are cut at random positions that begin in
  /// the sound. Mixing clips mixes their targets. The same seed gives the same batch, on any number of threads. Traps unless
  /// ``requireAugmentable()`` holds.
  public func trainingBatch(
    _ examples: [Int], targets: Tensor, seed: UInt64
  ) -> (inputs: Tensor, targets: Tensor) {
    var places = SeededGenerator(seed: seed, stream: 0xC409)
    let room = crops.frameCount - crops.cropFrames
    let starts = examples.map { example in
      room > 0 ? places.index(below: min(room + 1, soundFrameCounts[example])) : 0
    }
    var (inputs, targets) = (inputs(examples, starts: starts), targets)
    var generator = SeededGenerator(seed: seed, stream: 0xA06)
    augmentation.apply(to: &inputs, targets: &targets, using: &generator, melAxis: melAxis)
    return (inputs, targets)
  }

  /// Writes whole standardised maps into memory that the caller reuses from step to step.
  ///
  /// Traps unless `target` holds `examples.count * F * T` values. Cost: two passes over the batch.
  public func copyBatch(_ examples: [Int], into target: inout MutableSpan<Float>) {
    let size = maps.store.binCount * maps.store.frameCount
    demand(target.count == examples.count * size, "\(target.count) values for \(examples.count) maps")
    for (position, example) in examples.enumerated() {
      maps.store.copyMap(maps.rows[example], into: &target, at: position * size)
      standardize(&target, at: position * size)
    }
  }

  /// A stretch of each example's map, standardised.
  private func copyCrops(_ examples: [Int], starts: [Int], into target: inout MutableSpan<Float>) {
    let (bins, frames, length) = (maps.store.binCount, crops.frameCount, crops.cropFrames)
    let isPlain = normalization.granularity == .none
    var whole = [Float](repeating: 0, count: bins * frames)
    var position = 0
    for (example, start) in zip(examples, starts) {
      var span = whole.mutableSpan
      maps.store.copyMap(maps.rows[example], into: &span)
      for bin in 0..<bins {
        let (mean, inverse) = isPlain ? (0, 1) : (mean[bin], inverse[bin])
        let source = bin * frames + start
        for frame in 0..<length { target[position + frame] = (span[source + frame] - mean) * inverse }
        position += length
      }
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
