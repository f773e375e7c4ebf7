public import Audio
import Files

extension FeatureExtractor {
  /// Maps of a sound file, in time order. For a long track prefer
  /// ``forEachMap(ofFile:windows:shortClip:limits:segment:variant:recordsContent:_:)``, which keeps one map at a time.
  ///
  /// Throws ``CodedError`` for the file (`tooShort` when padding is refused) and for its samples.
  public func maps(
    ofFile path: String, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    limits: AudioLimits = AudioLimits(), segment: SoundSegment? = nil
  ) throws -> [FeatureMap] {
    var maps: [FeatureMap] = []
    try forEachMap(
      ofFile: path, windows: windows, shortClip: shortClip, limits: limits, segment: segment
    ) { maps.append($0) }
    return maps
  }

  /// Calls `body` with each map of a sound file, in time order, in memory that does not grow with the file.
  ///
  /// The file is decoded only up to the end of the last window. Every window is cut out of the whole sound after resampling (see
  /// ``WindowStream``), so it has the same map whichever windows are requested: the one that starts at second s is samples
  /// `round(s rate) ..< round(s rate) + sampleCount` of `librosa.load(path)`. Throws as
  /// ``maps(ofFile:windows:shortClip:limits:segment:)``, and whatever `body` throws.
  ///
  /// - Parameters:
  ///   - segment: the section of the file from which windows are taken; nothing outside it is heard, and a short one is followed
  ///     by silence.
  ///   - variant: a change of the sound before its map is computed. Each window is changed separately, from as many seconds as
  ///     needed: a window stretched by rate r is made from r windows of the file.
  /// - Returns: problems noticed in the file, and the key of what was read, if `recordsContent` requests it: as long as a file
  ///   matches it, that file has these maps.
  @discardableResult public func forEachMap(
    ofFile path: String, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    limits: AudioLimits = AudioLimits(), segment: SoundSegment? = nil, variant: SoundVariant? = nil,
    recordsContent: Bool = false, _ body: (FeatureMap) throws -> Void
  ) throws -> AudioReading {
    var request = WindowRequest(windows: windows, shortClip: shortClip, variant: variant)
    if case .spread(let most, let hop) = windows {
      demand(most > 0, "at most \(most) windows")
      request.windows = hop.map { .every($0) } ?? .all
      request.chosen = []
      let count = try pass(over: path, limits, segment, request, recordsContent: false) { _ in }.count
      request.chosen = count > most ? Set(FeatureWindows.numbers(most, of: count)) : nil
    }
    return try pass(over: path, limits, segment, request, recordsContent: recordsContent, body).reading
  }

  /// One pass over a file or a segment of it: what was read, and how many windows there are.
  private func pass(
    over path: String, _ limits: AudioLimits, _ segment: SoundSegment?, _ request: WindowRequest,
    recordsContent: Bool, _ body: (FeatureMap) throws -> Void
  ) throws -> (reading: AudioReading, count: Int) {
    if let segment {
      return try forEachSegmentMap(
        ofFile: path, request, limits: limits, segment: segment, recordsContent: recordsContent, body)
    }
    return try forEachMap(
      of: AudioReader(path: path, limits: limits, mix: spec.mono, recordsContent: recordsContent), request,
      body)
  }

  /// As ``forEachMap(ofFile:windows:shortClip:limits:segment:variant:recordsContent:_:)``, from an open reader, for example of bytes in
  /// memory.
  ///
  /// Traps for ``FeatureWindows/spread(most:hopSeconds:)``, which needs two passes.
  @discardableResult public func forEachMap(
    of reader: consuming AudioReader, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    variant: SoundVariant? = nil, _ body: (FeatureMap) throws -> Void
  ) throws -> AudioReading {
    if case .spread = windows { preconditionFailure("\(windows) of a reader that is read once") }
    return try forEachMap(
      of: reader, WindowRequest(windows: windows, shortClip: shortClip, variant: variant), body
    ).reading
  }

  private func forEachMap(
    of reader: consuming AudioReader, _ request: WindowRequest, _ body: (FeatureMap) throws -> Void
  ) throws -> (reading: AudioReading, count: Int) {
    // Taken out of the object while it is written to: there is one owner, so nothing is copied.
    let buffer = samples
    samples = []
    var stream = try WindowStream(
      reader, sampleRateHz: spec.sampleRateHz, sampleCount: spec.sampleCount(for: request.variant),
      reusing: buffer)
    defer { samples = stream.samples }
    return try forEachMap(of: &stream, request, body)
  }

  /// The way of all windows, from a stream to maps. Returns how many windows there are, whether chosen or not.
  func forEachMap(
    of stream: inout WindowStream, _ request: WindowRequest, _ body: (FeatureMap) throws -> Void
  ) throws -> (reading: AudioReading, count: Int) {
    let (windows, shortClip, variant) = (request.windows, request.shortClip, request.variant)
    if case .at(let seconds) = windows, !(seconds >= 0) {
      throw CodedError(.unsupported, "cannot start at \(seconds) s", path: stream.path)
    }
    let length = spec.sampleCount(for: variant)
    var (index, heard, padded) = (0, 0, 0)
    while true {
      let start = spec.startSample(ofWindow: index, windows, first: stream.firstStart, length: length)
      let count = try stream.read(at: start)
      let isWhole = count == length
      // Of what is left at the end, half a window must be new.
      guard isWhole || (count > 0 && (index == 0 || 2 * (start + count - heard) >= length)) else { break }
      if !isWhole {
        if index > 0, shortClip == .refuse { break }
        try requirePadding(shortClip, count: count, path: stream.path)
      }
      heard = start + count
      if request.chosen?.contains(index) ?? true {
        let seconds = spec.startSeconds(ofWindow: index, windows, first: stream.firstStart, length: length)
        try body(windowMap(stream.samples, count, variant, startSeconds: seconds, path: stream.path))
      }
      (index, padded) = (index + 1, length - count)
      if !isWhole || windows.isSingle { break }
    }
    guard index == 0 else {
      var reading = reading(of: stream, variant, padded: padded)
      // Window by window it continues to the end of the sound, or of the segment.
      if !windows.isSingle {
        reading.seconds = Double(stream.decodedCount - stream.firstStart) / Double(spec.sampleRateHz)
      }
      return (reading, index)
    }
    throw stream.endsBefore(
      spec.startSeconds(ofWindow: 0, windows, first: stream.firstStart, length: length))
  }

  /// What is to be said of a file whose maps were made.
  ///
  /// - Parameter padded: samples of silence after its last window.
  private func reading(of stream: borrowing WindowStream, _ variant: SoundVariant?, padded: Int)
    -> AudioReading
  {
    var reading = AudioReading(of: stream)
    // Changed sound is as short as the sound itself.
    if variant == nil, 2 * padded > spec.sampleCount {
      reading.notes.append(
        .mostlyPadding(
          paddedSeconds: Double(padded) / Double(spec.sampleRateHz), windowSeconds: spec.seconds))
    }
    return reading
  }

  /// The map of the first `count` samples; errors carry the path.
  private func windowMap(
    _ samples: [Float], _ count: Int, _ variant: SoundVariant?, startSeconds: Double, path: String
  ) throws(CodedError) -> FeatureMap {
    do {
      guard let variant else {
        return try map(of: samples.span.extracting(..<count), startSeconds: startSeconds)
      }
      let sound = Waveform(samples: Array(samples[..<count]), sampleRateHz: spec.sampleRateHz)
      return try map(of: sound.changed(by: variant), startSeconds: startSeconds)
    } catch {
      throw CodedError(error.code, error.message, path: path)
    }
  }

  private func requirePadding(_ shortClip: ShortClip, count: Int, path: String) throws(CodedError) {
    guard shortClip == .refuse else { return }
    let seconds = Double(count) / Double(spec.sampleRateHz)
    throw CodedError(
      .tooShort, "only \((1000 * seconds).rounded() / 1000) s of sound for a window of \(spec.seconds) s",
      path: path)
  }
}

/// Which maps of a sound are wanted.
struct WindowRequest {
  /// Never ``FeatureWindows/spread(most:hopSeconds:)``.
  var windows: FeatureWindows
  var shortClip: ShortClip
  var variant: SoundVariant?
  /// The numbers of the windows to be computed; nil for each.
  var chosen: Set<Int>?
}

extension FeatureSpec {
  /// The sample of the whole sound at which a window starts.
  ///
  /// - Parameters:
  ///   - first: where the segment starts, 0 without one.
  ///   - length: samples of the sound that a window is made from.
  func startSample(ofWindow index: Int, _ windows: FeatureWindows, first: Int, length: Int) -> Int {
    switch windows {
    case .first: return first
    case .at(let seconds): return SoundSegment.sample(at: seconds, rateHz: sampleRateHz)
    // Which windows a spread takes decides nothing about where they are.
    case .all, .spread(_, nil): return first + index * length
    case .every(let seconds), .spread(_, let seconds?):
      // From the beginning, so that a hop of no whole number of samples does not drift.
      return first + max(index, SoundSegment.sample(at: Double(index) * seconds, rateHz: sampleRateHz))
    }
  }

  /// The same in seconds.
  func startSeconds(ofWindow index: Int, _ windows: FeatureWindows, first: Int, length: Int) -> Double {
    if case .at(let seconds) = windows { return seconds }
    return Double(startSample(ofWindow: index, windows, first: first, length: length)) / Double(sampleRateHz)
  }

  /// Where in the sound a window of the changed sound starts, in seconds.
  public func startSeconds(
    ofWindow index: Int, _ windows: FeatureWindows, segment: SoundSegment?, _ variant: SoundVariant?
  ) -> Double {
    startSeconds(
      ofWindow: index, windows, first: segment?.samples(atHz: sampleRateHz).lowerBound ?? 0,
      length: sampleCount(for: variant))
  }
}
