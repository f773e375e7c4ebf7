/// L-BFGS: minimises a smooth convex function of many parameters from its value and slopes.
///
/// Source: Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.5; steps by bisection and doubling until they
/// fulfil the weak Wolfe conditions.
package struct QuasiNewton {
  /// Where the search is.
  private(set) var point: [Double]
  private(set) var stepCount = 0
  /// The largest slope at ``point``.
  private(set) var largestSlope = Double.infinity
  /// Differences of points and of slopes, latest last, with the inverse of their product.
  private var pairs: [(step: [Double], change: [Double], inverse: Double)] = []
  private static let memory = 20

  /// Starts at 0.
  package init(dimension: Int) { point = Array(repeating: 0, count: dimension) }

  /// Goes down until no slope is larger than the tolerance, or no step helps any more.
  package mutating func minimize(
    tolerance: Double, maximumSteps: Int, _ evaluate: ([Double], inout [Double]) -> Double
  ) {
    var slopes = point
    var value = evaluate(point, &slopes)
    largestSlope = slopes.reduce(0) { max($0, abs($1)) }
    while stepCount < maximumSteps, largestSlope > tolerance {
      var direction = direction(slopes)
      if dot(direction, slopes) >= 0 {
        pairs = []
        direction = slopes.map { -$0 }
      }
      guard let next = search(from: value, slopes, along: direction, evaluate) else { return }
      remember(step: zip(next.point, point).map { $0 - $1 }, change: zip(next.slopes, slopes).map { $0 - $1 })
      (point, value, slopes) = next
      stepCount += 1
      largestSlope = slopes.reduce(0) { max($0, abs($1)) }
    }
  }

  /// The two loops over the remembered pairs.
  private func direction(_ slopes: [Double]) -> [Double] {
    var result = slopes.map { -$0 }
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = pair.inverse * dot(pair.step, result)
      factors.append(factor)
      add(-factor, pair.change, to: &result)
    }
    if let last = pairs.last {
      let scale = 1 / (last.inverse * dot(last.change, last.change))
      for index in result.indices { result[index] *= scale }
    }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      add(factor - pair.inverse * dot(pair.change, result), pair.step, to: &result)
    }
    return result
  }

  private mutating func remember(step: [Double], change: [Double]) {
    let product = dot(step, change)
    guard product > 0 else { return }
    if pairs.count == Self.memory { pairs.removeFirst() }
    pairs.append((step, change, 1 / product))
  }

  /// A point along the direction that is low and flat enough; nil where rounding hides any gain.
  private func search(
    from value: Double, _ slopes: [Double], along direction: [Double],
    _ evaluate: ([Double], inout [Double]) -> Double
  ) -> (point: [Double], value: Double, slopes: [Double])? {
    let slope = dot(direction, slopes)
    var (low, high) = (0.0, Double.infinity)
    // Without pairs nothing is known of the scale.
    var length = pairs.isEmpty ? min(1, 1 / slopes.reduce(0) { $0 + abs($1) }) : 1
    var (next, nextSlopes) = (point, slopes)
    for _ in 0..<60 {
      for index in next.indices { next[index] = point[index] + length * direction[index] }
      let nextValue = evaluate(next, &nextSlopes)
      let nextSlope = dot(direction, nextSlopes)
      // Near the end values no longer differ: there a smaller slope alone is progress.
      let isRounding = abs(nextValue - value) <= 1e-14 * abs(value) && abs(nextSlope) < abs(slope)
      if !(nextValue <= value + 1e-4 * length * slope), !isRounding {
        high = length
      } else if nextSlope < 0.9 * slope {
        low = length
      } else {
        return (next, nextValue, nextSlopes)
      }
      length = high.isFinite ? (low + high) / 2 : 2 * length
    }
    return nil
  }
}

private func dot(_ one: [Double], _ other: [Double]) -> Double {
  var sum = 0.0
  for index in one.indices { sum += one[index] * other[index] }
  return sum
}

private func add(_ factor: Double, _ values: [Double], to result: inout [Double]) {
  for index in result.indices { result[index] += factor * values[index] }
}
