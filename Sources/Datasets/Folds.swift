public import Files

/// A division of clips into k parts, each of which is held out once while a model is fitted to the others.
///
/// Groups (artist, album), if the data set names them, and all windows of one recording stay together. Every clip is held out
/// exactly once. The parts are balanced in size and in their share of every genre.
public struct Folds: Sendable, Hashable {
  /// Number of folds.
  public let count: Int
  /// For each of the data set's tracks the fold, from 0, that holds it out; nil for a clip that is excluded altogether.
  public let foldOfClip: [Int?]
  /// What the folds keep together.
  public let unit: Unit

  /// The unit that is never divided.
  public enum Unit: String, Sendable, Codable, Hashable {
    /// Artists or albums.
    case group
    /// Recordings: no groups are known, so clips of one artist may be in both the fitted and the held-out part.
    case recording
  }

  /// Divides the clips of a data set, whatever their split.
  ///
  /// - Parameters:
  ///   - excluding: a split to leave out, such as `test`.
  ///   - seed: equal data sets and seeds give equal folds on every machine.
  ///
  /// Units are assigned one by one, those with the most uneven genres first, to the fold that most reduces the variances of genre
  /// shares and sizes over the folds; then units are moved and swapped as long as that helps. The first step is scikit-learn's
  /// `StratifiedGroupKFold`; the second makes the parts more balanced.
  ///
  /// Throws for fewer than two folds, fewer than two genres, and a genre that does not reach every fold: the message names
  /// it. Cost: about units^2 times genres for up to a few thousand units, less for more.
  public init(
    count: Int, of dataset: Dataset, excluding: Split? = nil, seed: UInt64 = 1
  ) throws(CodedError) {
    guard (2...1000).contains(count) else {
      throw CodedError(.tooFewClips, "\(count) folds: there must be 2 to 1000", path: dataset.path)
    }
    let members = dataset.clips.indices.filter {
      excluding == nil || dataset.clips[$0].split != excluding
    }
    var used = dataset
    used.clips = members.map { dataset.clips[$0] }
    try used.requireGenres()
    let units = FoldUnit.units(of: used)
    for (label, name) in used.labels.enumerated() {
      let owners = units.count { $0.counts[label] > 0 }
      guard owners >= count else {
        let kind = used.clips.contains { $0.group != nil } ? "groups" : "tracks"
        throw CodedError(
          .tooFewClips, "genre '\(name)' has \(owners) \(kind): too few for \(count) folds",
          path: dataset.path)
      }
    }
    var allocation = FoldAllocation(units: units, foldCount: count, seed: seed)
    allocation.run()
    if let empty = allocation.missingLabel {
      throw CodedError(
        .tooFewClips,
        "genre '\(used.labels[empty])' cannot reach all of \(count) folds without tearing a group",
        path: dataset.path)
    }
    var folds = [Int?](repeating: nil, count: dataset.clips.count)
    for (unit, fold) in zip(units, allocation.folds) {
      for member in unit.members { folds[members[member]] = fold }
    }
    (self.count, foldOfClip) = (count, folds)
    unit = used.clips.contains { $0.group == nil } ? .recording : .group
  }

  /// The data set of one fold: its held-out clips as `test`, a tenth of the others (by units, in proportion within each genre,
  /// drawn with the seed) as `valid`, and the rest as `train`. Clips excluded from all folds are not in it.
  ///
  /// So the clips used to choose the epoch are never those that are reported on. Throws if too few units remain of a genre. Traps
  /// if there is no such fold, or if `dataset` is not the one that was divided.
  public func dataset(_ fold: Int, of dataset: Dataset, seed: UInt64 = 1) throws(CodedError) -> Dataset {
    demand((0..<count).contains(fold), "fold \(fold) of \(count)")
    demand(
      dataset.clips.count == foldOfClip.count,
      "\(dataset.clips.count) clips, folds of \(foldOfClip.count)")
    let fitted = dataset.clips.indices.filter { foldOfClip[$0] != nil && foldOfClip[$0] != fold }
    var rest = dataset
    rest.clips = fitted.map { dataset.clips[$0] }
    for index in rest.clips.indices { rest.clips[index].split = nil }
    rest = try Splitting(validFraction: 0.1, testFraction: 0, seed: seed).assign(to: rest)
    var result = dataset
    result.warnings = rest.warnings
    for index in result.clips.indices { result.clips[index].split = foldOfClip[index].map { _ in .test } }
    for (index, clip) in zip(fitted, rest.clips) { result.clips[index].split = clip.split }
    result.clips.removeAll { $0.split == nil }
    return result
  }

  /// Clips of each label that each fold holds out: `[fold][label]`.
  public func classCounts(of dataset: Dataset, labels: [String]) -> [[Int]] {
    var counts = [[Int]](repeating: Array(repeating: 0, count: labels.count), count: count)
    for (clip, fold) in zip(dataset.clips, foldOfClip) {
      if let fold, let label = labels.firstIndex(of: clip.label) { counts[fold][label] += 1 }
    }
    return counts
  }
}
