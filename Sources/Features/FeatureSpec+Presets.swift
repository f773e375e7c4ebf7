extension FeatureSpec {
  /// 128 coefficients x 431 frames of 10 s: the founding input.
  public static let mfcc128 = FeatureSpec()
  /// 20 coefficients x 130 frames of 3 s (66 150 samples): librosa's defaults.
  public static let mfcc20: FeatureSpec = {
    var spec = FeatureSpec()
    spec.binCount = 20
    spec.sampleCount = 66_150
    return spec
  }()
  /// 128 mel bands in dB x 431 frames of 10 s.
  public static let mel128: FeatureSpec = {
    var spec = FeatureSpec()
    spec.kind = .melDecibels
    return spec
  }()

  /// 20 rows over the mel axis in dB, smoothed to 20 cepstral coefficients, x 130 frames of 3 s: the information of ``mfcc20`` on
  /// a frequency axis.
  public static let smel20: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    spec.kind = .smoothedMelDecibels
    spec.coefficientCount = 20
    return spec
  }()

  /// Names that ``named(_:)`` knows.
  public static let names = presets.map(\.name)

  /// A preset by its name; nil for an unknown one.
  public static func named(_ name: String) -> FeatureSpec? { presets.first { $0.name == name }?.spec }

  private static let presets: [(name: String, spec: FeatureSpec)] = [
    ("mfcc128", mfcc128), ("mfcc20", mfcc20), ("mel128", mel128), ("smel20", smel20), ("musicnn", musicnn),
    ("essentia-musicnn", essentiaMusiCNN), ("won-tagger", wonTagger), ("won-musicnn", wonMusicnn),
    ("self-attention-tagger", selfAttentionTagger), ("choi", choi), ("kwt", kwt), ("vggish", vggish),
    ("yamnet", yamnet), ("panns", panns), ("kaldi-ast", kaldiAST),
  ]
}
