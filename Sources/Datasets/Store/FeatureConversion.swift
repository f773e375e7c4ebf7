public import Features
public import Files
public import Tensors

/// Conversion of maps of one kind to another kind without additional information, so no sound has to be decoded again.
///
/// MFCC and mel bands can be converted to MFCC with fewer coefficients, to smoothed mel rows or, with all coefficients, to mel
/// bands. All other properties (rate, window, hop, mel bank, dynamic range) must be the same in both.
public struct FeatureConversion: Sendable {
  public let source: FeatureSpec
  public let target: FeatureSpec

  /// Throws ``CodedError`` (`incompatible`) if the target cannot be computed from the source; the message says why.
  ///
  /// - Parameter path: the source's file, for the message.
  public init(from source: FeatureSpec, to target: FeatureSpec, path: String) throws(CodedError) {
    (self.source, self.target) = (source, target)
    if let problem { throw CodedError(.incompatible, problem, path: path) }
  }

  /// A map `[F, T]` of the source's kind as one of the target's.
  public func convert(_ map: Tensor) -> Tensor {
    if source == target { return map }
    let coefficients = source.kind == .mfcc ? map : source.cosineTransform.forward(map)
    switch target.kind {
    case .mfcc:
      let kept = target.binCount * map.shape[1]
      return Tensor(Array(coefficients.values.prefix(kept)), shape: [target.binCount, map.shape[1]])
    case .melDecibels, .logMel: return target.melDecibels(ofCoefficients: coefficients)
    case .smoothedMelDecibels:
      return target.cepstralSmoothing?.rows(ofCoefficients: coefficients) ?? map
    }
  }

  private var problem: String? {
    if source == target { return nil }
    let settings: [(String, Bool)] = [
      ("sampleRateHz", source.sampleRateHz == target.sampleRateHz),
      ("sampleCount", source.sampleCount == target.sampleCount),
      ("fftLength", source.fftLength == target.fftLength),
      ("hopLength", source.hopLength == target.hopLength),
      ("melBandCount", source.melBandCount == target.melBandCount),
      ("minimumHz", source.minimumHz == target.minimumHz),
      ("maximumHz", source.upperHz == target.upperHz),
      ("topDecibels", source.topDecibels == target.topDecibels),
      ("mono", source.mono == target.mono), ("framing", source.framing == target.framing),
      ("window", source.window == target.window),
      ("windowLength", source.frameLength == target.frameLength),
      ("removesMean", source.removesMean == target.removesMean),
      ("preemphasis", source.preemphasis == target.preemphasis),
      ("spectrum", source.spectrum == target.spectrum), ("melScale", source.melScale == target.melScale),
      ("melNorm", source.melNorm == target.melNorm), ("melSlopes", source.melSlopes == target.melSlopes),
      ("logarithm", source.logarithm == target.logarithm),
    ]
    if let differing = settings.first(where: { !$0.1 }) {
      return "its \(differing.0) is another than the wanted maps': compute those from the sound"
    }
    guard source.kind != .smoothedMelDecibels else { return "smoothed maps are not converted" }
    guard source.cosineScaling == .orthonormal, target.cosineScaling == .orthonormal else {
      return "coefficients of another scale are not converted: compute the wanted maps from the sound"
    }
    let known = source.kind == .mfcc ? source.binCount : source.melBandCount
    let needed =
      target.rowsAreBands ? target.melBandCount : target.coefficientCount ?? target.binCount
    return needed > known
      ? "it has \(known) coefficients, the wanted maps need \(needed): compute those from the sound" : nil
  }
}

extension FeatureSpec {
  /// The mel map of all coefficients.
  fileprivate func melDecibels(ofCoefficients mfcc: Tensor) -> Tensor {
    DiscreteCosineTransform(coefficientCount: melBandCount, bandCount: melBandCount).inverse(mfcc)
  }
}
