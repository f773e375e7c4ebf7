public import Explanation
import Files
import Foundation

/// What to measure of a model's explanations.
public struct BenchmarkOptions: Sendable {
  /// The layers at which maps are made.
  public enum LayerChoice: Sendable, Equatable {
    /// The convolutions.
    case convolutions
    /// Every layer that has a map.
    case all
    case named([String])

    /// Reads "conv", "all" or a list of names separated by commas.
    public init(_ text: String) {
      switch text.lowercased() {
      case "conv", "convolutions": self = .convolutions
      case "all": self = .all
      default: self = .named(listed(text))
      }
    }
  }

  /// The methods, in the order of the tables.
  public var methods: [any ExplanationMethod] = Self.quickMethods
  public var layers = LayerChoice.convolutions
  public var measures = Set(FaithfulnessMeasure.allCases)
  public var faithfulness = FaithfulnessOptions()
  /// Number of clips to measure, drawn with the seed; nil uses all.
  public var limit: Int?
  /// Number of these clips used for the measures that need many explanations: sensitivity, randomization, occlusion; and twice as
  /// many splices for localization.
  public var subsetCount = 50
  /// Levels of heat (0 to 255) at which masking is measured besides the usual masks; their mean Average Drop is a separate
  /// metric. Empty for none.
  public var sweepLevels: [Int] = []
  /// For pictures: where their objects are, a folder as ``PictureTruth`` reads it; nil if nobody knows.
  public var truth: String?
  /// A table of which class each marked object is one of (``TruthClasses``); without it any marked object counts.
  public var truthClasses: String?
  /// Number of bootstrap resamples.
  public var resampleCount = 1000

  public init() {}

  /// Of equal options the same text.
  package var identity: String {
    var ordered = self
    ordered.measures = []
    return "\(ordered) \(measures.map(\.rawValue).sorted())"
  }

  /// All methods with one pass, Integrated Gradients, Score-CAM and Ablation-CAM; none that takes hundreds of passes for a map,
  /// shows evidence against a class or needs attention or recurrent layers, and not LRP, whose cost grows with the layers.
  public static var quickMethods: [any ExplanationMethod] {
    ExplanationCatalogue.methods.filter {
      !$0.traits.isCounterfactual && ![.attention, .recurrence].contains($0.traits.reads)
        && !["occlusion", "rise", "lrp"].contains($0.name)
    }
  }

  /// Reads "quick", "all" or a list of methods separated by commas.
  public static func methods(named text: String) throws -> [any ExplanationMethod] {
    switch text.lowercased() {
    case "quick": return quickMethods
    case "all": return ExplanationCatalogue.methods.filter { !$0.traits.isCounterfactual }
    default:
      var methods: [any ExplanationMethod] = []
      for name in listed(text) {
        let method = try ExplanationCatalogue.method(named: name)
        if !methods.contains(where: { $0.name == name }) { methods.append(method) }
      }
      guard !methods.isEmpty else { throw CodedError(.usage, "no method named") }
      return methods
    }
  }

  /// Reads "all" or a list of measures separated by commas.
  public static func measures(named text: String) throws -> Set<FaithfulnessMeasure> {
    if text.lowercased() == "all" { return Set(FaithfulnessMeasure.allCases) }
    let measures = Set(try listed(text).map { try FaithfulnessMeasure.named($0) })
    guard !measures.isEmpty else { throw CodedError(.usage, "no metric named") }
    return measures
  }

  package func validate() throws {
    try faithfulness.validate()
    guard sweepLevels.allSatisfy({ (0...254).contains($0) }), Set(sweepLevels).count == sweepLevels.count
    else {
      throw CodedError(.usage, "levels of heat must be 0 to 254, each once")
    }
    guard truth != nil || truthClasses == nil else {
      throw CodedError(.usage, "the classes of marked objects need the objects: --truth")
    }
    guard truth != nil || measures != [.objects] else {
      throw CodedError(.usage, "the metric objects needs a folder that tells where they are: --truth")
    }
    guard truth == nil || measures.contains(.objects) else {
      throw CodedError(.usage, "--truth is for the metric objects, which was not asked for")
    }
    guard limit ?? 1 > 0, subsetCount > 0 else {
      throw CodedError(.usage, "the numbers of clips must be 1 or more")
    }
    guard (1...1_000_000).contains(resampleCount) else {
      throw CodedError(.usage, "\(resampleCount) resamples: choose 1 to 1000000")
    }
  }
}

/// The names in a list between commas.
private func listed(_ text: String) -> [String] {
  text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
}
