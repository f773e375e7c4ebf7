import Files

/// Spearman's rank correlation of two lists, -1 to 1: Pearson's correlation of the ranks, with equal values sharing their mean
/// rank (as `scipy.stats.spearmanr`). Nil if all values of one list are equal. Traps on different lengths. Cost: two sorts.
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
  let order = ascendingOrder(of: values)
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

/// The places of values from the smallest to the largest: a radix sort of their bits, since maps have tens of thousands of
/// cells. NaN has no place in an order; values with it are compared one by one.
private func ascendingOrder(of values: [Float]) -> [Int] {
  guard values.count > 64, !values.contains(where: \.isNaN) else {
    return values.indices.sorted { values[$0] < values[$1] }
  }
  let keys = values.map { value -> UInt32 in
    // -0 and 0 are one value.
    let bits = (value + 0).bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }
  var order = Array(keys.indices)
  var next = order
  for shift in [0, 11, 22] as [UInt32] {
    var starts = [Int](repeating: 0, count: 1 << 11)
    for key in keys { starts[Int(key >> shift & 0x7FF)] += 1 }
    var sum = 0
    for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
    for place in order {
      let digit = Int(keys[place] >> shift & 0x7FF)
      next[starts[digit]] = place
      starts[digit] += 1
    }
    swap(&order, &next)
  }
  return order
}
