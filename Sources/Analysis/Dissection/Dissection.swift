public import Files
public import Statistics

/// What the channels of a layer respond to, as plain values.
public struct Dissection: Sendable, Codable {
  /// A channel and what it responds to.
  public struct Channel: Sendable, Codable {
    /// Counted from 0.
    public let index: Int
    /// Where a response begins; nil for a channel that never stands out, such as one that is always 0.
    public let threshold: Float?
    /// What it is named after; nil if nothing that has a name is better than chance.
    public let name: Concept?
    /// The concept with the highest agreement, named or not; nil for a channel that never responds.
    public let best: Match?
    /// The concept with the highest intersection over union, as the paper chooses.
    public let mostOverlapping: Match?
    /// Where it responds most, one place of each group.
    public package(set) var examples: [Example] = []
  }

  /// How well a channel's responses match a concept.
  public struct Match: Sendable, Codable {
    public let concept: Concept
    /// Intersection over union over the whole data set.
    public let overlap: Double
    /// 95 % bootstrap interval over groups.
    public let interval: ConfidenceInterval?
    /// The mean after exchanging the concepts between groups at random.
    public let chance: Double
    /// The highest that regions and concepts of these sizes can have.
    public let highest: Double
    /// `(overlap - chance) / (highest - chance)`: 0 for chance, 1 for the highest possible.
    public let agreement: Double
    /// Of chance alone, corrected for all channels and concepts.
    public let p: Double
  }

  /// An input in which a channel responds.
  public struct Example: Sendable, Codable, Hashable {
    public let path: String
    public let label: String
    /// Where a window of sound begins, where that is known.
    public let seconds: Double?
    /// The largest activation.
    public let value: Float
    /// The key of its picture on the page; nil if it is not shown.
    public var picture: String?
  }

  /// How many channels are named with no relation between inputs and concepts, or without training.
  public struct Control: Sendable, Codable {
    /// Named channels: the mean over the exchanges, and the most.
    public let namedByChance: Double
    public let mostNamedByChance: Int
    /// Channels whose intersection over union with a concept is above 0.04, which the paper calls detectors.
    public let detectors: Int
    /// Their mean number over the exchanges.
    public let detectorsByChance: Double
    /// The same of a network with random weights.
    public let namedByRandomWeights: Int
    public let detectorsByRandomWeights: Int
  }

  /// A concept, its share of all cells, and how many channels are named after it.
  public struct ConceptCount: Sendable, Codable {
    public let concept: Concept
    public let share: Double
    public let channelCount: Int
    /// With random weights.
    public let randomCount: Int
  }

  public var model = ""
  public var layer = ""
  public var channels: [Channel] = []
  public var concepts: [ConceptCount] = []
  public var control: Control
  public var facts: [AnalysisResult.Fact] = []
  public var notes: [String] = []
  public var leftOut: [LeftOutInput] = []

  /// Number of channels with a name.
  public var namedCount: Int { channels.count { $0.name != nil } }

  /// Concepts that channels are named after, those of most channels first.
  public var found: [ConceptCount] {
    concepts.enumerated().filter { $0.element.channelCount > 0 }
      .sorted { ($1.element.channelCount, $0.offset) < ($0.element.channelCount, $1.offset) }.map(\.element)
  }

  /// The result in a sentence.
  public var sentence: String {
    let silent = channels.count { $0.threshold == nil }
    let never = silent > 0 ? " (\(silent) never \(silent == 1 ? "responds" : "respond"))" : ""
    guard namedCount > 0 else {
      return "none of \(channels.count) channels of \(layer)\(never) responds to something that has a name"
    }
    let most = 6
    var parts = found.prefix(most).map { "\($0.channelCount) to \($0.concept.name)" }
    let rest = found.dropFirst(most).reduce(0) { $0 + $1.channelCount }
    if rest > 0 { parts.append("\(rest) to others") }
    let verb = namedCount == 1 ? "responds" : "respond"
    return
      "\(namedCount) of \(channels.count) channels of \(layer)\(never) \(verb) to something that has a name: "
      + parts.joined(separator: ", ")
  }

  /// What the number of names is to be compared with, in a sentence.
  public var controlSentence: String {
    let chance = control.namedByChance.decimalText(control.namedByChance < 10 ? 1 : 0)
    return
      "\(chance) by chance, with inputs exchanged; \(control.namedByRandomWeights) with random weights"
  }
}
