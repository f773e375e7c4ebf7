import Files
import Foundation
public import Tensors

/// A mel spectrogram as described by its first cepstral coefficients, at any number of points on the mel axis.
///
/// Of `M` mel bands `s` the DCT keeps `K` coefficients `c = D s`; `F` rows spread evenly over the same axis are then `E c`,
/// `E[f, k] = sqrt((k == 0 ? 1 : 2) / M) cos(pi k (2 f + 1) / (2 F))`: the inverse DCT, evaluated at `F` points instead of `M`.
/// Rows are in dB and, unlike coefficients, neighbours in frequency, which a convolution can exploit. With `K <= F` nothing is
/// lost between coefficients and rows. (Cepstral smoothing, "liftering": Bogert, Healy and Tukey 1963; Oppenheim and Schafer,
/// "From frequency to quefrency", 2004, doi:10.1109/MSP.2004.1328092.)
public struct CepstralSmoothing: Sendable {
  /// Cepstral coefficients kept (K).
  public let coefficientCount: Int
  /// Mel bands (M).
  public let bandCount: Int
  /// Rows of the smoothed map (F).
  public let rowCount: Int
  /// E, shape `[F, K]`: rows from coefficients.
  public let basis: Tensor
  /// E D, shape `[F, M]`: rows from mel bands.
  public let matrix: Tensor

  /// Traps unless `1 <= coefficientCount <= rowCount <= bandCount`.
  public init(coefficientCount: Int, rowCount: Int, bandCount: Int) {
    demand(
      coefficientCount >= 1 && coefficientCount <= rowCount && rowCount <= bandCount,
      "\(coefficientCount) coefficients, \(rowCount) rows, \(bandCount) bands")
    (self.coefficientCount, self.bandCount, self.rowCount) = (coefficientCount, bandCount, rowCount)
    var values: [Float] = []
    for row in 0..<rowCount {
      for k in 0..<coefficientCount {
        let scale = ((k == 0 ? 1 : 2) / Double(bandCount)).squareRoot()
        let turn = (k * (2 * row + 1)) % (4 * rowCount)
        values.append(Float(scale * cos(.pi * Double(turn) / Double(2 * rowCount))))
      }
    }
    let (basis, coefficients) = (values, coefficientCount)
    let transform = DiscreteCosineTransform(coefficientCount: coefficientCount, bandCount: bandCount)
    self.basis = Tensor(basis, shape: [rowCount, coefficientCount])
    matrix = Tensor(shape: [rowCount, bandCount]) { result in
      matrixProduct(
        basis.span, transform.matrix.values.span, rows: rowCount, columns: bandCount, inner: coefficients,
        into: &result)
    }
  }

  /// The smoothed map `[F, T]` in dB of an MFCC map with at least K coefficients, `[.., T]`; coefficients above K are ignored.
  public func rows(ofCoefficients mfcc: Tensor) -> Tensor {
    demand(
      mfcc.shape.rank == 2 && mfcc.shape[0] >= coefficientCount,
      "map \(mfcc.shape), at least [\(coefficientCount), T] expected")
    let frames = mfcc.shape[1]
    return Tensor(shape: [rowCount, frames]) { result in
      matrixProduct(
        basis.values.span, mfcc.values.span.extracting(0..<coefficientCount * frames), rows: rowCount,
        columns: frames, inner: coefficientCount, into: &result)
    }
  }
}

extension FeatureSpec {
  /// The smoothing of a smoothed mel spec; nil for other kinds. Traps when the spec is not valid.
  public var cepstralSmoothing: CepstralSmoothing? {
    guard kind == .smoothedMelDecibels, let coefficientCount else { return nil }
    return CepstralSmoothing(
      coefficientCount: coefficientCount, rowCount: binCount, bandCount: melBandCount)
  }

  /// Whether the rows of a map are the mel bands themselves.
  public var rowsAreBands: Bool { kind == .melDecibels || kind == .logMel }

  /// The transform from mel bands to the map's rows; nil for a mel map, whose rows are the bands.
  public var melTransform: MelTransform? {
    switch kind {
    case .melDecibels, .logMel: return nil
    case .mfcc: return cosineTransform.melTransform(cosineScaling)
    case .smoothedMelDecibels:
      return cepstralSmoothing.map { smoothing in
        MelTransform(
          matrix: smoothing.matrix, inverseScale: Float(melBandCount) / Float(binCount),
          isInvertible: smoothing.coefficientCount == melBandCount)
      }
    }
  }

  /// Centre in Hz of each row of a mel or smoothed mel map; nil for MFCC, whose rows are quefrencies.
  public var rowCentersHz: [Double]? {
    let centers = MelFilterBank(self).centerHz
    switch kind {
    case .mfcc: return nil
    case .melDecibels, .logMel: return centers
    case .smoothedMelDecibels:
      return (0..<binCount).map { row in
        let place = (Double(row) + 0.5) * Double(melBandCount) / Double(binCount) - 0.5
        let below = min(max(0, Int(place.rounded(.down))), centers.count - 1)
        let above = min(below + 1, centers.count - 1)
        let part = max(0, place - Double(below))
        return centers[below] * (1 - part) + centers[above] * part
      }
    }
  }

  /// What a row is, in a few words.
  public var kindName: String {
    switch kind {
    case .mfcc: "MFCC"
    case .melDecibels: "mel bands in dB"
    case .logMel: "mel bands under \(logarithm)"
    case .smoothedMelDecibels:
      "mel rows in dB, smoothed to \(coefficientCount ?? binCount) cepstral coefficients,"
    }
  }
}
