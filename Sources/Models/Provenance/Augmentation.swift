/// Seeded random changes to training maps, on which a classifier should not depend.
///
/// Everything is off by default. Lengths are in frames and bins, amounts in units of the maps they are applied to:
/// standard deviations, when the maps are standardised. Masks set to 0, the training mean of standardised maps. The order is that
/// of the properties; mixup and cutmix combine pairs within the batch, and their targets.
public struct Augmentation: Codable, Sendable, Hashable {
  /// Speeds up or slows down time by a factor within `1 / (1 + timeStretch) ... 1 + timeStretch`, log-uniform, by linear
  /// interpolation; the gap at the end is filled from the start.
  public var timeStretch: Float = 0
  /// Largest shift in time, in frames, in either direction.
  public var timeShiftFrames = 0
  /// Whether a shifted map wraps around; otherwise the gap is filled with 0.
  public var timeShiftWraps = true
  /// Parameter of the Beta distribution of a batch's mixing weight. 0 is off.
  ///
  /// Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv:1710.09412.
  public var mixup: Double = 0
  /// Probability that a section of time of random length is replaced by that of another clip in the batch.
  ///
  /// Source: Yun et al., "CutMix", ICCV 2019, arXiv:1905.04899; here a cut over all bins.
  public var cutmix: Float = 0
  /// Standard deviation of a normal value added to bin 0 of the whole clip, or to every row of a mel map: loudness.
  ///
  /// Adding g dB to each of M mel bands adds `g sqrt(M)` to coefficient 0 of the orthonormal DCT: see
  /// ``coefficientStep(ofDecibels:melBandCount:)``.
  public var gain: Float = 0
  /// Standard deviation of normal values added to bins `1 ... tiltBins` of the whole clip, one for each bin: microphone and
  /// equaliser. In mel maps they are the amplitudes of cosines over the rows, `cos(pi k (2 f + 1) / (2 F))`, k from 1.
  public var tilt: Float = 0
  /// Number of bins that ``tilt`` changes.
  public var tiltBins = 6
  /// Standard deviation of normal noise added to each cell.
  public var noise: Float = 0
  /// Number of masks in time.
  ///
  /// Source: Park et al., "SpecAugment", Interspeech 2019, doi:10.21437/Interspeech.2019-2680.
  public var timeMaskCount = 1
  /// Longest mask in time, in frames; each one's length is uniform from 0.
  public var timeMaskFrames = 0
  /// Largest mask over neighbouring bins: frequency of a mel map, quefrency of MFCC.
  public var binMaskBins = 0
  /// Number of masks over neighbouring mel bands, which are set to their training mean throughout the clip.
  ///
  /// For a mel map these are the rows; for MFCC, the bands before the DCT: see ``MelAxis``. The same source.
  public var melMaskCount = 1
  /// Largest number of bands in one such mask (the paper's F); the number is uniform from 0. 0 is off.
  public var melMaskBands = 0
  /// Probability that a bin is set to 0 throughout the clip.
  public var binDrop: Float = 0

  /// Changes nothing.
  public init() {}

  /// The change of coefficient 0 of an MFCC map that is not standardised if every mel band increases by `decibels`.
  public static func coefficientStep(ofDecibels decibels: Float, melBandCount: Int) -> Float {
    decibels * Float(melBandCount).squareRoot()
  }

  /// Whether nothing is changed.
  public var isIdentity: Bool {
    timeStretch == 0 && timeShiftFrames == 0 && mixup == 0 && cutmix == 0 && gain == 0 && tilt == 0
      && noise == 0
      && (timeMaskFrames == 0 || timeMaskCount == 0) && binMaskBins == 0 && binDrop == 0 && !masksMel
  }

  /// Whether mel bands are masked, for which the maps' ``MelAxis`` must be known.
  public var masksMel: Bool { melMaskCount > 0 && melMaskBands > 0 }

  private enum CodingKeys: String, CodingKey {
    case timeStretch, timeShiftFrames, timeShiftWraps, mixup, cutmix, gain, tilt, tiltBins, noise
    case timeMaskCount, timeMaskFrames, melMaskCount, melMaskBands, binMaskBins, binDrop
  }

  /// Omitted keys keep their defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<T: Decodable>(_ key: CodingKeys, _ initial: T) throws -> T {
      try values.decodeIfPresent(T.self, forKey: key) ?? initial
    }
    timeStretch = try read(.timeStretch, 0)
    timeShiftFrames = try read(.timeShiftFrames, 0)
    timeShiftWraps = try read(.timeShiftWraps, true)
    mixup = try read(.mixup, 0)
    cutmix = try read(.cutmix, 0)
    gain = try read(.gain, 0)
    tilt = try read(.tilt, 0)
    tiltBins = try read(.tiltBins, 6)
    noise = try read(.noise, 0)
    timeMaskCount = try read(.timeMaskCount, 1)
    timeMaskFrames = try read(.timeMaskFrames, 0)
    binMaskBins = try read(.binMaskBins, 0)
    melMaskCount = try read(.melMaskCount, 1)
    melMaskBands = try read(.melMaskBands, 0)
    binDrop = try read(.binDrop, 0)
    if let wrong = invalidKey {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath + [wrong], debugDescription: "out of its range"))
    }
  }

  /// A property that is out of its range; nil when all are fine. Every amount is finite and at least 0.
  private var invalidKey: CodingKeys? {
    for (key, value) in [
      (.timeStretch, timeStretch), (.cutmix, cutmix), (.gain, gain), (.tilt, tilt), (.noise, noise),
      (.binDrop, binDrop), (.mixup, Float(mixup)),
    ] as [(CodingKeys, Float)] where !(value >= 0 && value < .infinity) { return key }
    for (key, value) in [
      (.timeShiftFrames, timeShiftFrames), (.tiltBins, tiltBins), (.timeMaskCount, timeMaskCount),
      (.timeMaskFrames, timeMaskFrames), (.binMaskBins, binMaskBins), (.melMaskCount, melMaskCount),
      (.melMaskBands, melMaskBands),
    ] as [(CodingKeys, Int)] where !(0...1_000_000).contains(value) { return key }
    return cutmix > 1 ? .cutmix : binDrop > 1 ? .binDrop : nil
  }
}
