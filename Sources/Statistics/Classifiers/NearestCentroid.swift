public import Files

/// A classifier that predicts the label whose mean row is nearest (Euclidean): a baseline that a model has to beat.
///
/// With `standardizes` off it is scikit-learn's `NearestCentroid`, with it on the same after a `StandardScaler`. The order of the
/// rows does not matter.
public struct NearestCentroid: Sendable, Codable, Hashable {
  /// The labels, sorted; of equally near ones the first is predicted.
  public let labels: [String]
  /// The mean row of each label, scaled.
  public let centroids: [[Double]]
  /// The scaling applied to a row first.
  public let scaling: ColumnScaling

  /// Fits on `[row][column]` and a label for each row.
  ///
  /// Throws ``CodedError`` for no rows, shapes that do not fit, and values that are not finite.
  public init(rows: [[Double]], labels: [String], standardizes: Bool = true) throws(CodedError) {
    try NumberRows.check(rows, count: labels.count)
    let scaling = try standardizes ? ColumnScaling(rows: rows) : ColumnScaling(identityOf: rows[0].count)
    self.labels = Set(labels).sorted()
    self.scaling = scaling
    let scaled = rows.map { scaling.apply(to: $0) }
    centroids = self.labels.map { label in
      let own = zip(scaled, labels).filter { $0.1 == label }.map(\.0)
      return own[0].indices.map { column in own.map { $0[column] }.orderlessSum / Double(own.count) }
    }
  }

  /// The label of the nearest mean. Traps unless the row has the length of those it was fitted on.
  public func predict(_ row: [Double]) -> String {
    let scaled = scaling.apply(to: row)
    let distances = centroids.map { centroid in
      zip(centroid, scaled).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return labels[distances.indices.min { distances[$0] < distances[$1] } ?? 0]
  }

  /// Reads one; throws unless there is a mean of the right length for each label.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    labels = try values.decode([String].self, forKey: .labels)
    centroids = try values.decode([[Double]].self, forKey: .centroids)
    scaling = try values.decode(ColumnScaling.self, forKey: .scaling)
    guard !labels.isEmpty, centroids.count == labels.count,
      centroids.allSatisfy({ $0.count == scaling.means.count })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .centroids, in: values, debugDescription: "means that do not fit the labels")
    }
  }
}
