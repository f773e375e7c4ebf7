public import Audio
import Files

/// One labelled clip: a sound file, or one row of a feature file.
///
/// ```swift
/// let clip = Clip(name: "one", path: "Music/Folk/one.mp3", label: "Folk", split: .train, group: "Alder Hill Trio")
/// print(clip.recording, clip.identity)
/// ```
///
/// Splits keep a ``group`` together, and clips of one ``recording``; intervals count what ``dependence`` says. ``identity`` alone decides
/// whether two rows are one recording, because files of one name need not be.
public struct Clip: Sendable, Hashable {
  /// What a reader calls it: the file's name or the track's number.
  public var name: String
  /// The sound file, where it is known.
  public var path: String?
  /// The row of the feature file, where there is one.
  public var row: Int?
  /// The genre; empty only for clips gathered by ``Dataset/gather(_:)``.
  public var label: String
  /// Nil until the data set is split.
  public var split: Split?
  /// What must not be torn apart by a split: an artist or album.
  public var group: String?
  /// The stretch of the sound file that the clip is; nil is the whole file. Several clips may be segments of one file.
  public var segment: SoundSegment?
  /// Where the window starts in the sound file, in seconds, for a row of a feature file.
  public var startSeconds: Double?
  /// Seconds of silence after a clip that was too short.
  public var paddedSeconds: Double?
  /// How the sound was changed before its map was computed (``SoundVariant``), for example `stretch 0.9`; nil for the
  /// sound itself. Such rows serve training only.
  public var variant: String?
  /// The line of the manifest or index, for messages.
  public var line: Int?
  /// What the column `recording` or `track_id` of an index calls the recording; rows with one identifier are one recording.
  public var identifier: String?
  /// What the sound file holds, whatever its name and tags; nil for a clip of no table of rows, and where no extraction said it.
  public var sound: SoundHash?
  /// ``identity`` as the whole table tells it; nil where the clip comes from no table of rows.
  var provenIdentity: String?

  public init(
    name: String, path: String? = nil, row: Int? = nil, label: String, split: Split? = nil,
    group: String? = nil, segment: SoundSegment? = nil,
    startSeconds: Double? = nil, paddedSeconds: Double? = nil, variant: String? = nil, line: Int? = nil
  ) {
    self.name = name
    self.path = path
    self.row = row
    self.label = label
    self.split = split
    self.group = group
    self.segment = segment
    self.startSeconds = startSeconds
    self.paddedSeconds = paddedSeconds
    self.variant = variant
    self.line = line
  }

  /// What all windows of one recording have in common, and all segments of it: splits keep clips together that share it. Two
  /// recordings of one name share it too, so that it decides nothing else; see ``identity``.
  public var recording: String { path ?? name }

  /// What clips that are not independent of each other have in common: the group, else of segments the recording; nil where
  /// the clip stands for itself.
  public var dependence: String? { group ?? segment.map { _ in recording } }

  /// What tells the clip from others: rows with one identity are proved to be windows of one recording, or of one segment of
  /// it (for example `Folk/one.mp3 12.0-15.0 s`), and are judged as one.
  public var identity: String { provenIdentity ?? segmented(recording) }

  /// Whether nothing but its row tells the recording from another of the same path or name.
  public var isNamedByRow: Bool {
    row != nil
      && ![path, identifier, name].compactMap(\.self).contains { segmented($0).isSpelled(like: identity) }
  }

  /// A name of the recording with the segment of it that the clip is.
  func segmented(_ name: String) -> String { segment.map { "\(name) \($0)" } ?? name }
}
