/// The source of the information on how the maps of a feature file were computed.
public enum FeatureOrigin: String, Codable, Sendable, Hashable {
  /// GenreLens, which computed them (`X.json`).
  case described
  /// The user.
  case stated
  /// Unknown: they may be anything with their shape.
  case unknown
}
