/// Derivative of `function` at `point` along `direction`, by central differences in float64.
///
/// `(f(x + h d) - f(x - h d)) / 2h`. The error is O(h^2) for smooth functions, plus `|f| eps / h` where `function`
/// computes in float32.
public func finiteDifference(
  at point: [Float], along direction: [Float], step: Float = 1e-3, of function: ([Float]) -> Double
) -> Double {
  let forward = zip(point, direction).map { $0 + step * $1 }
  let back = zip(point, direction).map { $0 - step * $1 }
  return (function(forward) - function(back)) / Double(2 * step)
}
