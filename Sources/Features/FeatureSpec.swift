public import Audio
import Files

/// How sound is converted to a feature map: everything needed to compute the same numbers again.
///
/// ```swift
/// var spec = FeatureSpec.mel128
/// spec.sampleCount = 3 * spec.sampleRateHz              // windows of 3 s
/// let map = try FeatureExtractor(spec).maps(ofFile: "song.mp3")[0]
/// ```
///
/// Maps are comparable if ``differences(from:anyLength:)`` of their specifications is empty, not if their shapes are equal: 20 x
/// 130 values may be cepstral coefficients or mel bands, at any sample rate.
///
/// The defaults are librosa's (0.11): periodic Hann window, centred frames with zero padding, power spectrum,
/// Slaney mel bands with Slaney normalisation, `power_to_db(ref=1.0, amin=1e-10, top_db=80)`, orthonormal
/// DCT-II. The spec is versioned and stored in the checkpoint. Front ends of other programs are presets: ``musicnn``,
/// ``wonTagger``, ``vggish`` and others.
public struct FeatureSpec: Codable, Sendable, Hashable {
  /// What a row of the map is.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Mel-frequency cepstral coefficients; row 0 is coefficient 0. The axis is quefrency, not Hz.
    case mfcc
    /// Mel bands in decibels; row 0 is the lowest band.
    case melDecibels
    /// Rows along the mel axis in decibels, smoothed to ``coefficientCount`` cepstral coefficients; row 0 is the lowest. See
    /// ``CepstralSmoothing``.
    case smoothedMelDecibels
    /// Mel bands under a ``FeatureSpec/logarithm`` that does not give decibels; row 0 is the lowest band.
    case logMel
  }

  /// The version written by this software.
  public static let currentVersion = 1
  /// Version of this description; a reader refuses a later one.
  public var version = Self.currentVersion
  public var kind = Kind.mfcc
  /// Rows of the map: MFCC coefficients kept, mel bands, or rows of a smoothed map.
  public var binCount = 128
  /// Cepstral coefficients that a smoothed mel map keeps; nil for the other kinds.
  public var coefficientCount: Int?
  /// Rate at which features are computed, in Hz.
  public var sampleRateHz = 22_050
  /// Samples of one window: 10 s by default.
  public var sampleCount = 220_500
  /// STFT length in samples (`n_fft`).
  public var fftLength = 2048
  /// Samples between frames.
  public var hopLength = 512
  /// Number of mel bands before the DCT.
  public var melBandCount = 128
  /// Lower edge of the mel bank, in Hz.
  public var minimumHz = 0.0
  /// Upper edge of the mel bank, in Hz; nil is half the sample rate.
  public var maximumHz: Double?
  /// How the channels of a file are mixed to one. Written only if it is not the mean.
  public var mono = ChannelMix.mean
  /// Dynamic range kept below the maximum, in dB; nil keeps all.
  public var topDecibels: Double? = 80

  // Of other programs. Written only where they are not the default: a reader of an earlier version refuses a key that it does not
  // know.

  /// Where frames are, and what is beyond the ends.
  public var framing = Framing.centered
  /// What a frame's samples are multiplied by.
  public var window = FrameWindow.hann
  /// Samples of the window, in the middle of a centred transform; nil is ``fftLength``.
  public var windowLength: Int?
  /// Whether the mean is taken off each frame (Kaldi's `remove_dc_offset`).
  public var removesMean = false
  /// The share of the previous sample that is taken off each one, within the frame and after the mean; Kaldi's is 0.97.
  public var preemphasis = 0.0
  /// What the mel bank weights.
  public var spectrum = Spectrum.power
  /// The mel bank.
  public var melScale = MelFilterBank.Scale.slaney
  public var melNorm = MelFilterBank.Norm.slaney
  public var melSlopes = MelFilterBank.Slopes.hertz
  /// What becomes of mel values; ``topDecibels`` applies to decibels only and is nil for others.
  public var logarithm = Logarithm.powerDecibels
  /// The scale of an MFCC map's coefficients.
  public var cosineScaling = DiscreteCosineTransform.Scaling.orthonormal

  /// What the mel bank weights: `|X|^2` or `|X|`.
  public enum Spectrum: String, Codable, Sendable, CaseIterable {
    case power
    case magnitude
  }

  public init() {}

  /// The same features for a window of `count` frames: the shortest one, `(count - 1) hopLength` samples where frames are
  /// centred. Traps unless `count` is positive.
  ///
  /// A section of a longer map is not quite the map of that section: a window has silence beyond its ends, and ``topDecibels`` is
  /// relative to the window's own maximum.
  public func cropped(toFrames count: Int) -> FeatureSpec {
    demand(count > 0, "\(count) frames")
    guard count != frameCount else { return self }
    var result = self
    result.sampleCount = sampleCount(ofFrames: count)
    return result
  }

  /// Frames of a padded window whose centre is in its sound, not in the added silence; at least one.
  public func soundFrameCount(paddedSeconds: Double) -> Int {
    guard paddedSeconds > 0 else { return frameCount }
    let samples = (seconds - paddedSeconds) * Double(sampleRateHz) - Double(firstFrameCenter)
    return max(1, min(frameCount, Int((samples / Double(hopLength)).rounded(.up))))
  }

  /// How much of a section of a window is silence that was added after its sound, in seconds.
  ///
  /// - Parameters:
  ///   - paddedSeconds: at the end of the whole window.
  ///   - start: the first frame of the section.
  ///   - stretchSeconds: the length of the section.
  public func padding(ofStretchFrom start: Int, seconds stretchSeconds: Double, paddedSeconds: Double)
    -> Double
  {
    guard paddedSeconds > 0 else { return 0 }
    let end = Double(start * hopLength) / Double(sampleRateHz) + stretchSeconds
    return min(stretchSeconds, max(0, end - (seconds - paddedSeconds)))
  }

  /// Length of one window in seconds.
  public var seconds: Double { Double(sampleCount) / Double(sampleRateHz) }
}
