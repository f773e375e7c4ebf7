import Files

/// How many of the recordings of a figure helped to make the model: a figure over them says little about new music.
public struct TrainingOverlap: Sendable, Codable, Hashable {
  /// Recordings of the figure.
  public var count: Int
  /// Those that the weights were fitted to.
  public var trained: Int
  /// Those that chose the epoch.
  public var choseEpoch: Int
  /// Those of which it cannot be told.
  public var unknown: Int
  /// Whether the model's file says which recordings made it; those of earlier versions do not.
  public var isRecorded: Bool

  public init(
    count: Int = 0, trained: Int = 0, choseEpoch: Int = 0, unknown: Int = 0, isRecorded: Bool = true
  ) {
    (self.count, self.trained, self.choseEpoch) = (count, trained, choseEpoch)
    (self.unknown, self.isRecorded) = (unknown, isRecorded)
  }

  /// Whether a reader of the figure must be warned: recordings that made the model are in it, or it is not known.
  public var isWarning: Bool { trained > 0 || choseEpoch > 0 || unknown > 0 }

  /// What is to be said at the figure, as a clause.
  public var words: String {
    guard isRecorded else { return "unknown which recordings trained this model: its file does not say" }
    guard unknown < count else {
      return
        "unknown whether these recordings trained this model: neither their sound nor their feature file can be compared with its training's"
    }
    let all = count.counted("recording")
    var parts: [String] = []
    if trained > 0 { parts.append("\(trained) of \(all) trained this model") }
    if choseEpoch > 0 {
      parts.append(
        parts.isEmpty
          ? "\(choseEpoch) of \(all) chose this model's epoch, none trained it"
          : "\(choseEpoch) chose its epoch")
    }
    if parts.isEmpty {
      parts.append(
        unknown > 0
          ? "none of \(count - unknown) of \(all) trained this model" : "none of \(all) trained this model")
    }
    if unknown > 0 { parts.append("of \(unknown) it is unknown") }
    return parts.joined(separator: ", ")
  }

  /// What is to be said of a part that should hold none of the training recordings, such as "test"; nil where it holds none.
  /// Of the validation part it is right that it chose the epoch.
  public func caution(_ part: String) -> String? {
    let chose = part == "validation" ? 0 : choseEpoch
    guard trained > 0 || chose > 0 else { return nil }
    let all = count == 1 ? "1 \(part) recording" : "\(count) \(part) recordings"
    let made = [trained > 0 ? "\(trained) trained" : "", chose > 0 ? "\(chose) chose the epoch of" : ""]
    return
      "of \(all) \(made.filter { !$0.isEmpty }.joined(separator: " and ")) this model too (the same sound, maps or "
      + "file under another name): figures on that part are too good"
  }

  private enum CodingKeys: String, CodingKey { case count, trained, choseEpoch, unknown, isRecorded, words }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    count = try values.decode(Int.self, forKey: .count)
    trained = try values.decode(Int.self, forKey: .trained)
    choseEpoch = try values.decode(Int.self, forKey: .choseEpoch)
    unknown = try values.decode(Int.self, forKey: .unknown)
    isRecorded = try values.decode(Bool.self, forKey: .isRecorded)
    guard (0...1 << 40).contains(count), [trained, choseEpoch, unknown].allSatisfy((0...count).contains)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .count, in: values, debugDescription: "counts that contradict each other")
    }
  }

  /// The counts, and ``words``.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(count, forKey: .count)
    try values.encode(trained, forKey: .trained)
    try values.encode(choseEpoch, forKey: .choseEpoch)
    try values.encode(unknown, forKey: .unknown)
    try values.encode(isRecorded, forKey: .isRecorded)
    try values.encode(words, forKey: .words)
  }
}
