import CKernels

/// `y = x P(x)`, P the distribution function of the standard normal distribution; slope `P(x) + x p(x)`, p its density.
///
/// The form with tanh is `y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`, as in the original code of BERT and GPT.
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

  public func value(_ x: Float) -> Float { form == .exact ? gl_gelu(x) : gl_tanh_gelu(x) }

  public func slope(_ x: Float, _ y: Float) -> Float {
    form == .exact ? gl_gelu_slope(x) : gl_tanh_gelu_slope(x)
  }

  public func values(_ x: Span<Float>, into y: inout MutableSpan<Float>) {
    unsafe PointwiseOperation.run(form == .exact ? gl_gelus : gl_tanh_gelus, x, &y)
  }

  public func multiplySlopes(_ x: Span<Float>, _ y: Span<Float>, into gradients: inout MutableSpan<Float>) {
    unsafe PointwiseOperation.run(form == .exact ? gl_gelu_slopes : gl_tanh_gelu_slopes, x, &gradients)
  }
}
