public import Features
import Files
public import Tensors

/// The projection from an MFCC map back to the mel bands from which it was made.
///
/// A network sees z = (x - mean) / std with x = D s: s `[M, T]` is the mel spectrogram in dB, x `[K, T]` its first K cepstral
/// coefficients, D `[K, M]` the orthonormal DCT-II. Rows of D are orthonormal, so D^T is its inverse for K = M and otherwise
/// gives the smooth part of s that K coefficients describe. For features that are already mel bands D = 1; smoothed mel rows have
/// their own matrix (``MelTransform``).
///
/// Cost: 2 K M T operations for each projection.
public struct MelProjection: Sendable {
  public let spec: FeatureSpec
  public let normalization: FeatureNormalization
  /// Centres of the `M` mel bands in Hz, lowest first.
  public let bandCentersHz: [Double]
  /// P (D for MFCC); nil where features are mel bands already.
  private let transform: MelTransform?

  /// Traps unless the spec is valid (`FeatureSpec.validate`) and the normalisation has its number of rows.
  public init(spec: FeatureSpec, normalization: FeatureNormalization) {
    demand(
      normalization.mean.shape[0] == spec.binCount,
      "normalisation \(normalization.mean.shape) for \(spec.binCount) feature bins")
    self.spec = spec
    self.normalization = normalization
    bandCentersHz = MelFilterBank(spec).centerHz
    transform = spec.melTransform
  }

  /// Whether the projection loses nothing: as many coefficients as bands, or mel bands from the start. The projection of a
  /// *gradient* is always exact.
  public var isInvertible: Bool { transform?.isInvertible ?? true }

  /// d score / d s, shape `[M, T]`, in score per dB: D^T (g / std) for a gradient g at the normalised input `[K, T]`.
  /// Exact by the chain rule for any K.
  public func gradient(fromInputGradient gradient: Tensor) -> Tensor {
    let scaled = scaled(gradient) { $0 / $1 }
    return transform?.pullBack(scaled) ?? scaled
  }

  /// The difference between the input and the training mean, in dB, shape `[M, T]`: D^T (x - mean) = D^T (std z).
  public func difference(ofInput input: Tensor) -> Tensor {
    let scaled = scaled(input) { $0 * $1 }
    return transform?.inverse(scaled) ?? scaled
  }

  /// What a mask keeps of the input, relative to the baseline, in dB, shape `[M, T]`.
  ///
  /// With the mask W in [0, 1] `[K, T]` and the training mean b, the masked input is x' = W x + (1 - W) b; this is D^T (x' - b) =
  /// D^T (W std z): the remaining sound, as its difference from the average sound. It is *not* an attribution to bands: a mask
  /// that keeps one coefficient keeps one cosine over all bands, and values are positive where the kept part is louder than the
  /// baseline, which need not be where it speaks for the class. A mask of ones gives ``difference(ofInput:)``. Without
  /// normalisation b is 0 dB in every band.
  public func keptDifference(mask: Tensor, input: Tensor) -> Tensor {
    demand(mask.shape == input.shape, "mask \(mask.shape) for input \(input.shape)")
    let kept = Tensor(zip(mask.values, input.values).map { $0 * $1 }, shape: input.shape)
    return difference(ofInput: kept)
  }

  /// An explanation on the mel axis; `input` is the normalised input `[K, T]` (or `[1, K, T]`) it explains.
  ///
  /// The projection depends on the meaning of the method's map. Sensitivities are projected by the chain rule
  /// (``gradient(fromInputGradient:)``). Contributions to the score are the gradient from which they are made times
  /// ``difference(ofInput:)`` from the baseline, whose sum is the same on both axes (gradient x input, Integrated Gradients);
  /// without such a gradient (LRP, other paths of Integrated Gradients), each cell's contribution divided by its distance d from
  /// the baseline, `d / (d^2 + (0.01 max d)^2)`, is used instead, and the sum is then that of the cells away from the baseline.
  /// All others use ``keptDifference(mask:input:)`` with the explanation's mask; so do maps of a layer's cells.
  public func view(of explanation: ClassExplanation, input: Tensor) -> MelView {
    demand(
      input.count == explanation.inputShape.count, "input \(input.shape), explained \(explanation.inputShape)"
    )
    let input = input.reshaped(explanation.inputShape)
    let quantity = quantity(of: explanation.method.traits)
    switch quantity {
    case .scorePerDecibel:
      return view(gradient(fromInputGradient: explanation.signedMap), quantity)
    case .score:
      // Attributions without a slope of their own are one where the input differs from the baseline.
      let away = explanation.baselineInput.map { base in
        Tensor(zip(input.values, base.values).map { $0 - $1 }, shape: input.shape)
      }
      let slope = gradient(fromInputGradient: slope(of: explanation, away: away ?? input))
      let size = difference(ofInput: away ?? input)
      return view(Tensor(zip(slope.values, size.values).map { $0 * $1 }, shape: slope.shape), quantity)
    case .decibels:
      return view(keptDifference(mask: explanation.mask, input: input), quantity)
    }
  }

  /// As a share of the largest distance from the baseline.
  static let stabilizer: Float = 0.01

  /// The explanation's gradient, or what takes its place: parts of the score divided by what they are parts for.
  private func slope(of explanation: ClassExplanation, away: Tensor) -> Tensor {
    if let gradient = explanation.inputGradient {
      demand(gradient.count == away.count, "gradient \(gradient.shape) for input \(away.shape)")
      return gradient.reshaped(away.shape)
    }
    // Not a bare quotient: where the input is hardly away from the baseline its part of the score belongs to no band.
    let smallest = Self.stabilizer * (away.values.map { abs($0) }.max() ?? 0)
    let floor = max(smallest * smallest, .leastNormalMagnitude)
    return Tensor(
      zip(explanation.signedMap.values, away.values).map { $0 * $1 / ($1 * $1 + floor) }, shape: away.shape)
  }

  /// The meaning of a cell of ``view(of:input:)`` for a method with these traits. What a layer's cell contributes is of no input cell: such a map
  /// is a mask.
  public func quantity(of traits: MethodTraits) -> MelView.Quantity {
    guard traits.hasInputResolution else { return .decibels }
    return switch traits.meaning {
    case .sensitivity: .scorePerDecibel
    case .attribution: .score
    case .importance: .decibels
    }
  }

  private func view(_ map: Tensor, _ quantity: MelView.Quantity) -> MelView {
    MelView(
      signedMap: map, quantity: quantity, bandCentersHz: bandCentersHz,
      isExact: quantity == .decibels ? isInvertible : true)
  }

  /// Each cell of `[K, T]` combined with its standard deviation.
  private func scaled(_ map: Tensor, _ combine: (_ value: Float, _ deviation: Float) -> Float) -> Tensor {
    let (frames, columns) = (map.shape.rank == 2 ? map.shape[1] : 0, normalization.std.shape[1])
    demand(
      map.shape.rank == 2 && map.shape[0] == spec.binCount && (columns == 1 || columns == frames),
      "map \(map.shape) for \(spec.binCount) feature bins and normalisation \(normalization.std.shape)")
    let deviations = normalization.std.values
    let values = map.values.indices.map { index in
      combine(map.values[index], deviations[columns == 1 ? index / frames : index])
    }
    return Tensor(values, shape: map.shape)
  }
}
