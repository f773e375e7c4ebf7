public import Audio
import Files
import Tensors

extension FeatureMap {
  /// Whether the window is digital silence: no power above the floor (-100 dB by default) in any band and frame.
  ///
  /// This is read from the mean level: with all bands at the floor, every frame has the same lowest possible sum. Cost: one pass.
  public var isSilent: Bool {
    switch spec.kind {
    case .melDecibels, .smoothedMelDecibels, .logMel: return spec.logarithm.isSilent(values.values)
    case .mfcc:
      return spec.logarithm.isSilent(values.values.prefix(spec.frameCount), weight: spec.meanWeight)
    }
  }
}

extension FeatureSpec {
  /// The features of one frame of digital silence, row by row: the floor of the logarithm (-100 dB by default) in all bands. The
  /// first MFCC is then that times `meanWeight`, all others are 0.
  public var silentFrame: [Float] {
    guard kind == .mfcc else { return Array(repeating: logarithm.silence, count: binCount) }
    return [logarithm.silence * meanWeight] + Array(repeating: 0, count: binCount - 1)
  }

  /// What coefficient 0 of an MFCC map is for M bands of 1: the sum divided by sqrt(M), times ``DiscreteCosineTransform/Scaling``.
  var meanWeight: Float {
    let root = Float(melBandCount).squareRoot()
    return cosineScaling == .uniform ? root * Float(2).squareRoot() : root
  }
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
