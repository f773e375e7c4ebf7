/// One kind of problem found by a check, with all clips concerned.
public struct Finding: Sendable, Codable, Equatable {
  /// The severity.
  public enum Severity: String, Sendable, Codable, Comparable {
    /// The data set is not fit for training.
    case error
    /// It can be used for training, but should be looked at first.
    case warning
    /// Worth knowing.
    case note

    private var rank: Int {
      switch self {
      case .error: 0
      case .warning: 1
      case .note: 2
      }
    }

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// The kind of problem, in the order of a report.
  public enum Code: String, Sendable, Codable, CaseIterable {
    /// No file.
    case missing
    /// Not sound, empty, or damaged beyond use.
    case unreadable
    /// Only silence.
    case silent
    /// Channels that cancel each other out: their mean is not the sound.
    case channelsCancel = "channels-cancel"
    /// A feature map with a value that is not a finite number.
    case notFinite = "not-finite"
    /// A feature map whose values are all the same.
    case constant
    /// A sound file that lacks more than half of the sound that its header announces.
    case incomplete
    /// The same sound in two splits.
    case soundLeak = "sound-leak"
    /// Nearly the same sound in two splits.
    case similarLeak = "similar-leak"
    /// The same sound under two labels.
    case labelConflict = "label-conflict"
    /// Rows of one recording, or of one file, under several labels.
    case severalLabels = "several-labels"
    /// A group (artist, album) in two splits.
    case groupLeak = "group-leak"
    /// Windows of one recording in two splits.
    case recordingLeak = "recording-leak"
    /// One genre only.
    case singleGenre = "single-genre"
    /// A genre that has no clip in a split.
    case noClips = "no-clips"
    /// A genre with few clips in a split.
    case fewClips = "few-clips"
    /// The same sound twice in one split and genre.
    case duplicate
    /// Nearly the same sound twice, in one split.
    case similarSound = "similar-sound"
    /// Rows that share a name but are not proved to be one recording.
    case repeatedName = "repeated-name"
    /// A segment that begins or ends beyond the end of its file.
    case segmentBeyondEnd = "segment-beyond-end"
    /// Segments of one file that share some sound.
    case overlappingSegments = "overlapping-segments"
    /// Less than half a window of sound: mostly added silence.
    case mostlyPadding = "mostly-padding"
    /// Shorter than a window.
    case short
    /// A sound file with a part that cannot be decoded, or whose end is missing.
    case damaged
    /// A sound file that contains several recordings, one after another.
    case joined
    /// Much of the sound is lost when channels are averaged.
    case channelsWeaken = "channels-weaken"
    /// Silent for more than half of its time.
    case mostlySilent = "mostly-silent"
    /// Many samples at full scale.
    case clipped
    /// Files, folders or links that a search found but did not use.
    case leftOut = "left-out"
    /// One genre has many times as many clips as another.
    case imbalance
    /// Labels that differ only in case, spaces or hyphens.
    case similarLabels = "similar-labels"
    /// Several channels with the same samples.
    case monoAsStereo = "mono-as-stereo"
    /// A sound file whose header gives a different length from its sound.
    case wrongLength = "wrong-length"
    /// Files of several sample rates.
    case mixedRates = "mixed-rates"
    /// Groups are not known, so artists in two splits would not be noticed.
    case noGroups = "no-groups"
    /// It is not known how the maps of a feature file were computed.
    case unknownFeatures = "unknown-features"
    /// There are no splits yet.
    case unsplit

    /// The severity unless the check is strict.
    public var severity: Severity {
      switch self {
      case .missing, .unreadable, .silent, .channelsCancel, .notFinite, .constant, .incomplete, .soundLeak,
        .similarLeak, .labelConflict, .severalLabels, .groupLeak, .recordingLeak, .singleGenre, .noClips,
        .segmentBeyondEnd:
        .error
      case .fewClips, .duplicate, .similarSound, .repeatedName, .overlappingSegments, .mostlyPadding, .short,
        .damaged, .joined, .channelsWeaken, .mostlySilent, .clipped, .leftOut, .imbalance, .similarLabels:
        .warning
      case .monoAsStereo, .wrongLength, .mixedRates, .noGroups, .unknownFeatures, .unsplit: .note
      }
    }
  }

  public var code: Code
  public var severity: Severity
  /// What it means, in one line.
  public var message: String
  /// The clips, groups or labels concerned, with the measurements.
  public var items: [String]

  public init(_ code: Code, _ message: String, items: [String] = []) {
    (self.code, severity, self.message, self.items) = (code, code.severity, message, items)
  }
}
