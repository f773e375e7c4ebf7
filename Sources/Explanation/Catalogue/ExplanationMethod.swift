public import Files
public import Networks
public import Tensors

/// A way to explain a score, with its options: a value, in one file, and one line in ``ExplanationCatalogue``.
///
/// ```swift
/// let map = try explainer.explain(input, method: .gradCAM, layer: "conv3").signedMap
/// let path = try explainer.explain(input, method: IntegratedGradients(steps: 100), score: .contrast(0, 1))
/// ```
///
/// A method says what it reads and what its map means (``traits``), which options it has, and makes the maps; layers, scores,
/// batches, checks, flags, the command's options and the tables of the documentation follow from that. Another package can add
/// one: see ``ExplanationCatalogue``. A class activation map needs only a ``ChannelWeighting`` or an ``ActivationMapping``.
public protocol ExplanationMethod: Sendable {
  /// The name on the command line and in files, unique among all methods.
  static var name: String { get }
  /// What it reads and what its map means.
  static var traits: MethodTraits { get }
  /// What it computes, in a line each.
  static var summary: MethodSummary { get }
  /// What it leaves open, in the order of the documentation.
  static var options: [MethodOption<Self>] { get }

  /// With the defaults of all options.
  init()

  /// The value of the network that the method works at, for a network and the layer that was asked for.
  ///
  /// Throws ``CodedError/Code/unknownLayer`` or ``CodedError/Code/notApplicable``.
  func layer(_ asked: String?, of network: Network) throws(CodedError) -> String
  /// The values that the forward pass keeps for it.
  func observedValues(at layer: String, of network: Network) -> [String]
  /// Throws ``CodedError/Code/badOption`` for options that have no meaning at an input of this shape, `[F, T]`.
  func validate(inputShape: Shape) throws(CodedError)
  /// Whether the result depends on one of its options as the others are.
  func reads(option: String) -> Bool
  /// The options as files say them for an input `[F, T]`, where the method chooses what was left open.
  func settings(inputShape: Shape) -> [String: OptionValue]
  /// One map for each input of the batch, in order. Methods of many passes get batches of one.
  func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap]
}

/// What a method is, for tables and help: no sentence ends with a full stop.
public struct MethodSummary: Sendable, Hashable {
  /// The formula, such as `w_k = mean g`. A is the layer's activation, g = d score / d A, x the input, b the baseline.
  public var formula: String
  /// Passes of the network for one input, such as `1` or `C`.
  public var passes: String
  /// Where it is from: authors, year, DOI.
  public var source: String
  /// What to know; empty for nothing.
  public var note: String

  public init(formula: String, passes: String = "1", source: String, note: String = "") {
    (self.formula, self.passes, self.source, self.note) = (formula, passes, source, note)
  }
}

extension ExplanationMethod {
  public static var options: [MethodOption<Self>] { [] }
  public var name: String { Self.name }
  public var traits: MethodTraits { Self.traits }
  public var summary: MethodSummary { Self.summary }

  /// Whether a layer's name is read.
  public var usesLayer: Bool { traits.reads == .layer }

  /// The asked layer, or the usual one (``MapLayout/usualLayer(of:)``); the input for methods at the input.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    try defaultLayer(asked, of: network)
  }

  func defaultLayer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    guard usesLayer else { return network.architecture.inputs[0].name }
    let names = MapLayout.layerNames(of: network)
    if let asked {
      guard names.contains(asked) else {
        throw CodedError(
          .unknownLayer,
          "no layer \"\(asked)\" with a map: choose one of \(names.joined(separator: ", "))"
            + suggestion(for: asked, among: names))
      }
      return asked
    }
    guard let last = MapLayout.usualLayer(of: network) else {
      throw CodedError(
        .notApplicable, "\(name) needs a layer with a map, and the network has none")
    }
    return last
  }

  /// The layer where it reads one, the input where the map is made there, in one pass.
  public func observedValues(at layer: String, of network: Network) -> [String] {
    let input =
      traits.hasInputResolution && !traits.needsManyPasses ? [network.architecture.inputs[0].name] : []
    return (usesLayer ? [layer] : []) + input
  }

  /// Checks each option's range.
  public func validate(inputShape: Shape) throws(CodedError) { try validateOptions() }

  func validateOptions() throws(CodedError) {
    for option in Self.options { try option.check(option.read(self)) }
  }

  /// Every option matters.
  public func reads(option: String) -> Bool { true }

  /// The value of each option that it reads, by the option's key.
  public func settings(inputShape: Shape) -> [String: OptionValue] { ownSettings() }

  func ownSettings() -> [String: OptionValue] {
    var result: [String: OptionValue] = [:]
    for option in Self.options where reads(option: option.description.name) {
      result[option.description.key] = option.read(self)
    }
    return result
  }

  /// The same with some options set from texts, by name; those that it does not have are left out.
  public func with(_ texts: [String: String]) throws(CodedError) -> any ExplanationMethod {
    var method = self
    for option in Self.options {
      if let text = texts[option.description.name] { try option.write(&method, text) }
    }
    return method
  }
}
