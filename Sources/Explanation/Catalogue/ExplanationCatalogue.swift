public import Files
import Synchronization

/// The methods that can be found by name.
///
/// ```swift
/// let method = try ExplanationCatalogue.method(named: "grad-cam++", options: ["variant": "explicit"])
/// ExplanationCatalogue.register(GradCAM.self)                    // your type: from here on it is found by its name
/// ```
public enum ExplanationCatalogue {
  /// The methods of this package: one line each.
  static let own: [any ExplanationMethod.Type] = [
    GradCAM.self,
    GradCAMPlusPlus.self,
    HiResCAM.self,
    CAM.self,
    LayerCAM.self,
    XGradCAM.self,
    EigenCAM.self,
    CounterfactualGradCAM.self,
    Saliency.self,
    GradientXInput.self,
    GuidedBackprop.self,
    Deconvolution.self,
    GuidedGradCAM.self,
    ScoreCAM.self,
    AblationCAM.self,
    SmoothGrad.self,
    IntegratedGradients.self,
    Occlusion.self,
    RISE.self,
    AttentionMap.self,
    AttentionRollout.self,
    TagContribution.self,
    StepAttribution.self,
    StepOutputs.self,
    LRP.self,
  ]

  private static let added = Mutex<[any ExplanationMethod.Type]>([])

  /// All types of methods.
  public static var types: [any ExplanationMethod.Type] { own + added.withLock { $0 } }

  /// All methods with their defaults.
  public static var methods: [any ExplanationMethod] { types.map { $0.init() } }

  /// The names of all methods.
  public static var names: [String] { types.map { $0.name } }

  /// Registers a method from another package under its name. Traps if another type has that name.
  public static func register(_ type: any ExplanationMethod.Type) {
    let taken = types.first { $0.name == type.name }
    precondition(taken == nil || taken == type, "a method is called '\(type.name)' already")
    if taken == nil { added.withLock { $0.append(type) } }
  }

  /// The method of that name, with options given as texts by name.
  ///
  /// Throws ``CodedError/Code/unknownMethod`` with the list of names, and ``CodedError/Code/badOption`` for an option that the
  /// method does not have, a text that cannot be parsed and a number out of range.
  public static func method(
    named name: String, options: [String: String] = [:]
  ) throws(CodedError) -> any ExplanationMethod {
    guard let type = types.first(where: { $0.name == name }) else {
      throw CodedError(
        .unknownMethod,
        "unknown method \"\(name)\": choose one of \(names.joined(separator: ", "))"
          + suggestion(for: name, among: names))
    }
    return try make(type, options)
  }

  /// The methods of a list of names with commas between them, each with those of the options that it reads.
  ///
  /// Throws as ``method(named:options:)``, for an option that none of them reads, and ``CodedError/Code/usage`` for a name that is
  /// there twice.
  public static func methods(
    named list: String, options: [String: String] = [:]
  ) throws(CodedError) -> [any ExplanationMethod] {
    let names = list.split(separator: ",", omittingEmptySubsequences: false).map {
      String($0.filter { !$0.isWhitespace })
    }
    guard names.count > 1 else { return [try method(named: list, options: options)] }
    var result: [any ExplanationMethod] = []
    var unread = Set(options.keys)
    for (index, name) in names.enumerated() {
      guard !names[..<index].contains(name) else { throw CodedError(.usage, "\(name) is named twice") }
      // An unknown name is told first.
      let type = type(of: try method(named: name))
      let own = options.filter { reads(type, $0.key, options) }
      unread.subtract(own.keys)
      result.append(try make(type, own))
    }
    for option in unread.sorted() {
      let owners = types.filter { reads($0, option, options) }.map { $0.name }
      throw CodedError(
        .badOption,
        owners.isEmpty
          ? "no method has an option --\(option)"
          : "--\(option) belongs to \(owners.joined(separator: ", ")), not to \(names.joined(separator: ", "))"
      )
    }
    return result
  }

  private static func make<Method: ExplanationMethod>(
    _ type: Method.Type, _ options: [String: String]
  ) throws(CodedError) -> any ExplanationMethod {
    var method = Method()
    let known = Method.options
    for (name, text) in options.sorted(by: { $0.key < $1.key }) {
      try known.first { $0.description.name == name }?.write(&method, text)
    }
    for name in options.keys.sorted()
    where !known.contains(where: { $0.description.name == name }) || !method.reads(option: name) {
      let owners = types.filter { reads($0, name, options) }.map { $0.name }
      throw CodedError(
        .badOption,
        owners.isEmpty
          ? "no method has an option --\(name)"
          : "--\(name) belongs to \(owners.joined(separator: ", ")), not to \(Method.name)")
    }
    try method.validateOptions()
    return method
  }

  /// Whether a method reads an option when it is given those others that it has.
  private static func reads<Method: ExplanationMethod>(
    _ type: Method.Type, _ name: String, _ options: [String: String]
  ) -> Bool {
    guard Method.options.contains(where: { $0.description.name == name }) else { return false }
    var method = Method()
    for option in Method.options {
      if let text = options[option.description.name] { try? option.write(&method, text) }
    }
    return method.reads(option: name)
  }

  /// The options of all methods, in the catalogue's order: each with the methods that have it.
  public static var options: [(description: OptionDescription, methods: [String])] {
    var result: [(description: OptionDescription, methods: [String])] = []
    for type in types {
      for description in descriptions(type) {
        if let index = result.firstIndex(where: { $0.description.name == description.name }) {
          result[index].methods.append(type.name)
        } else {
          result.append((description, [type.name]))
        }
      }
    }
    return result
  }

  /// The options of one method.
  public static func options(of method: any ExplanationMethod) -> [OptionDescription] {
    descriptions(of: method)
  }

  private static func descriptions<Method: ExplanationMethod>(of method: Method) -> [OptionDescription] {
    descriptions(Method.self)
  }

  private static func descriptions<Method: ExplanationMethod>(_ type: Method.Type) -> [OptionDescription] {
    Method.options.map(\.description)
  }
}
