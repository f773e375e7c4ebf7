package import Files

/// Checks and orders of tables of numbers that come from outside.
package enum NumberRows {
  /// Throws unless there is a row for each of `count` items, all of one length of at least 1 and finite.
  package static func check(_ rows: [[Double]], count: Int) throws(CodedError) {
    guard !rows.isEmpty else { throw CodedError(.empty, "no rows of numbers to learn from") }
    guard rows.count == count else {
      throw CodedError(.shapeMismatch, "\(rows.count) rows of numbers for \(count) labels")
    }
    for row in rows {
      guard row.count == rows[0].count, !row.isEmpty else {
        throw CodedError(.shapeMismatch, "rows of \(rows[0].count) and of \(row.count) numbers")
      }
      guard row.allSatisfy(\.isFinite) else {
        throw CodedError(.notFinite, "a row of numbers holds one that is not finite")
      }
    }
  }

  /// Throws unless there is a row of probabilities for each label: as many as classes, within 0 and 1; and labels are
  /// classes.
  package static func check(probabilities rows: [[Double]], labels: [Int]) throws(CodedError) {
    guard let first = rows.first else { throw CodedError(.empty, "no probabilities") }
    guard rows.count == labels.count else {
      throw CodedError(.shapeMismatch, "\(rows.count) rows of probabilities for \(labels.count) labels")
    }
    for (row, label) in zip(rows, labels) {
      guard row.count == first.count, !row.isEmpty else {
        throw CodedError(.badProbabilities, "rows of \(first.count) and of \(row.count) probabilities")
      }
      guard row.indices.contains(label) else {
        throw CodedError(.unknownLabel, "label \(label) of \(row.count) classes")
      }
      // A softmax in single precision may pass 1 by its last digits.
      guard row.allSatisfy({ $0.isFinite && $0 >= -1e-6 && $0 <= 1 + 1e-6 }) else {
        throw CodedError(.badProbabilities, "probabilities must lie within 0 and 1")
      }
    }
  }

  /// Positions in an order that does not hang on the order given: by `keys`, then by the rows' numbers.
  package static func canonicalOrder<Key: Comparable>(_ rows: [[Double]], keys: [Key]) -> [Int] {
    rows.indices.sorted { one, other in
      keys[one] != keys[other]
        ? keys[one] < keys[other] : rows[one].lexicographicallyPrecedes(rows[other])
    }
  }
}
