import CKernels

/// `y = x P(x)`, P the distribution function of the standard normal distribution; slope `P(x) + x p(x)`, p its density.
///
/// The form with tanh is `y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`, as BERT's and GPT's first code had it.
/// Source: Hendrycks and Gimpel 2016, arXiv:1606.08415.
public struct GELU: PointwiseLayer {
  /// How it is computed: PyTorch's names are `none` and `tanh`.
  public enum Form: String, Codable, Sendable, CaseIterable {
    case exact = "erf"
    case tanh
  }

  public static let kind = "gelu"

  public var form: Form

  public init(form: Form = .exact) { self.form = form }

  public var slopeReads: PointwiseOperands { .input }

  public func value(_ x: Float) -> Float { form == .exact ? Self.exact(x) : Self.withTanh(x) }

  public func slope(_ x: Float, _ y: Float) -> Float {
    form == .exact ? Self.exactSlope(x) : Self.slopeWithTanh(x)
  }

  // One loop for each form, since a choice inside keeps it from becoming vector code.
  public func values(_ x: Span<Float>, into y: inout MutableSpan<Float>) {
    precondition(x.count == y.count)
    if form == .exact {
      for index in x.indices { unsafe y[unchecked: index] = Self.exact(x[unchecked: index]) }
    } else {
      for index in x.indices { unsafe y[unchecked: index] = Self.withTanh(x[unchecked: index]) }
    }
  }

  public func multiplySlopes(_ x: Span<Float>, _ y: Span<Float>, into gradients: inout MutableSpan<Float>) {
    precondition(x.count == gradients.count)
    if form == .exact {
      for index in x.indices { unsafe gradients[unchecked: index] *= Self.exactSlope(x[unchecked: index]) }
    } else {
      for index in x.indices { unsafe gradients[unchecked: index] *= Self.slopeWithTanh(x[unchecked: index]) }
    }
  }

  private static func exact(_ x: Float) -> Float { x * gl_normal_above(-x) }

  private static func exactSlope(_ x: Float) -> Float {
    gl_normal_above(-x) + x * (0.398942280 * gl_exp(-0.5 * x * x))
  }

  private static func withTanh(_ x: Float) -> Float { x * gl_sigmoid(exponent(x).value) }

  private static func slopeWithTanh(_ x: Float) -> Float {
    let exponent = exponent(x)
    let s = gl_sigmoid(exponent.value)
    return s + x * (s * (1 - s)) * exponent.slope
  }

  /// 2 sqrt(2 / pi) (x + 0.044715 x^3), since `(1 + tanh(u)) / 2 = sigmoid(2 u)`, and its slope. Beyond ±30 the sigmoid is
  /// 0 or 1 for a float.
  private static func exponent(_ x: Float) -> (value: Float, slope: Float) {
    let bounded = max(-30, min(30, x))
    let square = bounded * bounded
    return (1.59576912 * bounded * (1 + 0.044715 * square), 1.59576912 * (1 + 0.134145 * square))
  }
}
