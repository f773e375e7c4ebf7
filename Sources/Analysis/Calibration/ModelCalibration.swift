public import Statistics

/// A temperature for a model's logits, tested on tracks, and how the model used these tracks.
///
/// As JSON its keys are those of ``trial``, and `training`.
public struct ModelCalibration: Sendable, Codable, Hashable {
  /// The temperature, and its benefit on tracks to which it was not fitted.
  public let trial: TemperatureTrial
  /// How many of the recordings were used to make the model; nil if it was not checked.
  public let training: TrainingOverlap?

  public init(_ trial: TemperatureTrial, training: TrainingOverlap? = nil) {
    (self.trial, self.training) = (trial, training)
  }

  private enum CodingKeys: String, CodingKey { case training }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    trial = try TemperatureTrial(from: decoder)
    training = try values.decodeIfPresent(TrainingOverlap.self, forKey: .training)
  }

  public func encode(to encoder: any Encoder) throws {
    try trial.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(training, forKey: .training)
  }
}
