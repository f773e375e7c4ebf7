/// The result of a check.
public struct DatasetCheckReport: Sendable, Codable, Equatable {
  /// A clip with its measurements.
  public struct Clip: Sendable, Codable, Equatable {
    public var path: String
    public var label: String
    public var split: String?
    public var group: String?
    /// nil if the file could not be read.
    public var measurement: SoundMeasurement?
    /// The reason in that case.
    public var failure: String?
  }

  /// The folder, manifest or feature file.
  public var path: String
  /// Number of clips or, for a feature file, of rows.
  public var count: Int
  /// Recordings by genre and split; `unsplit` if there is no split.
  public var genres: [String: [String: Int]]
  /// Seconds of sound decoded; nil for a feature file.
  public var seconds: Double?
  /// By severity, then code.
  public var findings: [Finding]
  /// Whether warnings count as errors.
  public var isStrict: Bool
  /// For sound files.
  public var clips: [Clip]

  /// Whether the data set is fit for training: no finding is an error.
  public var isFit: Bool { !findings.contains { $0.severity == .error } }

  init(
    _ dataset: Dataset, findings: [Finding], isStrict: Bool, seconds: Double? = nil, clips: [Clip] = []
  ) {
    path = dataset.path
    count = dataset.clips.count
    genres = dataset.recordingClips(Array(dataset.clips.indices)).reduce(into: [:]) {
      $0[$1.label, default: [:]][$1.split?.rawValue ?? "unsplit", default: 0] += 1
    }
    self.seconds = seconds
    self.isStrict = isStrict
    self.clips = clips
    let order = Dictionary(uniqueKeysWithValues: Finding.Code.allCases.enumerated().map { ($1, $0) })
    self.findings =
      findings
      .map { finding in
        var finding = finding
        if isStrict, finding.severity == .warning { finding.severity = .error }
        return finding
      }
      .sorted { ($0.severity, order[$0.code] ?? 0) < ($1.severity, order[$1.code] ?? 0) }
  }

  private enum CodingKeys: String, CodingKey {
    case path, count, genres, seconds, findings, isStrict, clips, isFit
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(count, forKey: .count)
    try container.encode(genres, forKey: .genres)
    try container.encodeIfPresent(seconds, forKey: .seconds)
    try container.encode(findings, forKey: .findings)
    try container.encode(isStrict, forKey: .isStrict)
    try container.encode(clips, forKey: .clips)
    try container.encode(isFit, forKey: .isFit)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    path = try container.decode(String.self, forKey: .path)
    count = try container.decode(Int.self, forKey: .count)
    genres = try container.decode([String: [String: Int]].self, forKey: .genres)
    seconds = try container.decodeIfPresent(Double.self, forKey: .seconds)
    findings = try container.decode([Finding].self, forKey: .findings)
    isStrict = try container.decode(Bool.self, forKey: .isStrict)
    clips = try container.decode([Clip].self, forKey: .clips)
  }
}
