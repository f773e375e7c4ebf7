public import Audio
package import Features
package import Files
public import Models
package import Tensors

/// Feature maps of sound files as a model wants them, not yet standardised.
package struct SoundWindows {
  /// What is to be said of a file that was heard.
  package struct Heard {
    package var notes: [AudioNote]
    /// Silence added after the last window.
    var paddedSeconds: Double
    /// Hashes of the maps, where they were asked for.
    var mapHashes: Set<UInt64> = []
    /// How long the sound is; 0 before it was heard.
    var seconds = 0.0

    package init(
      notes: [AudioNote], paddedSeconds: Double, mapHashes: Set<UInt64> = [], seconds: Double = 0
    ) {
      (self.notes, self.paddedSeconds) = (notes, paddedSeconds)
      (self.mapHashes, self.seconds) = (mapHashes, seconds)
    }
  }

  private let extractor: FeatureExtractor

  /// Throws when the model does not know how its features are computed.
  package init(model: GenreModel) throws {
    extractor = try FeatureExtractor(try model.soundSpec())
  }

  /// Every window of a file (which must not be silent) with its start in seconds, in time order.
  ///
  /// - Parameter hopSeconds: from one window to the next; nil is window after window.
  @discardableResult package func forEachMap(
    of path: String, segment: SoundSegment? = nil, hopSeconds: Double? = nil,
    _ body: (Tensor, Double) throws -> Void
  ) throws -> Heard {
    var padded = 0.0
    let reading = try extractor.forEachMap(
      ofAudibleFile: path, windows: hopSeconds.map { .every($0) } ?? .all, segment: segment
    ) { map in
      padded = map.paddedSeconds
      try body(map.values, map.startSeconds)
    }
    return Heard(notes: reading.notes, paddedSeconds: padded, seconds: reading.seconds ?? 0)
  }

  /// How long a window is.
  package var windowSeconds: Double { extractor.spec.seconds }

  /// A file's windows with their probabilities; silence added after the sound is no part of the last one.
  package func windows(of scores: TrackScores, paddedSeconds: Double) -> [Timeline.Window] {
    scores.windows.enumerated().compactMap { index, window in
      guard case .at(let start) = window.place else { return nil }
      return Timeline.Window(
        startSeconds: start, length: windowSeconds,
        paddedSeconds: index == scores.windows.count - 1 ? paddedSeconds : 0,
        probabilities: window.probabilities)
    }
  }

  /// The sound of the window that starts at a second, at the features' rate; shorter where the file or segment ends.
  package func sound(of path: String, segment: SoundSegment? = nil, at seconds: Double) throws -> Waveform {
    try Self.sound(of: path, segment: segment, at: seconds, spec: extractor.spec)
  }

  /// The same for any features.
  package static func sound(
    of path: String, segment: SoundSegment? = nil, at seconds: Double, spec: FeatureSpec
  ) throws -> Waveform {
    var stream = try WindowStream(
      path: path, sampleRateHz: spec.sampleRateHz, sampleCount: spec.sampleCount, segment: segment,
      mix: spec.mono)
    return try stream.waveform(atSeconds: seconds)
  }

  /// The features of a sound in memory.
  package func map(of sound: Waveform) throws -> FeatureMap { try extractor.map(of: sound) }

  /// The window that starts at a second.
  package func map(of path: String, segment: SoundSegment? = nil, at seconds: Double) throws -> FeatureMap {
    try window(of: path, segment: segment, at: seconds).map
  }

  /// The same with what was noticed about the file up to the window's end.
  package func window(
    of path: String, segment: SoundSegment? = nil, at seconds: Double
  ) throws -> (map: FeatureMap, notes: [AudioNote]) {
    var found: FeatureMap?
    let reading = try extractor.forEachMap(ofAudibleFile: path, windows: .at(seconds), segment: segment) {
      found = $0
    }
    guard let map = found else {
      throw CodedError(.badInput, "no sound from \(seconds) s on", path: path)
    }
    return (map, reading.notes)
  }
}

extension GenreModel {
  /// The same model with a different mix of channels from the one that it was trained on.
  public func hearing(_ mix: ChannelMix) -> GenreModel {
    guard case .sound(var spec)? = frontEnd else { return self }
    var result = self
    spec.mono = mix
    result.frontEnd = .sound(spec)
    return result
  }

  /// How sound becomes this model's input. Throws when the training data did not say it.
  package func soundSpec() throws(CodedError) -> FeatureSpec {
    try requireNoPictures()
    guard let featureSpec else {
      throw CodedError(
        .badInput,
        "the model\(name.map { " \($0)" } ?? "") was trained on features of unknown origin: it cannot hear sound, only feature files (explain X.npy --row 0)"
      )
    }
    return featureSpec
  }

  /// Throws ``CodedError`` `badInput` for a model of pictures where sound or its maps are to be heard.
  ///
  /// - Parameter path: what is to be heard.
  package func requireNoPictures(for path: String = "") throws(CodedError) {
    guard pictureSpec == nil else {
      throw CodedError(
        .badInput, "the model\(name.map { " \($0)" } ?? "") takes pictures, not sound", path: path)
    }
  }
}
