public import Audio
import Files
import Tensors

extension FeatureMap {
  /// Whether the window is digital silence: no power above the floor of -100 dB in any band and frame.
  ///
  /// This is read from the mean level: with all bands at the floor, every frame has the same lowest possible sum. Cost: one pass.
  public var isSilent: Bool {
    switch spec.kind {
    case .melDecibels, .smoothedMelDecibels: return values.values.allSatisfy { $0 <= Self.floor }
    case .mfcc:
      // Coefficient 0 is the sum over M bands divided by sqrt(M).
      let lowest = Self.floor * Float(spec.melBandCount).squareRoot()
      return values.values.prefix(spec.frameCount).allSatisfy { $0 <= lowest }
    }
  }

  /// 10 log10(1e-10), with room for the rounding of a sum.
  private static let floor: Float = -99.99
}

extension FeatureExtractor {
  /// As ``forEachMap(ofFile:windows:shortClip:limits:segment:variant:recordsContent:_:)``, but windows of digital silence are
  /// left out, because a network assigns a class even to silence. A note says how many there were and where the first one is.
  ///
  /// A file in which every window is silent is refused: it throws `CodedError` `silent` after the last one, or `channelsCancel`
  /// if there is sound in the channels but next to nothing of it remains in their mean (``ChannelBalance/isCancelled``).
  @discardableResult public func forEachMap(
    ofAudibleFile path: String, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    limits: AudioLimits = AudioLimits(), segment: SoundSegment? = nil, variant: SoundVariant? = nil,
    recordsContent: Bool = false, _ body: (FeatureMap) throws -> Void
  ) throws -> AudioReading {
    var (count, silentStarts) = (0, [Double]())
    var reading = try forEachMap(
      ofFile: path, windows: windows, shortClip: shortClip, limits: limits, segment: segment,
      variant: variant, recordsContent: recordsContent
    ) { map in
      count += 1
      guard !map.isSilent else { return silentStarts.append(map.startSeconds) }
      try body(map)
    }
    try reading.requireAudibleMean(path: path)
    guard silentStarts.count < count else {
      throw CodedError(
        .silent, windows.isSingle ? "only silence in the window" : "only silence in it", path: path)
    }
    if let first = silentStarts.first {
      reading.notes.append(.silentWindows(silentStarts.count, of: count, seconds: first))
    }
    return reading
  }
}

extension AudioNote.Code {
  /// Windows without any sound were left out.
  public static let silentWindows = AudioNote.Code(rawValue: "silent-windows")
}

extension AudioNote {
  static func silentWindows(_ silent: Int, of count: Int, seconds: Double) -> AudioNote {
    AudioNote(
      .silentWindows,
      "\(silent) of \(count) windows \(silent == 1 ? "is" : "are") digital silence and left out",
      seconds: seconds)
  }
}
