import Files
import Networks
import Tensors

/// The properties of a method that other code uses without knowing which method it is.
public struct MethodTraits: Sendable, Hashable {
  /// What a method reads.
  public enum Source: String, Sendable, Hashable {
    /// The network's input and the gradient there, or the score of changed inputs.
    case input
    /// A value inside the network with a map for each channel, chosen by name.
    case layer
    /// The weights of attention: all of it, or one layer's.
    case attention
    /// The steps of recurrent layers.
    case recurrence
    /// Whether only some networks have it.
    public var isRare: Bool { self == .attention || self == .recurrence }
  }

  /// What a cell of the signed map is.
  public enum Meaning: String, Sendable, Hashable {
    /// Change of the score per unit increase in this cell: the sign gives the direction, the magnitude is shown.
    case sensitivity
    /// Contribution to the score, up to what the method leaves out; the positive part is shown.
    case attribution
    /// How much the cell matters to the score, without a unit; the positive part is shown.
    case importance
  }

  public var reads: Source
  public var meaning: Meaning
  /// Whether the map hardly depends on the class.
  public var isClassBlind: Bool
  /// Whether positive values speak against the class.
  public var isCounterfactual: Bool
  /// Whether the raw map has the input's resolution instead of the layer's.
  public var hasInputResolution: Bool
  /// Whether it runs the network many times for one input.
  public var needsManyPasses: Bool
  /// Whether a layer can be chosen by name: one with a map, or one of attention.
  public var choosesLayer: Bool

  public init(
    reads: Source, meaning: Meaning = .importance, isClassBlind: Bool = false, isCounterfactual: Bool = false,
    hasInputResolution: Bool? = nil, needsManyPasses: Bool = false, choosesLayer: Bool? = nil
  ) {
    (self.reads, self.meaning, self.isClassBlind) = (reads, meaning, isClassBlind)
    (self.isCounterfactual, self.needsManyPasses) = (isCounterfactual, needsManyPasses)
    self.hasInputResolution = hasInputResolution ?? (reads == .input)
    self.choosesLayer = choosesLayer ?? (reads == .layer)
  }
}
