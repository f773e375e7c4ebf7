import Files
import Foundation
public import Tensors

/// Triangular filters on a mel scale, by default Slaney's, each of equal area: `librosa.filters.mel` with `htk=False`,
/// `norm="slaney"`.
///
/// Filter m rises from centre m - 1 to centre m and falls to centre m + 1, scaled by `2 / (upper edge - lower
/// edge)`. Other programs use another ``Scale``, ``Norm`` or ``Slopes``.
///
/// Source: M. Slaney, "Auditory Toolbox", Interval Research Technical Report 1998-010.
public struct MelFilterBank: Sendable {
  /// The mel scale.
  public enum Scale: String, Codable, Sendable, CaseIterable {
    /// Linear below 1 kHz (200/3 Hz per mel) and logarithmic above (27 mels for a factor of 6.4).
    case slaney
    /// `2595 log10(1 + f / 700)` (HTK, Kaldi, TensorFlow, PyTorch).
    case htk
  }

  /// The height of the filters.
  public enum Norm: String, Codable, Sendable, CaseIterable {
    /// Equal area: `2 / (upper edge - lower edge)`, in 1/Hz.
    case slaney
    /// All peaks are 1.
    case none
    /// The weights of a filter add up to 1 (librosa's `norm=1`).
    case sum
    /// Their squares do (`norm=2`).
    case euclidean
    /// Its largest weight is 1, wherever FFT bins lie (`norm=np.inf`).
    case maximum

    /// What the weights of a filter with a peak of 1 are divided by; 1 where the height is set by its edges.
    func length(of weights: [Float]) -> Double {
      let length =
        switch self {
        case .slaney, .none: 1.0
        case .sum: weights.reduce(0) { $0 + Double($1) }
        case .euclidean: weights.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        case .maximum: Double(weights.max() ?? 0)
        }
      return length > 0 ? length : 1
    }
  }

  /// The axis on which the sides of the triangles are straight.
  public enum Slopes: String, Codable, Sendable, CaseIterable {
    /// Hz (librosa, PyTorch).
    case hertz
    /// Mel (Kaldi, TensorFlow).
    case mel
  }

  /// Number of filters.
  public let bandCount: Int
  /// Number of FFT bins that they weight: `fftLength / 2 + 1`.
  public let binCount: Int
  /// Centre of each band in Hz, ascending.
  public let centerHz: [Double]
  /// The lower edge of the lowest band, all centres, the upper edge of the highest: `bandCount + 2` values in
  /// Hz.
  public let edgesHz: [Double]

  /// First FFT bin of each row, and where its weights lie.
  private let starts: [Int]
  private let offsets: [Int]
  /// Nonzero weights row by row, each row filled up with zeros to a multiple of ``lanes``.
  private let weights: [Float]
  /// Rows are padded to this many values; a power spectrum must be readable as far after its end.
  static let lanes = 8

  /// Traps unless `0 <= minimumHz < maximumHz` and the counts are positive.
  public init(
    sampleRateHz: Int, fftLength: Int, bandCount: Int, minimumHz: Double = 0, maximumHz: Double? = nil,
    scale: Scale = .slaney, norm: Norm = .slaney, slopes: Slopes = .hertz
  ) {
    let maximum = maximumHz ?? Double(sampleRateHz) / 2
    demand(
      bandCount > 0 && fftLength > 0 && minimumHz >= 0 && minimumHz < maximum,
      "\(bandCount) mel bands from \(minimumHz) to \(maximum) Hz with an FFT of \(fftLength)")
    self.bandCount = bandCount
    binCount = fftLength / 2 + 1
    let (low, high) = (Self.mel(fromHz: minimumHz, scale), Self.mel(fromHz: maximum, scale))
    let step = (high - low) / Double(bandCount + 1)
    let mels = (0..<bandCount + 2).map { $0 == bandCount + 1 ? high : low + Double($0) * step }
    let edges = mels.map { Self.hz(fromMel: $0, scale) }
    edgesHz = edges
    centerHz = Array(edges[1...bandCount])
    let binHz = 1 / (Double(fftLength) * (1 / Double(sampleRateHz)))
    let bins = (0..<binCount).map { bin in
      slopes == .mel ? Self.mel(fromHz: Double(bin) * binHz, scale) : Double(bin) * binHz
    }
    var (starts, offsets, weights): ([Int], [Int], [Float]) = ([], [], [])
    for band in 0..<bandCount {
      let height = norm == .slaney ? 2 / (edges[band + 2] - edges[band]) : 1
      let row = Self.row((slopes == .mel ? mels : edges)[band...(band + 2)], bins: bins, height: height)
      starts.append(row.start)
      offsets.append(weights.count)
      let length = norm.length(of: row.weights)
      weights += length == 1 ? row.weights : row.weights.map { Float(Double($0) / length) }
      weights += Array(repeating: 0, count: -row.weights.count & (Self.lanes - 1))
    }
    offsets.append(weights.count)
    (self.starts, self.offsets, self.weights) = (starts, offsets, weights)
  }

  /// The bank of a spec.
  public init(_ spec: FeatureSpec) {
    self.init(
      sampleRateHz: spec.sampleRateHz, fftLength: spec.fftLength, bandCount: spec.melBandCount,
      minimumHz: spec.minimumHz, maximumHz: spec.maximumHz, scale: spec.melScale, norm: spec.melNorm,
      slopes: spec.melSlopes)
  }

  private static func row(
    _ edges: ArraySlice<Double>, bins: [Double], height: Double
  ) -> (start: Int, weights: [Float]) {
    let (lower, center, upper) = (
      edges[edges.startIndex], edges[edges.startIndex + 1], edges[edges.startIndex + 2]
    )
    var (start, weights): (Int, [Float]) = (0, [])
    for (bin, place) in bins.enumerated() {
      let weight = Float(
        max(0, min((place - lower) / (center - lower), (upper - place) / (upper - center))))
      if weight > 0 {
        if weights.isEmpty { start = bin }
        weights.append(Float(Double(weight) * height))
      } else if !weights.isEmpty {
        break
      }
    }
    return (start, weights)
  }

  /// Hz to mel.
  public static func mel(fromHz hz: Double, _ scale: Scale = .slaney) -> Double {
    guard scale == .slaney else { return 2595 * log10(1 + hz / 700) }
    return hz < 1000 ? hz / (200.0 / 3) : 15 + log(hz / 1000) / (log(6.4) / 27)
  }

  /// Mel to Hz.
  public static func hz(fromMel mel: Double, _ scale: Scale = .slaney) -> Double {
    guard scale == .slaney else { return 700 * (pow(10, mel / 2595) - 1) }
    return mel < 15 ? mel * (200.0 / 3) : 1000 * exp((log(6.4) / 27) * (mel - 15))
  }

  /// The weights as a dense matrix, shape `[bandCount, binCount]`.
  public var matrix: Tensor {
    var result = Tensor(shape: [bandCount, binCount])
    for band in 0..<bandCount {
      let row = weights[offsets[band]..<offsets[band + 1]]
      for (index, weight) in row.enumerated() where weight != 0 {
        result[band, starts[band] + index] = weight
      }
    }
    return result
  }

  /// Mel powers of one power spectrum: `result[m] = sum_k weights[m, k] power[k]`.
  ///
  /// `power` must be readable (and finite) for `binCount + lanes` values.
  func apply(_ power: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    unsafe weights.withUnsafeBytes { weights in
      for band in 0..<bandCount {
        var sum = SIMD8<Float>.zero
        let spectrum = unsafe UnsafeRawPointer(power + starts[band])
        let (offset, end) = (4 &* offsets[band], 4 &* offsets[band &+ 1])
        var byte = offset
        while byte < end {
          let weight = unsafe weights.baseAddress!.loadUnaligned(fromByteOffset: byte, as: SIMD8<Float>.self)
          sum += unsafe weight * spectrum.loadUnaligned(fromByteOffset: byte &- offset, as: SIMD8<Float>.self)
          byte &+= 4 &* Self.lanes
        }
        let four = sum.lowHalf + sum.highHalf
        let two = four.lowHalf + four.highHalf
        unsafe result[band] = two.x + two.y
      }
    }
  }
}
