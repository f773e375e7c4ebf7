public import Files

/// The robustness of a model's labels and explanations to changes of the sound that do not change its genre, and to small
/// adversarial changes of the feature map.
public struct RobustnessReport: Sendable, Codable, Hashable {
  /// One change of the sound.
  public struct Change: Sendable, Codable, Hashable {
    /// The change in its text form, such as `mp3 64` (`SoundChange.description`).
    public let name: String
    /// Its name for readers, such as "MP3 at 64 kbit/s".
    public let words: String
    /// Its effect; nil if it could not be measured on any track.
    public let effect: RobustnessEffect?
    /// The tracks on which it was not measured, and why.
    public let skipped: [LeftOutInput]
    /// Notes for reading the row.
    public let notes: [String]

    public init(
      name: String, words: String, effect: RobustnessEffect?, skipped: [LeftOutInput] = [],
      notes: [String] = []
    ) {
      (self.name, self.words, self.effect, self.skipped) = (name, words, effect, skipped)
      self.notes = notes
    }

    /// Each reason for skipped tracks, with their number, the most frequent first.
    public var skippedReasons: [(reason: String, count: Int)] {
      Dictionary(grouping: skipped, by: \.reason).map { (reason: $0.key, count: $0.value.count) }
        .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
  }

  /// One kind of attack on the feature map.
  public struct Attack: Sendable, Codable, Hashable {
    /// `fgsm` or `pgd`.
    public let method: String
    /// Largest change of a cell, in standard deviations of the training set.
    public let epsilon: Double
    /// Steps of PGD; 1 for FGSM.
    public let steps: Int
    /// Its effect; accuracy is for the true labels, from which the attack leads away.
    public let effect: RobustnessEffect
    /// Mean over the tracks of the mean magnitude of the change on the mel axis, in dB; nil for features of unknown origin.
    public let meanDecibels: Double?

    public init(
      method: String, epsilon: Double, steps: Int, effect: RobustnessEffect, meanDecibels: Double?
    ) {
      (self.method, self.epsilon, self.steps, self.effect) = (method, epsilon, steps, effect)
      self.meanDecibels = meanDecibels
    }
  }

  /// One for each requested change, in the order requested.
  public var changes: [Change]
  /// One for each method and epsilon.
  public var attacks: [Attack]
  /// The chance level: the similarity of the maps of two different tracks that explain the same class. nil for one track.
  public var differentTracks: MapAgreement?
  /// The explanation method and layer whose maps are compared.
  public var method: String
  public var layer: String
  /// Length of a track's window, in seconds; nil for features of unknown origin.
  public var windowSeconds: Double?
  /// Number of tracks measured, and how many there were.
  public var trackCount: Int
  public var candidateCount: Int
  /// Seed of the choice of tracks, noise, random starts and resamples.
  public var seed: UInt64
  /// The tracks that could not be read at all.
  public var leftOut: [LeftOutInput]
  /// Notes for reading the figures.
  public var notes: [String]

  public init(
    changes: [Change], attacks: [Attack] = [], differentTracks: MapAgreement? = nil, method: String,
    layer: String, windowSeconds: Double? = nil, trackCount: Int, candidateCount: Int, seed: UInt64 = 0,
    leftOut: [LeftOutInput] = [], notes: [String] = []
  ) {
    (self.changes, self.attacks, self.differentTracks) = (changes, attacks, differentTracks)
    (self.method, self.layer, self.windowSeconds) = (method, layer, windowSeconds)
    (self.trackCount, self.candidateCount, self.seed) = (trackCount, candidateCount, seed)
    (self.leftOut, self.notes) = (leftOut, notes)
  }
}
