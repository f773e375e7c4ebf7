import Files
public import Tensors

/// An index of vectors for nearest-neighbour search by angle.
///
/// The distance of two vectors is `1 - cos`, as in scikit-learn's `NearestNeighbors(metric="cosine")`. A vector of zeros has
/// distance 1 to every other one. Search is exact: one matrix product and a selection.
public struct EmbeddingIndex: Sendable {
  /// One neighbour.
  public struct Neighbor: Sendable, Hashable {
    /// The number of the vector in the index.
    public let index: Int
    /// `1 - cos`, 0 to 2.
    public let distance: Double
  }

  /// Length of a vector.
  public let dimension: Int
  /// Number of vectors.
  public let count: Int
  /// The vectors at unit length, `[count, dimension]`.
  private let units: Tensor

  /// Traps unless `vectors` is `[count, dimension]`.
  public init(_ vectors: Tensor) {
    demand(vectors.shape.rank == 2, "vectors \(vectors.shape), expected [N, D]")
    (count, dimension) = (vectors.shape[0], vectors.shape[1])
    units = Self.unitRows(vectors)
  }

  /// For each row of `queries` `[Q, D]` its `limit` nearest vectors, nearest first; equal distances are in the order of the
  /// index.
  ///
  /// `isAllowed` decides which vectors (second argument) a query (first argument) may return. Cost: 2 Q N D operations.
  public func nearest(
    to queries: Tensor, limit: Int, isAllowed: (_ query: Int, _ candidate: Int) -> Bool = { _, _ in true }
  ) -> [[Neighbor]] {
    demand(
      queries.shape.rank == 2 && queries.shape[1] == dimension,
      "queries \(queries.shape) for vectors of \(dimension)")
    guard count > 0, limit > 0 else { return (0..<queries.shape[0]).map { _ in [] } }
    let asked = Self.unitRows(queries)
    var results: [[Neighbor]] = []
    // Blocks of queries bound the memory of the products.
    for start in stride(from: 0, to: queries.shape[0], by: 256) {
      let rows = min(256, queries.shape[0] - start)
      let block = Tensor(
        Array(asked.values[start * dimension..<(start + rows) * dimension]), shape: [rows, dimension])
      let cosines = Tensor(shape: [rows, count]) { result in
        matrixProduct(
          block.values.span, units.values.span, transposeB: true, rows: rows, columns: count,
          inner: dimension, into: &result)
      }
      for row in 0..<rows {
        results.append(
          Self.best(cosines.values[row * count..<(row + 1) * count], limit: limit) {
            isAllowed(start + row, $0)
          })
      }
    }
    return results
  }

  private static func best(
    _ cosines: ArraySlice<Float>, limit: Int, isAllowed: (Int) -> Bool
  ) -> [Neighbor] {
    var found: [Neighbor] = []
    for (candidate, cosine) in cosines.enumerated() {
      let distance = max(0, 1 - Double(cosine))
      if found.count == limit, distance >= found[limit - 1].distance { continue }
      guard isAllowed(candidate) else { continue }
      let place = found.firstIndex { $0.distance > distance } ?? found.count
      found.insert(Neighbor(index: candidate, distance: distance), at: place)
      if found.count > limit { found.removeLast() }
    }
    return found
  }

  private static func unitRows(_ vectors: Tensor) -> Tensor {
    let (rows, columns) = (vectors.shape[0], vectors.shape[1])
    var values = vectors.values
    for row in 0..<rows {
      let range = row * columns..<(row + 1) * columns
      let square = values[range].reduce(0.0) { $0 + Double($1) * Double($1) }
      let scale = square > 0 ? Float(1 / square.squareRoot()) : 0
      for index in range { values[index] *= scale }
    }
    return Tensor(values, shape: vectors.shape)
  }
}
