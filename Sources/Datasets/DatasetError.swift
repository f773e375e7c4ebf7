/// What is wrong with a data set, in one line that says what and where.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// No file or folder at the path.
    public static let missing = Code(rawValue: "missing")
    /// Nothing in it: no clip, no genre folder, no row.
    public static let empty = Code(rawValue: "empty")
    /// Text that is not CSV, or a file of another kind.
    public static let damaged = Code(rawValue: "damaged")
    /// A column that is needed is not there.
    public static let missingColumn = Code(rawValue: "missing-column")
    /// A line without a label.
    public static let missingLabel = Code(rawValue: "missing-label")
    /// A split that is not train, valid or test, or is given on some lines only.
    public static let unknownSplit = Code(rawValue: "unknown-split")
    /// A label that was asked for and is not in the data set.
    public static let unknownLabel = Code(rawValue: "unknown-label")
    /// A path or row listed twice.
    public static let duplicate = Code(rawValue: "duplicate")
    /// Rows of one recording with different labels.
    public static let severalLabels = Code(rawValue: "several-labels")
    /// A row that the feature file does not have, or no row number at all.
    public static let invalidRow = Code(rawValue: "invalid-row")
    /// Fewer than two genres.
    public static let singleGenre = Code(rawValue: "single-genre")
    /// A genre with fewer clips than a split needs.
    public static let tooFewClips = Code(rawValue: "too-few-clips")
    /// Feature maps that do not fit what is asked of them: shape, specification, version.
    public static let incompatible = Code(rawValue: "incompatible")
    /// A feature value that is not a finite number.
    public static let notFinite = Code(rawValue: "not-finite")
    /// Not one input could be used.
    public static let allFailed = Code(rawValue: "all-failed")
    /// Somebody else is writing the same store.
    public static let busy = Code(rawValue: "busy")
    /// A store whose writer was killed while it put the files in place.
    public static let unfinished = Code(rawValue: "unfinished")
    /// Shards that do not make up one store.
    public static let wrongShards = Code(rawValue: "wrong-shards")
    /// A number that the stored kind cannot hold.
    public static let outOfRange = Code(rawValue: "out-of-range")
    /// Stopped on request.
    public static let cancelled = Code(rawValue: "cancelled")
    /// Reading or writing failed.
    public static let inputOutput = Code(rawValue: "input-output")
  }

  public let code: Code
  /// What happened and what to do, without path and line.
  public let message: String
  public let path: String
  /// Line of the file, from 1, where there is one.
  public let line: Int?
  /// The system's own status, where there is one.
  public let underlyingStatus: Int?

  public init(
    _ code: Code, _ message: String, path: String, line: Int? = nil, underlyingStatus: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.path = path
    self.line = line
    self.underlyingStatus = underlyingStatus
  }

  /// `path:line: message`, as compilers write it.
  public var description: String {
    if let line { "\(path):\(line): \(message)" } else { "\(path): \(message)" }
  }
}

/// Something a user should know about a data set that does not stop the work.
public struct DatasetWarning: Sendable, Equatable, CustomStringConvertible {
  /// The kind of warning; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Clips were split by track because no groups are known.
    public static let splitByTrack = Code(rawValue: "split-by-track")
    /// A group (artist, album) stands in more than one split.
    public static let groupInSeveralSplits = Code(rawValue: "group-in-several-splits")
    /// Rows share a name, and nothing proves them to be one recording.
    public static let repeatedName = Code(rawValue: "repeated-name")
    /// It is not known how the maps of a feature file were computed.
    public static let unknownFeatures = Code(rawValue: "unknown-features")
    /// A folder without sound files was left out.
    public static let emptyGenreFolder = Code(rawValue: "empty-genre-folder")
    /// A link that leads to what is searched already, or to nothing, was left out.
    public static let linkLeftOut = Code(rawValue: "link-left-out")
    /// Files that hold or may hold sound were not taken.
    public static let filesLeftOut = Code(rawValue: "files-left-out")
    /// A `manifest.csv` that is none was not read.
    public static let manifestIgnored = Code(rawValue: "manifest-ignored")
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
