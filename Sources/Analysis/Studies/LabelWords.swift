public import Networks

/// What a model's labels are called: classes, one of which a sound is heard as, or tags, each with a probability of its own.
public enum LabelWords: String, Sendable, Hashable {
  case classes
  case tags

  public init(_ function: OutputFunction) { self = function == .sigmoid ? .tags : .classes }

  /// By probabilities of one sound: those of classes sum to 1.
  public init(probabilities: some Sequence<Double>) {
    self = abs(probabilities.reduce(0, +) - 1) < 1e-3 ? .classes : .tags
  }

  /// One of them.
  public var one: String { self == .tags ? "tag" : "class" }
  /// As the name of a fact.
  public var heading: String { self == .tags ? "Tags" : "Classes" }
  /// What the one with the highest probability is to the sound.
  public var heardAs: String { self == .tags ? "strongest tag" : "heard as" }

  /// "Heard as Folk", "Strongest tag: folk".
  public func verdict(_ label: String) -> String {
    self == .tags ? "Strongest tag: \(label)" : "Heard as \(label)"
  }

  /// The same within a sentence.
  public func clause(_ label: String) -> String {
    self == .tags ? "strongest tag \(label)" : "heard as \(label)"
  }

  /// What a reader must know of any verdict.
  public var limits: String {
    switch self {
    case .classes: "A model only knows its own classes: it calls anything one of them."
    case .tags:
      "A tagger only knows its own tags. Each has a probability of its own: they do not sum to 1, and none needs to be high."
    }
  }
}
