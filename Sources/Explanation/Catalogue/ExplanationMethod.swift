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
/// A method declares what it reads and what its map means (``traits``) and which options it has, and makes the maps; layers,
/// scores, batches, checks, flags, the command's options and the tables of the documentation follow from that. Another package
/// can add one: see ``ExplanationCatalogue``. A class activation map needs only a ``ChannelWeighting`` or an
/// ``ActivationMapping``.
public protocol ExplanationMethod: Sendable {
  /// The name on the command line and in files, unique among all methods.
  static var name: String { get }
  /// What it reads and what its map means.
  static var traits: MethodTraits { get }
  /// What it computes, one line for each property.
  static var summary: MethodSummary { get }
  /// Its options, in the order of the documentation.
  static var options: [MethodOption<Self>] { get }

  /// Creates it with the defaults of all options.
  init()

  /// The value of the network at which the method works, for a network and the requested layer.
  ///
  /// Throws ``CodedError/Code/unknownLayer`` or ``CodedError/Code/notApplicable``.
  func layer(_ asked: String?, of network: Network) throws(CodedError) -> String
  /// The values that the forward pass must keep for it.
  func observedValues(at layer: String, of network: Network) -> [String]
  /// Throws ``CodedError/Code/badOption`` for options that are invalid for an input of this shape, `[F, T]`.
  func validate(inputShape: Shape) throws(CodedError)
  /// Whether the result depends on one of its options, given the values of the others.
  func reads(option: String) -> Bool
  /// The options as written to files for an input `[F, T]`, including values that the method chose itself.
  func settings(inputShape: Shape) -> [String: OptionValue]
  /// One map for each input of the batch, in order. Methods that need many passes get batches of one.
  func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap]
}

/// A summary of a method for tables and help; no entry ends with a full stop.
public struct MethodSummary: Sendable, Hashable {
  /// The formula, such as `w_k = mean g`. A is the layer's activation, g = d score / d A, x the input, b the baseline.
  public var formula: String
  /// Number of passes of the network for one input, such as `1` or `C`.
  public var passes: String
  /// The source: authors, year, DOI.
  public var source: String
  /// A note for users; empty if there is none.
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

  /// Whether it uses a layer's name.
  public var usesLayer: Bool { traits.reads == .layer }

  /// The requested layer, or the usual one (``MapLayout/usualLayer(of:)``); the input for methods at the input.
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

  /// The layer if it reads one, or the input if the map is made there in one pass.
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

  /// The value of each option that it uses, by the option's key.
  public func settings(inputShape: Shape) -> [String: OptionValue] { ownSettings() }

  func ownSettings() -> [String: OptionValue] {
    var result: [String: OptionValue] = [:]
    for option in Self.options where reads(option: option.description.name) {
      result[option.description.key] = option.read(self)
    }
    return result
  }

  /// The same method with some options set from texts, by name; options that it does not have are ignored.
  public func with(_ texts: [String: String]) throws(CodedError) -> any ExplanationMethod {
    var method = self
    for option in Self.options {
      if let text = texts[option.description.name] { try option.write(&method, text) }
    }
    return method
  }
}
