public import Features
public import Files
import Tensors

/// The data for a training loop: feature maps with their class indices, splits and groups.
///
/// An *example* is a position in ``clips``, which may be a part of the store; the arrays below are indexed by it.
public struct LabeledMaps: Sendable {
  public let store: FeatureStore
  /// Class names: position is class index.
  public let labels: [String]
  /// The example's clip: name, split, group, path.
  public let clips: [Clip]
  /// The example's row in the store.
  public let rows: [Int]
  /// The example's class index.
  public let classes: [Int]
  /// For each example the number of its recording, in the order of their first examples: examples with equal numbers are windows
  /// of one recording, unaltered or altered in the same way.
  public let recordings: [Int]

  /// Binds a data set read from a feature file to its maps.
  ///
  /// - Parameter labels: the class names of a trained model; nil uses the data set's own, sorted.
  ///
  /// Throws if a clip has a label that is not among `labels`, or no row in the store.
  public init(store: FeatureStore, dataset: Dataset, labels: [String]? = nil) throws(CodedError) {
    let labels = labels ?? dataset.labels
    var classes: [Int] = []
    var rows: [Int] = []
    for clip in dataset.clips {
      guard let label = labels.firstIndex(of: clip.label) else {
        throw CodedError(
          .unknownLabel, "genre '\(clip.label)' is not one of \(labels.joined(separator: ", "))",
          path: dataset.path, line: clip.line)
      }
      guard let row = clip.row, row >= 0, row < store.count else {
        throw CodedError(
          .invalidRow, "'\(clip.name)' has no map in \(store.path)", path: dataset.path, line: clip.line)
      }
      classes.append(label)
      rows.append(row)
    }
    self.store = store
    self.labels = labels
    self.classes = classes
    self.rows = rows
    clips = dataset.clips
    recordings = dataset.clips.recordingNumbers
  }

  /// Number of examples.
  public var count: Int { rows.count }

  /// The examples of one split, in order.
  public func examples(in split: Split) -> [Int] {
    clips.indices.filter { clips[$0].split == split }
  }

  /// Those of the given examples whose sound was not altered, which count as clips.
  public func originals(_ examples: [Int]) -> [Int] { examples.filter { clips[$0].variant == nil } }

  /// Number of examples of each class among the given ones.
  public func classCounts(_ examples: [Int]) -> [Int] {
    examples.reduce(into: Array(repeating: 0, count: labels.count)) { $0[classes[$1]] += 1 }
  }

  /// Number of recordings among the given examples.
  public func recordingCount(_ examples: [Int]) -> Int { Set(examples.map { recordings[$0] }).count }

  /// Fits the standardisation on the given examples, usually those of `train`: each of a recording's n windows weighs 1/n, so all
  /// recordings weigh the same. Cost: reads their maps once.
  ///
  /// Throws if there are none, or if one contains a value that is not finite (the message names the row).
  public func fitNormalization(
    _ granularity: FeatureNormalization.Granularity, on examples: [Int]
  ) throws -> FeatureNormalization {
    var fitter = FeatureNormalizationFitter()
    var map = Tensor(shape: store.mapShape)
    let counts = examples.reduce(into: [Int: Int]()) { $0[recordings[$1], default: 0] += 1 }
    for example in examples {
      try copyFinite(example, into: &map)
      fitter.add(map, weight: 1 / Double(counts[recordings[example]] ?? 1))
    }
    return try fitter.finish(granularity)
  }

  /// Throws, naming the row, if a value of these examples is not finite. Cost: reads their maps once.
  public func requireFinite(_ examples: [Int]) throws(CodedError) {
    var map = Tensor(shape: store.mapShape)
    for example in examples { try copyFinite(example, into: &map) }
  }

  private func copyFinite(_ example: Int, into map: inout Tensor) throws(CodedError) {
    map.withMutableSpan { store.copyMap(rows[example], into: &$0) }
    guard map.values.isFinite else {
      throw CodedError(
        .notFinite,
        "row \(rows[example]) ('\(clips[example].name)') has a value that is not a finite number",
        path: store.path)
    }
  }
}
