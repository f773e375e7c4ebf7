public import Statistics

/// How far a model's probabilities can be taken at their word.
public struct CalibrationSection: Sendable, Codable, Hashable {
  /// As the model gives them, on the evaluated tracks.
  public var plain: Calibration
  /// With logits divided by the temperature, on the evaluated tracks; nil without one.
  public var scaled: Calibration?
  /// That temperature; nil without one.
  public var temperature: Double?
  /// Where the temperature comes from, in words, or why there is none.
  public var source: String

  public init(plain: Calibration, scaled: Calibration?, temperature: Double?, source: String) {
    (self.plain, self.scaled) = (plain, scaled)
    (self.temperature, self.source) = (temperature, source)
  }
}
