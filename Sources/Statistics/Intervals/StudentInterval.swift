import Files
import Foundation

extension ConfidenceInterval {
  /// The 95 % interval of a mean by Student's t: `mean ± t(0.975, n - 1) s sqrt(1/n + correction)`. Not clipped at 0 or 1.
  ///
  /// Nil for fewer than two values. It is exact for independent normal values. The results of cross-validation folds are
  /// not independent, since their training sets overlap, and no unbiased estimate of their variance exists (Bengio and
  /// Grandvalet 2004, "No Unbiased Estimator of the Variance of K-Fold Cross-Validation", JMLR 5): without a correction the
  /// interval is too narrow. `correction` is the ratio of held-out to training clips, `1 / (k - 1)` for k folds, in the
  /// corrected t of Nadeau and Bengio 2003, doi:10.1023/A:1024068626366.
  public static func student(meanOf values: [Double], correction: Double = 0) -> ConfidenceInterval? {
    guard values.count > 1 else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let half =
      StudentDistribution.quantile(0.975, degreesOfFreedom: values.count - 1)
      * (variance * (1 / count + correction)).squareRoot()
    return ConfidenceInterval(low: mean - half, high: mean + half)
  }
}

/// Student's t distribution, by the regularised incomplete beta function.
package enum StudentDistribution {
  /// The value below which lies the share `probability` (above one half) of the distribution. Traps unless there is at
  /// least one degree of freedom. Relative error below 1e-9.
  package static func quantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
    demand(
      degreesOfFreedom > 0 && probability > 0.5 && probability < 1,
      "t at \(probability) with \(degreesOfFreedom) degrees of freedom")
    let tail = 2 * (1 - probability)
    var (low, high) = (0.0, 1.0)
    while twoSidedTail(high, degreesOfFreedom) > tail { high *= 2 }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if twoSidedTail(middle, degreesOfFreedom) > tail { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// `P(|T| > t) = I_x(v/2, 1/2)` with `x = v / (v + t^2)`.
  package static func twoSidedTail(_ t: Double, _ degreesOfFreedom: Int) -> Double {
    let v = Double(degreesOfFreedom)
    return incompleteBeta(v / (v + t * t), v / 2, 0.5)
  }

  /// `I_x(a, b)` by its continued fraction (Abramowitz and Stegun 26.5.8), evaluated by Lentz's method.
  package static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast on this side only.
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
    let logPowers: Double = a * log(x) + b * log(1 - x)
    let front = exp(logPowers - logBeta) / a
    var (c, d) = (1.0, 1 / nonZero(1 - (a + b) * x / (a + 1)))
    var fraction = d
    for step in 1...500 {
      let m = Double(step)
      let place = a + 2 * m
      let even: Double = m * (b - m) * x / ((place - 1) * place)
      let odd: Double = -(a + m) * (a + b + m) * x / (place * (place + 1))
      for numerator in [even, odd] {
        d = 1 / nonZero(1 + numerator * d)
        c = nonZero(1 + numerator / c)
        fraction *= c * d
      }
      if abs(c * d - 1) < 1e-15 { break }
    }
    return front * fraction
  }

  private static func nonZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
}
