import Audio
import Files

/// Keys that are missing take the defaults, an explicit null for `topDecibels` keeps the whole dynamic range,
/// an unknown key or a later version is an error: a misspelt key must not change features silently.
extension FeatureSpec {
  enum Key: String, CodingKey, CaseIterable {
    case version, kind, binCount, coefficientCount, sampleRateHz, sampleCount, fftLength, hopLength,
      melBandCount, minimumHz
    case maximumHz, topDecibels, mono
    case framing, window, windowLength, removesMean, preemphasis, spectrum, melScale, melNorm, melSlopes
    case logarithm, cosineScaling
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Throws ``CodedError`` for a later version, an unknown key or values that ``validate()`` refuses,
  /// `DecodingError` for wrong types.
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: Key.self)
    version = try container.decodeIfPresent(Int.self, forKey: .version) ?? version
    try requireKnownVersion()
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      throw CodedError(
        .invalidSpec,
        "unknown key '\(key.stringValue.prefix(64))', known are \(Key.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    kind = try container.named(.kind) ?? kind
    sampleRateHz = try container.decodeIfPresent(Int.self, forKey: .sampleRateHz) ?? sampleRateHz
    sampleCount = try container.decodeIfPresent(Int.self, forKey: .sampleCount) ?? sampleCount
    fftLength = try container.decodeIfPresent(Int.self, forKey: .fftLength) ?? fftLength
    hopLength = try container.decodeIfPresent(Int.self, forKey: .hopLength) ?? hopLength
    melBandCount = try container.decodeIfPresent(Int.self, forKey: .melBandCount) ?? melBandCount
    binCount = try container.decodeIfPresent(Int.self, forKey: .binCount) ?? min(binCount, melBandCount)
    coefficientCount = try container.decodeIfPresent(Int.self, forKey: .coefficientCount)
    minimumHz = try container.decodeIfPresent(Double.self, forKey: .minimumHz) ?? minimumHz
    maximumHz = try container.decodeIfPresent(Double.self, forKey: .maximumHz)
    logarithm = try container.decodeIfPresent(Logarithm.self, forKey: .logarithm) ?? logarithm
    if !logarithm.isDecibels { topDecibels = nil }
    if container.contains(.topDecibels) {
      topDecibels = try container.decodeIfPresent(Double.self, forKey: .topDecibels)
    }
    mono = try container.decodeIfPresent(ChannelMix.self, forKey: .mono) ?? mono
    framing = try container.named(.framing) ?? framing
    window = try container.named(.window) ?? window
    windowLength = try container.decodeIfPresent(Int.self, forKey: .windowLength)
    removesMean = try container.decodeIfPresent(Bool.self, forKey: .removesMean) ?? removesMean
    preemphasis = try container.decodeIfPresent(Double.self, forKey: .preemphasis) ?? preemphasis
    spectrum = try container.named(.spectrum) ?? spectrum
    melScale = try container.named(.melScale) ?? melScale
    melNorm = try container.named(.melNorm) ?? melNorm
    melSlopes = try container.named(.melSlopes) ?? melSlopes
    cosineScaling = try container.named(.cosineScaling) ?? cosineScaling
    try validate()
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(version, forKey: .version)
    try container.encode(kind, forKey: .kind)
    try container.encode(binCount, forKey: .binCount)
    try container.encodeIfPresent(coefficientCount, forKey: .coefficientCount)
    try container.encode(sampleRateHz, forKey: .sampleRateHz)
    try container.encode(sampleCount, forKey: .sampleCount)
    try container.encode(fftLength, forKey: .fftLength)
    try container.encode(hopLength, forKey: .hopLength)
    try container.encode(melBandCount, forKey: .melBandCount)
    try container.encode(minimumHz, forKey: .minimumHz)
    try container.encode(maximumHz, forKey: .maximumHz)
    try container.encode(topDecibels, forKey: .topDecibels)
    // Specs of the mean are what they always were, byte for byte, and so are librosa's.
    func encode<Value: Encodable & Equatable>(
      _ property: KeyPath<FeatureSpec, Value>, _ key: Key
    ) throws {
      let value = self[keyPath: property]
      if value != Self.mfcc128[keyPath: property] { try container.encode(value, forKey: key) }
    }
    try encode(\.mono, .mono)
    try encode(\.framing, .framing)
    try encode(\.window, .window)
    try encode(\.windowLength, .windowLength)
    try encode(\.removesMean, .removesMean)
    try encode(\.preemphasis, .preemphasis)
    try encode(\.spectrum, .spectrum)
    try encode(\.melScale, .melScale)
    try encode(\.melNorm, .melNorm)
    try encode(\.melSlopes, .melSlopes)
    try encode(\.logarithm, .logarithm)
    try encode(\.cosineScaling, .cosineScaling)
  }
}

extension KeyedDecodingContainer<FeatureSpec.Key> {
  /// One of a type's names; nil where the key is missing or null. Throws ``CodedError`` for an unknown name.
  fileprivate func named<Value: RawRepresentable<String> & CaseIterable>(_ key: Key) throws -> Value? {
    guard let name = try decodeIfPresent(String.self, forKey: key) else { return nil }
    if let known = Value(rawValue: name) { return known }
    let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
    throw CodedError(
      .invalidSpec, "unknown \(key.rawValue) '\(name.prefix(64))', known are \(names)",
      properties: [key.rawValue])
  }
}
