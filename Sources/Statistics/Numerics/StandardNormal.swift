import Files
import Foundation

/// The standard normal distribution.
package enum StandardNormal {
  /// The value above which lies the share `tail` of the distribution, `0 < tail < 1`. Relative error below 1e-12.
  ///
  /// A rational approximation (Acklam's, relative error 1.15e-9), then Halley's steps on `erfc`. Taking the upper tail keeps
  /// the digits of small shares, which `1 - tail` would lose.
  package static func upperPoint(_ tail: Double) -> Double {
    demand(tail > 0 && tail < 1, "tail \(tail)")
    // The two sides mirror each other; the near one keeps the digits.
    if tail > 0.5 { return -upperPoint(1 - tail) }
    var x = approximatePoint(tail)
    for _ in 0..<2 {
      let error = erfc(x / 2.0.squareRoot()) / 2 - tail
      let step = error * (2 * Double.pi).squareRoot() * exp(x * x / 2)
      x += step / (1 - x * step / 2)
    }
    return x
  }

  /// The share beyond a chi-square value with one degree of freedom: `P(Z^2 > value)`.
  package static func chiSquareTail(_ value: Double) -> Double { erfc((value / 2).squareRoot()) }

  private static func approximatePoint(_ tail: Double) -> Double {
    if tail < 0.02425 {
      let q = (-2 * log(tail)).squareRoot()
      let above = polynomial(
        [
          -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734,
          4.374664141464968, 2.938163982698783,
        ], q)
      let below = polynomial(
        [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1], q)
      return -above / below
    }
    let q = 0.5 - tail
    let r = q * q
    let above = polynomial(
      [
        -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
        -3.066479806614716e+01, 2.506628277459239,
      ], r)
    let below = polynomial(
      [
        -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
        -1.328068155288572e+01, 1,
      ], r)
    return above * q / below
  }

  /// Highest power first.
  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }
}
