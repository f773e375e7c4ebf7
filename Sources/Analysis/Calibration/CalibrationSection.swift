public import Statistics

/// The calibration of a model's probabilities.
public struct CalibrationSection: Sendable, Codable, Hashable {
  /// For the model's raw probabilities, on the evaluated tracks.
  public var plain: Calibration
  /// With logits divided by the temperature, on the evaluated tracks; nil without one.
  public var scaled: Calibration?
  /// That temperature; nil without one.
  public var temperature: Double?
  /// The source of the temperature, as text, or why there is none.
  public var source: String

  public init(plain: Calibration, scaled: Calibration?, temperature: Double?, source: String) {
    (self.plain, self.scaled) = (plain, scaled)
    (self.temperature, self.source) = (temperature, source)
  }
}
