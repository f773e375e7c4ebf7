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
  ///
  /// - Parameter hopSeconds: from one window to the next; nil is window behind window.
  /// - Returns: what was noticed about the file.
  @discardableResult func forEachMap(
    of path: String, hopSeconds: Double? = nil, _ body: (Tensor, Double) throws -> Void
  ) throws -> [AudioNote] {
    if let hopSeconds {
      return try forEachOverlappingMap(of: path, hopSeconds: hopSeconds, body)
    }
    return try extractor.forEachMap(ofAudibleFile: path, windows: .all) { map in
      try body(map.values, map.startSeconds)
    }.notes
  }

  /// Windows that begin a hop behind each other. What is left at the end becomes a window, with silence behind it, when at
  /// least half a window of it was not in the one before, or when there is no other: as for window behind window.
  private func forEachOverlappingMap(
    of path: String, hopSeconds: Double, _ body: (Tensor, Double) throws -> Void
  ) throws -> [AudioNote] {
    let (rate, length) = (extractor.spec.sampleRateHz, extractor.spec.sampleCount)
    var stream = try WaveformStream(path: path, sampleRateHz: rate)
    var (held, index, start, heard, isAudible) = ([Float](), 0, 0, 0, false)
    while true {
      if held.count < length, let more = try stream.nextWindow(sampleCount: length - held.count) {
        held += more.samples
      }
      let end = start + held.count
      guard !held.isEmpty, held.count == length || heard == 0 || 2 * (end - heard) >= length else { break }
      let seconds = Double(start) / Double(rate)
      let map = try extractor.map(of: Waveform(samples: held, sampleRateHz: rate), startSeconds: seconds)
      if !isAudible { isAudible = !map.isSilent }
      try body(map.values, seconds)
      heard = end
      guard held.count == length else { break }
      // From the beginning, so that a hop of no whole number of samples does not drift.
      index += 1
      let next = max(start + 1, Int((Double(index) * hopSeconds * Double(rate)).rounded()))
      let hop = next - start
      held.removeFirst(min(hop, held.count))
      // A hop beyond the window passes over sound, a part at a time.
      var passed = length
      while passed < hop, let part = try stream.nextWindow(sampleCount: min(length, hop - passed)) {
        passed += part.samples.count
      }
      start = next
    }
    guard isAudible else {
      throw heard == 0
        ? AudioError(.empty, "no samples in it", path: path)
        : AudioError(.silent, "only silence in it", path: path)
    }
    return stream.notes
  }

  /// The sound of the window that starts at a second, at the features' rate; shorter where the file ends.
  func sound(of path: String, at seconds: Double) throws -> Waveform {
    try Self.sound(of: path, at: seconds, spec: extractor.spec)
  }

  /// The same for any features.
  static func sound(of path: String, at seconds: Double, spec: FeatureSpec) throws -> Waveform {
    var reader = try AudioReader(path: path)
    if seconds > 0 { try reader.seek(toSeconds: seconds) }
    var stream = try WaveformStream(reader, sampleRateHz: spec.sampleRateHz)
    stream.limit(toSamples: spec.sampleCount)
    guard let sound = try stream.nextWindow(sampleCount: spec.sampleCount) else {
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
