/// A problem with a data set that the user should know but that does not stop the work.
public struct DatasetWarning: Sendable, Equatable, CustomStringConvertible {
  /// The kind of warning; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Clips were split by track because no groups are known.
    public static let splitByTrack = Code(rawValue: "split-by-track")
    /// A group (artist, album) is in more than one split.
    public static let groupInSeveralSplits = Code(rawValue: "group-in-several-splits")
    /// Rows share a name but are not proved to be one recording.
    public static let repeatedName = Code(rawValue: "repeated-name")
    /// It is not known how the maps of a feature file were computed.
    public static let unknownFeatures = Code(rawValue: "unknown-features")
    /// A folder without sound files was left out.
    public static let emptyGenreFolder = Code(rawValue: "empty-genre-folder")
    /// Folders of pictures that are called `train`, `test` and so on were taken for classes.
    public static let partsAsClasses = Code(rawValue: "parts-as-classes")
    /// A broken link, or one to a place already searched, was left out.
    public static let linkLeftOut = Code(rawValue: "link-left-out")
    /// Files that contain or may contain sound were not used.
    public static let filesLeftOut = Code(rawValue: "files-left-out")
    /// A `manifest.csv` that is not a manifest was not read.
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
