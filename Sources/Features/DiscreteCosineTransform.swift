import Files
import Foundation
public import Tensors

/// The orthonormal DCT-II over mel bands and its inverses.
///
/// `D[k, m] = sqrt((k == 0 ? 1 : 2) / M) cos(pi k (2 m + 1) / (2 M))`, as `scipy.fft.dct(type=2,
/// norm="ortho")`. With as many coefficients as bands, D is orthogonal: its transpose is its inverse.
///
/// Source: N. Ahmed, T. Natarajan and K. R. Rao, "Discrete Cosine Transform", 1974,
/// doi:10.1109/T-C.1974.223784.
public struct DiscreteCosineTransform: Sendable {
  /// Coefficients kept (F).
  public let coefficientCount: Int
  /// Mel bands (M).
  public let bandCount: Int
  /// D, shape `[F, M]`.
  public let matrix: Tensor

  /// Traps unless `1 <= coefficientCount <= bandCount`.
  public init(coefficientCount: Int, bandCount: Int) {
    demand(
      coefficientCount >= 1 && coefficientCount <= bandCount,
      "\(coefficientCount) coefficients from \(bandCount) bands")
    self.coefficientCount = coefficientCount
    self.bandCount = bandCount
    var values: [Float] = []
    values.reserveCapacity(coefficientCount * bandCount)
    for k in 0..<coefficientCount {
      let scale = ((k == 0 ? 1 : 2) / Double(bandCount)).squareRoot()
      for m in 0..<bandCount {
        // The angle modulo 2 pi in integers: k (2 m + 1) may be large.
        let turn = (k * (2 * m + 1)) % (4 * bandCount)
        values.append(Float(scale * cos(.pi * Double(turn) / Double(2 * bandCount))))
      }
    }
    matrix = Tensor(values, shape: [coefficientCount, bandCount])
  }

  /// Whether ``inverse(_:)`` restores every map exactly: as many coefficients as bands.
  public var isInvertible: Bool { coefficientCount == bandCount }

  /// MFCC `[F, T]` of a mel-dB map `[M, T]`: `D x`.
  public func forward(_ melDecibels: Tensor) -> Tensor {
    demand(
      melDecibels.shape.rank == 2 && melDecibels.shape[0] == bandCount,
      "map \(melDecibels.shape), expected [\(bandCount), T]")
    return product(melDecibels, transposed: false)
  }

  /// Mel-dB map `[M, T]` of MFCC `[F, T]`: `D^T y`.
  ///
  /// Exact when ``isInvertible``. With fewer coefficients it is the smooth map that they describe: of all maps with these
  /// coefficients, the one with the smallest norm, obtained by setting the missing coefficients to zero.
  public func inverse(_ mfcc: Tensor) -> Tensor {
    demand(
      mfcc.shape.rank == 2 && mfcc.shape[0] == coefficientCount,
      "map \(mfcc.shape), expected [\(coefficientCount), T]")
    return product(mfcc, transposed: true)
  }

  /// The gradient with respect to the mel map, `d y / d logmel = D^T d y / d mfcc`: `[F, T]` to `[M, T]`. Exact for any number
  /// of coefficients.
  public func pullBack(_ gradient: Tensor) -> Tensor { inverse(gradient) }

  private func product(_ operand: Tensor, transposed: Bool) -> Tensor {
    let frames = operand.shape[1]
    let (rows, inner) = transposed ? (bandCount, coefficientCount) : (coefficientCount, bandCount)
    return Tensor(shape: [rows, frames]) { result in
      matrixProduct(
        matrix.values.span, transposeA: transposed, operand.values.span, rows: rows, columns: frames,
        inner: inner,
        into: &result)
    }
  }
}

extension DiscreteCosineTransform {
  /// The scale of the coefficients.
  public enum Scaling: String, Codable, Sendable, CaseIterable {
    /// D as above: its rows are orthonormal (librosa).
    case orthonormal
    /// `sqrt(2 / M)` for all coefficients, the first one too (TensorFlow, KWT): coefficient 0 is larger by `sqrt(2)`.
    case uniform
  }

  /// The transform to the coefficients of an MFCC map, and back.
  func melTransform(_ scaling: Scaling) -> MelTransform {
    guard scaling == .uniform else {
      return MelTransform(matrix: matrix, inverseScale: 1, isInvertible: isInvertible)
    }
    let scaled = matrix.values.enumerated().map { index, value in
      index < bandCount ? value * Float(2).squareRoot() : value
    }
    return MelTransform(
      matrix: Tensor(scaled, shape: matrix.shape), inverseScale: 1, isInvertible: isInvertible,
      firstRowScale: 0.5)
  }
}

extension FeatureSpec {
  /// The DCT of an MFCC spec: ``binCount`` coefficients from ``melBandCount`` bands.
  public var cosineTransform: DiscreteCosineTransform {
    DiscreteCosineTransform(coefficientCount: min(binCount, melBandCount), bandCount: melBandCount)
  }
}

extension FeatureMap {
  /// The map on the mel axis in dB, `[M, T]`: itself for a mel map, the inverse DCT of an MFCC map (see
  /// ``DiscreteCosineTransform/inverse(_:)`` for fewer coefficients than bands), for a smoothed one, the map that its rows
  /// describe.
  public var melDecibels: Tensor {
    spec.melTransform?.inverse(values) ?? values
  }
}
