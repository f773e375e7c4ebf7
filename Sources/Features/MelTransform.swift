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
  /// The factor of row 0 before that: 1, or 1/2 where coefficient 0 of the DCT is larger by `sqrt(2)`.
  public let firstRowScale: Float
  /// Whether ``inverse(_:)`` restores every mel map: as many coefficients as bands.
  public let isInvertible: Bool

  init(matrix: Tensor, inverseScale: Float, isInvertible: Bool, firstRowScale: Float = 1) {
    (self.matrix, self.inverseScale, self.isInvertible) = (matrix, inverseScale, isInvertible)
    self.firstRowScale = firstRowScale
  }

  /// The mel map `[M, T]` described by rows `[F, T]`: exact when ``isInvertible``, otherwise its smooth part.
  public func inverse(_ rows: Tensor) -> Tensor {
    var rows = rows
    if firstRowScale != 1 {
      let frames = rows.shape[1]
      rows.withMutableSpan { values in
        for frame in 0..<frames { values[frame] *= firstRowScale }
      }
    }
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
