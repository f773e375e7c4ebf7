public import Audio
public import Files
public import Tensors

/// How much louder a sound gets from frame to frame: peaks mark the beginnings of notes and beats.
///
/// With L the mel spectrogram in dB, `[M, T]`, the value of frame t is the mean over the bands of
/// `max(0, L[m, t'] - L[m, t' - 1])`, `t' = t - n_fft / (2 hop)`; the shift compensates for a frame looking half a window ahead,
/// and the first frames are 0. `librosa.onset.onset_strength` of 0.11 with its defaults (mean over bands, lag 1, no maximum
/// filter).
///
/// Source: S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013 (without the filter).
public struct OnsetStrength: Sendable, Hashable {
  /// One value for each frame of the spectrogram, in dB; at least 0.
  public let values: [Float]
  /// In Hz.
  public let sampleRateHz: Int
  /// Samples between frames.
  public let hopLength: Int

  /// The onset strength of a mel map in dB, `[M, T]`, made with these frames. Traps on any other rank and on lengths that are not
  /// positive.
  public init(melDecibels: Tensor, sampleRateHz: Int, hopLength: Int, fftLength: Int) {
    demand(
      melDecibels.shape.rank == 2 && sampleRateHz > 0 && hopLength > 0 && fftLength > 0,
      "map \(melDecibels.shape) at \(sampleRateHz) Hz, hop \(hopLength), FFT \(fftLength)")
    let (bands, frames) = (melDecibels.shape[0], melDecibels.shape[1])
    let map = melDecibels.values
    var sums = [Float](repeating: 0, count: max(0, frames - 1))
    for band in 0..<bands {
      let row = band * frames
      for frame in sums.indices { sums[frame] += max(0, map[row + frame + 1] - map[row + frame]) }
    }
    let delay = min(frames, 1 + fftLength / (2 * hopLength))
    values =
      Array(repeating: 0, count: delay) + sums.prefix(frames - delay).map { $0 / Float(bands) }
    self.sampleRateHz = sampleRateHz
    self.hopLength = hopLength
  }

  /// The onset strength of features: of mel maps directly, of others through their mel map (``FeatureMap/melDecibels``), which is
  /// complete for as many coefficients as bands and smoothed for fewer.
  public init(_ map: FeatureMap) {
    self.init(
      melDecibels: map.melDecibels, sampleRateHz: map.spec.sampleRateHz, hopLength: map.spec.hopLength,
      fftLength: map.spec.fftLength)
  }

  /// The onset strength of a sound: 128 mel bands up to half its sample rate, frames of 2048 samples, 512 apart, 80 dB below the
  /// loudest cell.
  ///
  /// Throws ``CodedError`` for a rate or length that features cannot have (`invalidSpec`) and samples whose power overflows.
  /// A sound without samples has no frames.
  public init(_ sound: Waveform) throws(CodedError) {
    var spec = FeatureSpec()
    spec.kind = .melDecibels
    spec.sampleRateHz = sound.sampleRateHz
    spec.sampleCount = sound.samples.count
    guard !sound.samples.isEmpty else {
      self.init(
        melDecibels: Tensor(shape: [1, 0]), sampleRateHz: sound.sampleRateHz, hopLength: spec.hopLength,
        fftLength: spec.fftLength)
      return
    }
    self.init(try FeatureExtractor(spec).map(of: sound))
  }

  /// Frames per second.
  public var framesPerSecond: Double { Double(sampleRateHz) / Double(hopLength) }
}
