import Audio
import Files

/// Keys that are missing take the defaults, an explicit null for `topDecibels` keeps the whole dynamic range,
/// an unknown key or a later version is an error: a misspelt key must not change features silently.
extension FeatureSpec {
  enum Key: String, CodingKey, CaseIterable {
    case version, kind, binCount, coefficientCount, sampleRateHz, sampleCount, fftLength, hopLength,
      melBandCount, minimumHz
    case maximumHz, topDecibels, mono
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
    if let name = try container.decodeIfPresent(String.self, forKey: .kind) {
      guard let known = Kind(rawValue: name) else {
        let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw CodedError(
          .invalidSpec, "unknown kind '\(name.prefix(64))', known are \(names)",
          properties: [Key.kind.rawValue])
      }
      kind = known
    }
    sampleRateHz = try container.decodeIfPresent(Int.self, forKey: .sampleRateHz) ?? sampleRateHz
    sampleCount = try container.decodeIfPresent(Int.self, forKey: .sampleCount) ?? sampleCount
    fftLength = try container.decodeIfPresent(Int.self, forKey: .fftLength) ?? fftLength
    hopLength = try container.decodeIfPresent(Int.self, forKey: .hopLength) ?? hopLength
    melBandCount = try container.decodeIfPresent(Int.self, forKey: .melBandCount) ?? melBandCount
    binCount = try container.decodeIfPresent(Int.self, forKey: .binCount) ?? min(binCount, melBandCount)
    coefficientCount = try container.decodeIfPresent(Int.self, forKey: .coefficientCount)
    minimumHz = try container.decodeIfPresent(Double.self, forKey: .minimumHz) ?? minimumHz
    maximumHz = try container.decodeIfPresent(Double.self, forKey: .maximumHz)
    if container.contains(.topDecibels) {
      topDecibels = try container.decodeIfPresent(Double.self, forKey: .topDecibels)
    }
    mono = try container.decodeIfPresent(ChannelMix.self, forKey: .mono) ?? mono
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
    // Specs of the mean are what they always were, byte for byte.
    if mono != .mean { try container.encode(mono, forKey: .mono) }
  }
}
