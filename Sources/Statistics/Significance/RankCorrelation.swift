import Files

/// Spearman's rank correlation of two lists, -1 to 1: Pearson's correlation of the ranks, equal values sharing their mean
/// rank (as `scipy.stats.spearmanr`). Nil where one list has no two different values. Traps on different lengths. Cost:
/// two sorts.
public func spearmanCorrelation(_ first: [Float], _ second: [Float]) -> Double? {
  demand(first.count == second.count, "\(first.count) values against \(second.count)")
  let (one, other) = (meanRanks(first), meanRanks(second))
  // Ranks have the same mean, ties or not.
  let mean = Double(first.count - 1) / 2
  var (product, square, otherSquare) = (0.0, 0.0, 0.0)
  for (x, y) in zip(one, other) {
    product += (x - mean) * (y - mean)
    square += (x - mean) * (x - mean)
    otherSquare += (y - mean) * (y - mean)
  }
  guard square > 0, otherSquare > 0 else { return nil }
  return max(-1, min(1, product / (square * otherSquare).squareRoot()))
}

/// Ranks from 0; equal values have the mean of their places.
package func meanRanks(_ values: [Float]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
    start = end
  }
  return ranks
}
