import Files

/// How many of the recordings in a figure were used to make the model: a figure over them says little about new music.
public struct TrainingOverlap: Sendable, Codable, Hashable {
  /// Number of recordings in the figure.
  public var count: Int
  /// Those to which the weights were fitted.
  public var trained: Int
  /// Those used to choose the epoch.
  public var choseEpoch: Int
  /// Those for which it is unknown.
  public var unknown: Int
  /// Whether the model's file records which recordings it was made from; files of earlier versions do not.
  public var isRecorded: Bool
  /// What is counted; a document does not say it.
  package var unit = EvaluatedUnit.recording

  public init(
    count: Int = 0, trained: Int = 0, choseEpoch: Int = 0, unknown: Int = 0, isRecorded: Bool = true
  ) {
    (self.count, self.trained, self.choseEpoch) = (count, trained, choseEpoch)
    (self.unknown, self.isRecorded) = (unknown, isRecorded)
  }

  /// Whether readers of the figure must be warned: it includes recordings that were used to make the model, or that is not known.
  public var isWarning: Bool { trained > 0 || choseEpoch > 0 || unknown > 0 }

  /// The note for the figure, as a clause.
  public var words: String {
    guard isRecorded else {
      return "unknown which \(unit.rawValue)s trained this model: its file does not say"
    }
    guard unknown < count else {
      let what = unit == .picture ? "their files cannot" : "neither their sound nor their feature file can"
      return
        "unknown whether these \(unit.rawValue)s trained this model: \(what) be compared with its training's"
    }
    let all = count.counted(unit.rawValue)
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

  /// The note for a part that should contain none of the training recordings, such as "test"; nil if it contains none. The
  /// validation part may have been used to choose the epoch.
  public func caution(_ part: String) -> String? {
    let chose = part == "validation" ? 0 : choseEpoch
    guard trained > 0 || chose > 0 else { return nil }
    let all = count.counted("\(part) \(unit.rawValue)")
    let made = [trained > 0 ? "\(trained) trained" : "", chose > 0 ? "\(chose) chose the epoch of" : ""]
    let same = unit == .picture ? "the same file" : "the same sound, maps or file"
    return
      "of \(all) \(made.filter { !$0.isEmpty }.joined(separator: " and ")) this model too (\(same) under another name): "
      + "figures on that part are too good"
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
