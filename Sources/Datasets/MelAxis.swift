public import Features
import Files
public import Tensors

/// The mel bands of standardised maps, on which masks are applied before the DCT.
///
/// With the orthonormal DCT `D` (F x M), MFCC `x = D mel`, training mean `u` and deviation `s` of each coefficient, and
/// standardised values `z = (x - u) / s`, setting the bands of a set S to their training mean gives
///
///     x' = x - D_S (mel_S - mean_S) = x - D_S D_S^T (x - u),      z' = z - (1 / s) D_S D_S^T (s z)
///
/// where `D_S` are the columns of D in S and `mel = D^T x`. With as many coefficients as bands that is exact: the bands of S get
/// their mean, and all others are unchanged. With fewer, it removes what the stored coefficients contain of these bands: the
/// least-norm mel map `D^T x` is masked and transformed again, and the bands next to S change slightly.
///
/// For a mel map, smoothed or not, the bands are the rows. Without standardisation the mean is 0, in dB or coefficients.
public struct MelAxis: Sendable {
  /// Mel bands (M).
  public let bandCount: Int
  /// Bins of the maps (F).
  public let binCount: Int
  /// Whether the rows themselves lie on the mel axis.
  var hasMelRows: Bool { columns == nil }
  /// Columns of D, band by band (`[M, F]`); nil for mel maps.
  private let columns: [Float]?
  /// Deviation of each bin, or of each cell.
  private let deviations: [Float]
  private let inverses: [Float]

  /// - Parameter deviations: of the standardisation, shape `[F, 1]` or `[F, T]`.
  public init(spec: FeatureSpec, deviations: Tensor) {
    demand(
      deviations.shape.rank == 2 && deviations.shape[0] == spec.binCount,
      "deviations \(deviations.shape) for \(spec.binCount) bins")
    (bandCount, binCount) = (spec.kind == .mfcc ? spec.melBandCount : spec.binCount, spec.binCount)
    // A coefficient 0 that is larger by sqrt(2) has a deviation that is: as one of the orthonormal DCT, it is smaller.
    let columnCount = spec.cosineScaling == .uniform ? deviations.shape[1] : 0
    let values = deviations.values.enumerated().map { index, value in
      index < columnCount ? value / Float(2).squareRoot() : value
    }
    self.deviations = values
    inverses = values.map { 1 / $0 }
    guard spec.kind == .mfcc else {
      columns = nil
      return
    }
    let (matrix, bins, bands) = (spec.cosineTransform.matrix.values, binCount, bandCount)
    columns = (0..<bands * bins).map { matrix[$0 % bins * bands + $0 / bins] }
  }

  /// Sets some bands of one standardised map, at `values[start...]`, to the training mean in all frames.
  func mask(_ ranges: [Range<Int>], of values: inout MutableSpan<Float>, at start: Int, frames: Int) {
    let bands = Set(ranges.joined()).sorted()
    guard !bands.isEmpty else { return }
    guard let columns else {
      for band in bands {
        for index in start + band * frames..<start + (band + 1) * frames { values[index] = 0 }
      }
      return
    }
    // mel_S - mean_S, a row for each band: D_S^T (s z).
    var mel = [Float](repeating: 0, count: bands.count * frames)
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe mel.withUnsafeMutableBufferPointer { mel in
        let map = unsafe values.baseAddress.unsafelyUnwrapped + start
        let rows = unsafe mel.baseAddress.unsafelyUnwrapped
        unsafe scale(map, by: deviations, frames)
        for (row, band) in bands.enumerated() {
          for bin in 0..<binCount {
            unsafe add(columns[band * binCount + bin], map + bin * frames, to: rows + row * frames, frames)
          }
        }
        for bin in 0..<binCount {
          for (row, band) in bands.enumerated() {
            unsafe add(-columns[band * binCount + bin], rows + row * frames, to: map + bin * frames, frames)
          }
        }
        unsafe scale(map, by: inverses, frames)
      }
    }
  }

  /// Multiplies a map by a factor for each bin or cell.
  private func scale(_ map: UnsafeMutablePointer<Float>, by factors: [Float], _ frames: Int) {
    let isPerCell = factors.count == binCount * frames && frames > 1
    for bin in 0..<binCount {
      for frame in 0..<frames {
        unsafe map[bin * frames + frame] *= factors[isPerCell ? bin * frames + frame : bin]
      }
    }
  }

  /// `target += factor * source`.
  @inline(__always)
  private func add(
    _ factor: Float, _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count { unsafe target[index] += factor * source[index] }
  }
}
