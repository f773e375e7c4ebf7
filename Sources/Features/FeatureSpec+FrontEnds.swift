/// Front ends of other people's networks: what their own code computes, to the number (docs/features.md has the measured
/// differences). Windows are as long as the network's input.
extension FeatureSpec {
  /// musicnn's: 16 kHz, 96 Slaney mel bands under `log10(1 + 10000 x)`, frames of 512 samples every 256, 187 frames (3 s).
  ///
  /// The original takes patches of 187 frames from the map of the whole file, so the first and last frame of a patch hear their
  /// neighbours; here they hear the window mirrored. It rounds mel powers to half precision, in which 10 000 x is infinite above
  /// 6.55: that is not reproduced. Windows of 2.992 s follow each other as its patches do. Source: J. Pons and X. Serra, "musicnn",
  /// 2019, arXiv:1909.06654.
  public static let musicnn: FeatureSpec = {
    var spec = bands(96, of: 512, every: 256, sampleRateHz: 16_000)
    (spec.kind, spec.logarithm) = (.logMel, .onePlus(scale: 10_000))
    spec.topDecibels = nil
    spec.framing = .mirrored
    // One sample less than 187 hops, with which there would be another frame.
    spec.sampleCount = 187 * 256 - 1
    return spec
  }()

  /// Essentia's `TensorflowInputMusiCNN` on frames of `FrameGenerator`: ``musicnn`` with a symmetric window, and silence beyond
  /// the ends.
  public static let essentiaMusiCNN: FeatureSpec = {
    var spec = musicnn
    (spec.window, spec.framing) = (.symmetricHann, .centered)
    return spec
  }()

  /// The benchmark taggers' (FCN, CRNN): 16 kHz, 96 HTK mel bands from PyTorch in dB, 1813 frames (29 s).
  ///
  /// Source: M. Won, A. Ferraro, D. Bogdanov and X. Serra, "Evaluation of CNN-based automatic music tagging models", 2020,
  /// arXiv:2006.00751.
  public static let wonTagger: FeatureSpec = {
    var spec = bands(96, of: 512, every: 256, sampleRateHz: 16_000)
    spec.topDecibels = nil
    (spec.melScale, spec.melNorm, spec.framing) = (.htk, .none, .mirrored)
    spec.sampleCount = 29 * 16_000
    return spec
  }()

  /// The benchmark's Musicnn: ``wonTagger`` of 3 s, 188 frames.
  public static let wonMusicnn: FeatureSpec = {
    var spec = wonTagger
    spec.sampleCount = 3 * 16_000
    return spec
  }()

  /// The self-attention tagger's: 16 kHz, 96 Slaney mel bands, 256 frames (4.1 s), `amplitude_to_db` of the *power*: decibels
  /// count twice, and the range of 80 below the loudest cell is 40 dB of sound.
  ///
  /// The original's loudest cell is that of the whole track, here that of the window. Source: M. Won, S. Chun and X. Serra, "Toward
  /// interpretable music tagging with self-attention", 2019, arXiv:1906.04972.
  public static let selfAttentionTagger: FeatureSpec = {
    var spec = bands(96, of: 512, every: 256, sampleRateHz: 16_000)
    (spec.logarithm, spec.framing) = (.amplitudeDecibels, .mirrored)
    // One sample less than 256 hops, with which there would be another frame.
    spec.sampleCount = 256 * 256 - 1
    return spec
  }()

  /// Choi's taggers': 12 kHz, 96 Slaney mel bands, 1366 frames (29.1 s), decibels of the squared power, which count twice.
  ///
  /// The original takes the middle of a longer file. Source: K. Choi, G. Fazekas, M. Sandler and K. Cho, "Convolutional recurrent
  /// neural networks for music classification", 2016, arXiv:1609.04243.
  public static let choi: FeatureSpec = {
    var spec = bands(96, of: 512, every: 256, sampleRateHz: 12_000)
    (spec.logarithm, spec.framing) = (.amplitudeDecibels, .mirrored)
    spec.sampleCount = 1365 * 256
    return spec
  }()

  /// The keyword transformer's (KWT): 16 kHz, 40 MFCC of 80 HTK mel bands (20 to 7600 Hz) of the magnitude, `ln(max(x, 1e-12))`,
  /// frames of 480 samples every 160, 98 frames (1 s).
  ///
  /// Source: A. Berg, M. O'Connor and M. T. Cruz, "Keyword Transformer", 2021, arXiv:2104.00769; the flags of its training.
  public static let kwt: FeatureSpec = {
    var spec = tensorFlow(bands: 80, from: 20, to: 7600, frame: 480)
    (spec.kind, spec.binCount, spec.cosineScaling) = (.mfcc, 40, .uniform)
    (spec.logarithm, spec.sampleCount) = (.floored(1e-12), 16_000)
    return spec
  }()

  /// VGGish's: 16 kHz, 64 HTK mel bands (125 to 7500 Hz) of the magnitude, `ln(x + 0.01)`, frames of 400 samples every 160,
  /// 96 frames.
  ///
  /// Its examples start every 0.96 s. Source: S. Hershey et al., "CNN architectures for large-scale audio classification", 2017,
  /// arXiv:1609.09430.
  public static let vggish: FeatureSpec = {
    var spec = tensorFlow(bands: 64, from: 125, to: 7500, frame: 400)
    (spec.logarithm, spec.sampleCount) = (.offset(0.01), 15_600)
    return spec
  }()

  /// YAMNet's: ``vggish`` under `ln(x + 0.001)`; its examples start every 0.48 s.
  public static let yamnet: FeatureSpec = {
    var spec = vggish
    spec.logarithm = .offset(0.001)
    return spec
  }()

  /// PANNs' (CNN14 and others): 32 kHz, 64 Slaney mel bands (50 to 14 000 Hz) in dB, frames of 1024 samples every 320,
  /// 1001 frames (10 s).
  ///
  /// Source: Q. Kong et al., "PANNs: Large-scale pretrained audio neural networks for audio pattern recognition", 2020,
  /// arXiv:1912.10211.
  public static let panns: FeatureSpec = {
    var spec = bands(64, of: 1024, every: 320, sampleRateHz: 32_000)
    (spec.minimumHz, spec.maximumHz, spec.topDecibels) = (50, 14_000, nil)
    (spec.framing, spec.sampleCount) = (.mirrored, 320_000)
    return spec
  }()

  /// The audio spectrogram transformer's (AST): Kaldi's filter bank without dither, with a Hann window, 128 HTK mel bands from
  /// 20 Hz, frames of 400 samples every 160, 1024 frames (10.26 s).
  ///
  /// It is standardised by (x + 4.2677) / (2 x 4.5690) (``publishedNormalization``), and the original pads a shorter clip by zeros in the map, here by silence in
  /// the sound. Kaldi's own default window is ``FrameWindow/povey``. Source: Y. Gong, Y.-A. Chung and J. Glass, "AST: Audio
  /// Spectrogram Transformer", 2021, arXiv:2104.01778.
  public static let kaldiAST: FeatureSpec = {
    var spec = tensorFlow(bands: 128, from: 20, to: nil, frame: 400)
    (spec.spectrum, spec.window) = (.power, .symmetricHann)
    (spec.removesMean, spec.preemphasis) = (true, 0.97)
    // Single precision's epsilon.
    spec.logarithm = .floored(1.1920929e-7)
    spec.sampleCount = 1023 * 160 + 400
    return spec
  }()

  /// What the original does to the maps after the front end: of ``kaldiAST``, (x + 4.2677) / (2 x 4.5690); nil of all others.
  public var publishedNormalization: FeatureNormalization? {
    guard differences(from: .kaldiAST, anyLength: true).isEmpty else { return nil }
    return .uniform(mean: -4.2677, std: 2 * 4.5690, binCount: binCount)
  }

  /// Mel bands in dB of a transform.
  private static func bands(
    _ count: Int, of fftLength: Int, every hopLength: Int, sampleRateHz: Int
  ) -> FeatureSpec {
    var spec = FeatureSpec()
    spec.kind = .melDecibels
    (spec.binCount, spec.melBandCount, spec.sampleRateHz) = (count, count, sampleRateHz)
    (spec.fftLength, spec.hopLength) = (fftLength, hopLength)
    return spec
  }

  /// Mel bands of speech programs at 16 kHz: magnitudes of frames within the window, every 160 samples, on slopes that are
  /// straight in mel.
  private static func tensorFlow(
    bands count: Int, from minimumHz: Double, to maximumHz: Double?, frame: Int
  ) -> FeatureSpec {
    var spec = bands(count, of: 512, every: 160, sampleRateHz: 16_000)
    (spec.kind, spec.topDecibels) = (.logMel, nil)
    (spec.minimumHz, spec.maximumHz) = (minimumHz, maximumHz)
    (spec.framing, spec.windowLength, spec.spectrum) = (.inside, frame, .magnitude)
    (spec.melScale, spec.melNorm, spec.melSlopes) = (.htk, .none, .mel)
    return spec
  }
}
