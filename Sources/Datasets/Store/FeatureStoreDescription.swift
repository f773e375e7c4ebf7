public import Features

/// The sidecar `X.json` of a feature file: how its maps were made.
///
/// A feature file without a sidecar (plain NumPy) can be trained on; the model can then classify sound only if the user states
/// the specification (see ``FeatureStore/open(_:stating:)``).
public struct FeatureStoreDescription: Codable, Sendable, Equatable {
  /// Version of this description; a reader refuses a later one.
  public var version = 1
  /// How a map was computed from sound; nil when that is not known.
  public var spec: FeatureSpec?
  /// Whether that is a user's statement about the maps from which these were made; nil is no.
  public var isStated: Bool?
  /// Number of maps.
  public var rows: Int
  /// NumPy's name of the number format, for example `<f4`.
  public var element: String
  /// Which windows of a recording were taken: `first`, `all`, `every 1.5 s` or `at most 10`; nil if it is not known.
  public var windows: String?
  /// Stored numbers times `scale` plus `offset` are the map's values; nil is 1 and 0.
  public var scale: Float?
  /// See ``scale``.
  public var offset: Float?
  /// Which part of a larger store this is; nil for a whole one.
  public var shard: Shard?

  /// One of several parts that ``FeatureShards`` puts together.
  public struct Shard: Codable, Sendable, Equatable {
    /// From 1.
    public var index: Int
    public var count: Int
    /// Equal for all parts of one job: a hash of settings and list of files.
    public var job: String
  }

  public init(spec: FeatureSpec?, rows: Int, element: String, windows: String? = nil) {
    self.spec = spec
    self.rows = rows
    self.element = element
    self.windows = windows
  }
}
