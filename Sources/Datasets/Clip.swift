public import Audio
import Files

/// One labelled clip: a sound file, or one row of a feature file.
///
/// ```swift
/// let clip = Clip(name: "one", path: "Music/Folk/one.mp3", label: "Folk", split: .train, group: "Alder Hill Trio")
/// print(clip.recording, clip.identity)
/// ```
///
/// Splits keep together the clips of a ``group`` and those of a ``recording``; intervals count by ``dependence``. Only
/// ``identity`` decides whether two rows are one recording, because files with the same name need not be.
public struct Clip: Sendable, Hashable {
  /// The name shown to people: the file's name or the track's number.
  public var name: String
  /// The sound file, if known.
  public var path: String?
  /// The row of the feature file, if there is one.
  public var row: Int?
  /// The genre; empty only for clips gathered by ``Dataset/gather(_:)``.
  public var label: String
  /// Nil until the data set is split.
  public var split: Split?
  /// The clips that a split must keep together: an artist or album.
  public var group: String?
  /// The segment of the sound file; nil is the whole file. Several clips may be segments of one file.
  public var segment: SoundSegment?
  /// Where the window starts in the sound file, in seconds, for a row of a feature file.
  public var startSeconds: Double?
  /// Seconds of silence after a clip that was too short.
  public var paddedSeconds: Double?
  /// How the sound was altered before its map was computed (``SoundVariant``), for example `stretch 0.9`; nil for the original
  /// sound. Such rows are used only for training.
  public var variant: String?
  /// The line of the manifest or index, for messages.
  public var line: Int?
  /// The recording's identifier in the column `recording` or `track_id` of an index; rows with the same identifier are one
  /// recording.
  public var identifier: String?
  /// A hash of the content of the sound file, independent of its name and tags; nil for a clip that is not a row of a table, and
  /// if no extraction recorded it.
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

  /// A key shared by all windows and segments of one recording: splits keep together the clips that share it. Two recordings with
  /// the same name share it too, so it decides nothing else; see ``identity``.
  public var recording: String { path ?? name }

  /// A key shared by clips that are not independent of each other: the group or else, for segments, the recording; nil if the
  /// clip is independent.
  public var dependence: String? { group ?? segment.map { _ in recording } }

  /// The key that distinguishes the clip from others: rows with the same identity are proved to be windows of one recording, or
  /// of one segment of it (for example `Folk/one.mp3 12.0-15.0 s`), and are judged as one.
  public var identity: String { provenIdentity ?? segmented(recording) }

  /// Whether only its row distinguishes the recording from another with the same path or name.
  public var isNamedByRow: Bool {
    row != nil
      && ![path, identifier, name].compactMap(\.self).contains { segmented($0).isSpelled(like: identity) }
  }

  /// A name of the recording with the segment of it that the clip is.
  func segmented(_ name: String) -> String { segment.map { "\(name) \($0)" } ?? name }
}
