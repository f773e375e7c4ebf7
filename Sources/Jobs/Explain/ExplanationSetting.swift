public import Explanation
import Networks

/// How an explanation was made, as written in files: method, class, score, and the options that the method used.
public struct ExplanationSetting: Sendable, Equatable {
  /// For example `grad-cam`.
  public let method: String
  /// The explained class.
  public let explainedClass: String
  /// The class it is contrasted with, if any.
  public let contrastClass: String?
  /// What was explained: logit, probability or contrast.
  public let target: String
  /// Its value.
  public let score: Double
  /// The explained class's softmax probability in this window.
  public let probability: Double
  /// The class with the highest probability in this window.
  public let predictedClass: String
  /// The score relative to which attributions are counted, and the part of the difference that they miss.
  public let baselineScore: Double?
  public let completenessGap: Double?
  /// The options that the method used, by their keys in files (``ExplanationCatalogue/options``), at the same level as the fields
  /// above.
  public let options: [String: OptionValue]

  init(_ explanation: ClassExplanation) {
    method = explanation.method.name
    explainedClass = explanation.label
    contrastClass = explanation.contrastLabel
    target = explanation.explainedScore.name
    (score, probability) = (Double(explanation.score), Double(explanation.probability))
    predictedClass = explanation.predictedLabel
    baselineScore = explanation.baselineScore.map { Double($0) }
    completenessGap = explanation.completenessGap.map { Double($0) }
    options = explanation.settings
  }
}

extension ExplanationSetting: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(method, forKey: Key("method"))
    try container.encode(explainedClass, forKey: Key("class"))
    try container.encodeIfPresent(contrastClass, forKey: Key("contrastClass"))
    try container.encode(target, forKey: Key("target"))
    try container.encode(score, forKey: Key("score"))
    try container.encode(probability, forKey: Key("probability"))
    try container.encode(predictedClass, forKey: Key("predictedClass"))
    try container.encodeIfPresent(baselineScore, forKey: Key("baselineScore"))
    try container.encodeIfPresent(completenessGap, forKey: Key("completenessGap"))
    for (name, value) in options { try container.encode(value, forKey: Key(name)) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    method = try container.decode(String.self, forKey: Key("method"))
    explainedClass = try container.decode(String.self, forKey: Key("class"))
    contrastClass = try container.decodeIfPresent(String.self, forKey: Key("contrastClass"))
    target = try container.decode(String.self, forKey: Key("target"))
    score = try container.decode(Double.self, forKey: Key("score"))
    probability = try container.decode(Double.self, forKey: Key("probability"))
    predictedClass = try container.decode(String.self, forKey: Key("predictedClass"))
    baselineScore = try container.decodeIfPresent(Double.self, forKey: Key("baselineScore"))
    completenessGap = try container.decodeIfPresent(Double.self, forKey: Key("completenessGap"))
    var options: [String: OptionValue] = [:]
    for (option, _) in ExplanationCatalogue.options {
      options[option.key] = try container.decodeIfPresent(OptionValue.self, forKey: Key(option.key))?.of(
        option.kind)
    }
    self.options = options
  }
}
