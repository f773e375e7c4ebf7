import Files
public import Tensors

/// The transform from mel bands in dB to the rows of a map, `x = P s`, and its inverses.
///
/// For MFCC, P is the DCT matrix; for smoothed mel bands it is ``CepstralSmoothing/matrix``.
public struct MelTransform: Sendable {
  /// P, shape `[F, M]`.
  public let matrix: Tensor
  /// The factor that makes P^T the (pseudo)inverse of P: 1 for the DCT, M / F for smoothed bands.
  public let inverseScale: Float
  /// Whether ``inverse(_:)`` restores every mel map: as many coefficients as bands.
  public let isInvertible: Bool

  /// The mel map `[M, T]` described by rows `[F, T]`: exact when ``isInvertible``, otherwise its smooth part.
  public func inverse(_ rows: Tensor) -> Tensor {
    let back = pullBack(rows)
    return inverseScale == 1 ? back : back.map { $0 * inverseScale }
  }

  /// The gradient with respect to the mel bands, `d y / d s = P^T d y / d x`: `[F, T]` to `[M, T]`. Exact by the chain rule.
  public func pullBack(_ gradient: Tensor) -> Tensor {
    demand(
      gradient.shape.rank == 2 && gradient.shape[0] == matrix.shape[0],
      "map \(gradient.shape), expected [\(matrix.shape[0]), T]")
    let frames = gradient.shape[1]
    return Tensor(shape: [matrix.shape[1], frames]) { result in
      matrixProduct(
        matrix.values.span, transposeA: true, gradient.values.span, rows: matrix.shape[1], columns: frames,
        inner: matrix.shape[0], into: &result)
    }
  }
}
