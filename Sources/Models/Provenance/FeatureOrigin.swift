/// Who says how the maps of a feature file were computed.
public enum FeatureOrigin: String, Codable, Sendable, Hashable {
  /// GenreLens, which computed them (`X.json`).
  case described
  /// The user.
  case stated
  /// Nobody: they may be anything of their shape.
  case unknown
}
