import Audio
import Features
import Tensors
import Training

/// Feature maps of sound files as a model wants them, not yet standardised.
struct SoundWindows {
  private let extractor: FeatureExtractor

  /// Throws when the model does not know how its features are computed.
  init(model: GenreModel) throws {
    extractor = try FeatureExtractor(try model.soundSpec())
  }

  /// Every window of a file (which must not be silent) with its start in seconds, in time order.
  func forEachMap(of path: String, _ body: (Tensor, Double) throws -> Void) throws {
    try extractor.forEachMap(ofAudibleFile: path, windows: .all) { map in
      try body(map.values, map.startSeconds)
    }
  }

  /// The sound of the window that starts at a second, at the features' rate; shorter where the file ends.
  func sound(of path: String, at seconds: Double) throws -> Waveform {
    var reader = try AudioReader(path: path)
    if seconds > 0 { try reader.seek(toSeconds: seconds) }
    var stream = try WaveformStream(reader, sampleRateHz: extractor.spec.sampleRateHz)
    stream.limit(toSamples: extractor.spec.sampleCount)
    guard let sound = try stream.nextWindow(sampleCount: extractor.spec.sampleCount) else {
      throw GenreLensError(.badInput, "no sound from \(seconds) s on", path: path)
    }
    return sound
  }

  /// The features of a sound in memory.
  func map(of sound: Waveform) throws -> FeatureMap { try extractor.map(of: sound) }

  /// The window that starts at a second.
  func map(of path: String, at seconds: Double) throws -> FeatureMap {
    var found: FeatureMap?
    try extractor.forEachMap(ofAudibleFile: path, windows: .at(seconds)) { map in found = map }
    guard let map = found else {
      throw GenreLensError(.badInput, "no sound from \(seconds) s on", path: path)
    }
    return map
  }
}

extension GenreModel {
  /// How sound becomes this model's input. Throws when the training data did not say it.
  func soundSpec() throws(GenreLensError) -> FeatureSpec {
    guard let featureSpec else {
      throw GenreLensError(
        .badInput,
        "the model was trained on features of unknown origin: it cannot hear sound, only feature files")
    }
    return featureSpec
  }
}
