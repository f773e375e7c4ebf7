import Foundation

/// Points and weights of the Gauss-Legendre rule on [0, 1]: exact for polynomials up to degree 2 count - 1. The weights
/// sum to 1; points ascend. Cost: about 6 count^2.
///
/// Each point is a root of the Legendre polynomial P, found by Newton's method from Tricomi's estimate; its weight on
/// [-1, 1] is 2 / ((1 - x^2) P'(x)^2).
func gaussLegendre(_ count: Int) -> [(position: Double, weight: Double)] {
  (0..<count).map { index in
    // Roots come in descending order from cos: begin with the smallest.
    var root = -cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
    var slope = 1.0
    for _ in 0..<100 {
      var (before, value) = (0.0, 1.0)
      for degree in 0..<count {
        let next = (Double(2 * degree + 1) * root * value - Double(degree) * before) / Double(degree + 1)
        (before, value) = (value, next)
      }
      slope = Double(count) * (root * value - before) / (root * root - 1)
      let step = value / slope
      root -= step
      if abs(step) < 1e-15 { break }
    }
    return ((root + 1) / 2, 1 / ((1 - root * root) * slope * slope))
  }
}
