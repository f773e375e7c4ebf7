import Foundation

/// Which recordings made a model, as 64-bit hashes of what they hold: enough to tell whether a recording is among them, and
/// nothing from which one could be made again.
///
/// Of a recording is kept, where they are known, a hash of its sound without tags (`SoundHash`) and one of its first feature
/// map that is not silence. A checkpoint holds both kinds sorted, as base64 of little-endian numbers: about 22 bytes a
/// recording.
public struct TrainingRecordings: Sendable, Hashable {
  /// The recordings of one part.
  public struct Part: Sendable, Hashable {
    /// Recordings in it.
    public var count: Int
    /// Those of which it is not known what their sound file holds.
    public var withoutSound: Int
    /// Hashes of their sounds.
    public var sounds: Set<UInt64>
    /// Hashes of a feature map of each.
    public var maps: Set<UInt64>

    public init(count: Int = 0, withoutSound: Int = 0, sounds: Set<UInt64> = [], maps: Set<UInt64> = []) {
      (self.count, self.withoutSound, self.sounds, self.maps) = (count, withoutSound, sounds, maps)
    }
  }

  /// Those that the weights and the standardisation were fitted to.
  public var train: Part
  /// Those that chose the epoch.
  public var valid: Part

  public init(train: Part, valid: Part) { (self.train, self.valid) = (train, valid) }

  /// Whether the sounds of all recordings are known.
  public var knowsSounds: Bool { train.withoutSound == 0 && valid.withoutSound == 0 }
}

extension TrainingRecordings: Codable {
  private enum CodingKeys: String, CodingKey { case version, train, valid }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    guard try values.decode(Int.self, forKey: .version) == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: values, debugDescription: "only version 1 is known")
    }
    train = try values.decode(Part.self, forKey: .train)
    valid = try values.decode(Part.self, forKey: .valid)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(1, forKey: .version)
    try values.encode(train, forKey: .train)
    try values.encode(valid, forKey: .valid)
  }
}

extension TrainingRecordings.Part: Codable {
  private enum CodingKeys: String, CodingKey { case count, withoutSound, sounds, maps }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func hashes(_ key: CodingKeys) throws -> Set<UInt64> {
      guard let bytes = Data(base64Encoded: try values.decode(String.self, forKey: key)), bytes.count % 8 == 0
      else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "not base64 of 64-bit numbers")
      }
      var found: Set<UInt64> = []
      for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 8) {
        found.insert(bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
      }
      return found
    }
    self.init(
      count: try values.decode(Int.self, forKey: .count),
      withoutSound: try values.decode(Int.self, forKey: .withoutSound),
      sounds: try hashes(.sounds), maps: try hashes(.maps))
    guard count >= 0, (0...count).contains(withoutSound), sounds.count <= count, maps.count <= count else {
      throw DecodingError.dataCorruptedError(
        forKey: .count, in: values, debugDescription: "counts that contradict each other")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func text(_ hashes: Set<UInt64>) -> String {
      Data(hashes.sorted().flatMap { hash in (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) } })
        .base64EncodedString()
    }
    try values.encode(count, forKey: .count)
    try values.encode(withoutSound, forKey: .withoutSound)
    try values.encode(text(sounds), forKey: .sounds)
    try values.encode(text(maps), forKey: .maps)
  }
}
