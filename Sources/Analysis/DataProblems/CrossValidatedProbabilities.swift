import Datasets
public import Files
public import Statistics

extension LinearClassifier {
  /// Held-out probabilities of a linear classifier for each row: `[row][class]`.
  ///
  /// Rows are divided into folds that keep groups together and genres in proportion (``Folds``); each fold's probabilities come
  /// from a classifier fitted to the others. The order of the rows does not matter, not even for the assignment to folds.
  ///
  /// - Parameters:
  ///   - rows: `[row][column]`, for example embeddings or means and standard deviations of feature rows.
  ///   - labels: the genre of each row, one of `classes`.
  ///   - groups: the groups to keep together (artist, album); for a row without a group, its own path.
  ///   - classes: genres in the order of the probabilities; those without a row get probability 0.
  ///
  /// Throws ``CodedError`` for shapes that do not fit, values that are not finite, unknown labels, and folds that cannot be made
  /// (a genre with fewer groups than folds).
  public static func crossValidatedProbabilities(
    rows: [[Double]], labels: [String], groups: [String], classes: [String], folds: Int = 5,
    seed: UInt64 = 1, inversePenalty: Double = 1
  ) throws(CodedError) -> [[Double]] {
    try NumberRows.check(rows, count: labels.count)
    guard groups.count == rows.count else {
      throw CodedError(.shapeMismatch, "\(groups.count) groups for \(rows.count) rows")
    }
    let indices = try ClassIndices(classes).indices(of: labels)
    let order = NumberRows.canonicalOrder(rows, keys: zip(groups, labels).map { "\($0)\u{0}\($1)" })
    let held = try heldOutFolds(
      labels: order.map { labels[$0] }, groups: order.map { groups[$0] }, count: folds, seed: seed)
    var result = [[Double]](repeating: [], count: rows.count)
    for fold in 0..<folds {
      let fitted = zip(order, held).filter { $0.1 != fold }.map(\.0)
      let classifier = try LinearClassifier(
        rows: fitted.map { rows[$0] }, labels: fitted.map { indices[$0] }, classCount: classes.count,
        inversePenalty: inversePenalty, tolerance: 1e-7)
      for (row, own) in zip(order, held) where own == fold {
        result[row] = classifier.probabilities(of: rows[row])
      }
    }
    return result
  }

  private static func heldOutFolds(
    labels: [String], groups: [String], count: Int, seed: UInt64
  ) throws(CodedError) -> [Int] {
    let tracks = labels.indices.map { Clip(name: String($0), label: labels[$0], group: groups[$0]) }
    do {
      let folds = try Folds(count: count, of: Dataset(path: "", clips: tracks), seed: seed)
      return folds.foldOfClip.map { $0 ?? 0 }
    } catch {
      throw CodedError(.tooFewTracks, "no cross-validation: \(error.message)")
    }
  }
}

/// Positions of labels.
struct ClassIndices {
  private let places: [String: Int]
  private let names: [String]

  /// Throws for a name that repeats.
  init(_ names: [String]) throws(CodedError) {
    var places: [String: Int] = [:]
    for (position, name) in names.enumerated() where places.updateValue(position, forKey: name) != nil {
      throw CodedError(.unknownLabel, "label “\(name)” appears twice")
    }
    (self.names, self.places) = (names, places)
  }

  /// Throws for a label that is no class.
  func indices(of labels: [String]) throws(CodedError) -> [Int] {
    var result: [Int] = []
    for label in labels {
      guard let place = places[label] else {
        throw CodedError(
          .unknownLabel, "label “\(label)” is not one of \(names.joined(separator: ", "))")
      }
      result.append(place)
    }
    return result
  }
}
