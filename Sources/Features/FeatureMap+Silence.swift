public import Audio
import Tensors

extension FeatureMap {
  /// Whether the window is digital silence: no power above the floor of -100 dB in any band and frame.
  ///
  /// The mean level is read off: all bands at the floor give every frame the same lowest possible sum. Cost: one pass.
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
  /// As ``forEachMap(ofFile:windows:shortClip:limits:_:)``, but a file in which every window is silent is refused: it
  /// throws `AudioError` `silent` after the last map, or `channelsCancel` where there is sound in the channels and next to
  /// nothing of it is left in their mean (``ChannelBalance/isCancelled``).
  @discardableResult public func forEachMap(
    ofAudibleFile path: String, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    limits: AudioLimits = AudioLimits(), segment: SoundSegment? = nil, variant: SoundVariant? = nil,
    recordsContent: Bool = false, _ body: (FeatureMap) throws -> Void
  ) throws -> AudioReading {
    var isAudible = false
    let reading = try forEachMap(
      ofFile: path, windows: windows, shortClip: shortClip, limits: limits, segment: segment,
      variant: variant, recordsContent: recordsContent
    ) { map in
      if !isAudible { isAudible = !map.isSilent }
      try body(map)
    }
    if let balance = reading.balance, balance.isCancelled {
      throw AudioError(
        .channelsCancel, "\(balance.description); \(ChannelMix.loudest.advice)", path: path)
    }
    guard isAudible else {
      throw AudioError(
        .silent, windows.isSingle ? "only silence in the window" : "only silence in it", path: path)
    }
    return reading
  }
}
