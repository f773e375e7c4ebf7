import CKernels

/// `y = x` for positive x, otherwise `alpha (exp(x) - 1)`; slope 1, otherwise `y + alpha`.
///
/// Source: Clevert, Unterthiner and Hochreiter 2015, arXiv:1511.07289.
public struct ELU: PointwiseLayer {
  public static let kind = "elu"

  /// At least 0: `-alpha` is the limit for large negative x.
  public var alpha: Float

  public init(alpha: Float = 1) { self.alpha = alpha }

  public var mistake: String? { alpha >= 0 && alpha.isFinite ? nil : "ELU with alpha \(alpha)" }
  public func value(_ x: Float) -> Float { gl_elu(x, alpha) }
  public func slope(_ x: Float, _ y: Float) -> Float { x > 0 ? 1 : y + alpha }
}
