/// The recordings that a model was trained on, as hashes of their content: enough to tell whether a recording is among them, but
/// not to reconstruct one.
///
/// For each recording, the following is kept as far as it is known:
/// - a hash of its sound without tags (`SoundHash`), for a segment with its beginning and end;
/// - hashes of its feature maps: of the first that is not silence, and of up to ``mapsPerRecording`` - 1 others (those with the
///   smallest hashes, so the same windows in another file give the same hashes);
/// - its rows in the feature file that was trained on, with those of its other windows there, and a hash that identifies this
///   feature file.
///
/// A match proves that a recording is among them. The opposite is proved if its sound and those of all of them are known, or if
/// it is in other rows of the same feature file.
///
/// In a checkpoint they are base64 of sorted little-endian numbers: about 11 bytes for the sound (21 of a segment), 8 for each
/// map and 1.3 for each row: some 20 bytes for a recording of one window, 90 for one of ten, 75 and the rows for longer ones.
public struct TrainingRecordings: Sendable, Hashable {
  /// Number of maps kept per recording.
  public static let mapsPerRecording = 8
  /// Number of bits kept of a map's hash.
  public static let mapHashBits = 48

  /// The beginning and end of a segment of a sound file, in milliseconds.
  public struct Stretch: Sendable, Hashable, Comparable {
    public var start: UInt32
    /// `UInt32.max` is the end of the sound.
    public var end: UInt32

    /// Times are rounded to milliseconds; the segment has at least one. nil is the end of the sound.
    public init(startSeconds: Double, endSeconds: Double?) {
      func milliseconds(_ seconds: Double) -> UInt32 {
        UInt32(min(max(0, (seconds * 1000).rounded()), Double(UInt32.max - 1)))
      }
      start = milliseconds(startSeconds)
      end = max(start + 1, endSeconds.map(milliseconds) ?? .max)
    }

    init(start: UInt32, end: UInt32) { (self.start, self.end) = (start, end) }

    /// Whether the two have some sound in common.
    public func overlaps(_ other: Stretch) -> Bool { start < other.end && other.start < end }

    public static func < (first: Stretch, second: Stretch) -> Bool {
      (first.start, first.end) < (second.start, second.end)
    }
  }

  /// The identification of a feature file.
  public struct Store: Sendable, Hashable, Codable {
    /// Number of maps in it.
    public var count: Int
    /// A hash of them.
    public var hash: String

    public init(count: Int, hash: String) { (self.count, self.hash) = (count, hash) }
  }

  /// The recordings of one part.
  public struct Part: Sendable, Hashable {
    /// Number of recordings in it.
    public var count: Int
    /// Number of recordings for which the content of the sound file is not known.
    public var withoutSound: Int
    /// Hashes of the sounds of whole files.
    public var sounds: Set<UInt64>
    /// Segments of files, by the hash of the file's sound.
    public var stretches: [UInt64: Set<Stretch>]
    /// Hashes of feature maps, of ``TrainingRecordings/mapHashBits`` bits.
    public var maps: Set<UInt64>
    /// Rows of their windows in ``TrainingRecordings/store``.
    public var rows: Set<Int>

    public init(
      count: Int = 0, withoutSound: Int = 0, sounds: Set<UInt64> = [],
      stretches: [UInt64: Set<Stretch>] = [:], maps: Set<UInt64> = [], rows: Set<Int> = []
    ) {
      (self.count, self.withoutSound, self.sounds) = (count, withoutSound, sounds)
      (self.stretches, self.maps, self.rows) = (stretches, maps, rows)
    }

    fileprivate mutating func add(_ other: Part, rows addsRows: Bool) {
      guard other != self else { return }
      (count, withoutSound) = (count + other.count, withoutSound + other.withoutSound)
      sounds.formUnion(other.sounds)
      stretches.merge(other.stretches) { $0.union($1) }
      maps.formUnion(other.maps)
      if addsRows { rows.formUnion(other.rows) }
    }

    /// Whether a sound is from one of the recordings, or contains a section of one.
    ///
    /// - Parameter stretch: the part of the sound concerned; nil is all of it.
    public func holds(sound: UInt64, stretch: Stretch?) -> Bool {
      if sounds.contains(sound) { return true }
      guard let own = stretches[sound] else { return false }
      return stretch.map { stretch in own.contains { $0.overlaps(stretch) } } ?? true
    }
  }

  /// Those that the weights and the standardisation were fitted to.
  public var train: Part
  /// Those used to choose the epoch.
  public var valid: Part
  /// The feature file that was trained on; nil in files of earlier versions.
  public var store: Store?

  public init(train: Part, valid: Part, store: Store? = nil) {
    (self.train, self.valid, self.store) = (train, valid, store)
  }

  /// Recordings of which nothing is known but their number: those of a model that does not say.
  static func unknown(count: Int) -> TrainingRecordings {
    TrainingRecordings(train: Part(count: count, withoutSound: count), valid: Part())
  }

  /// These and those of the model with which the training began, which made the new one too.
  ///
  /// Rows prove something only if both trained on one feature file.
  package func joined(with base: GenreModel) -> TrainingRecordings {
    let other = base.recordings ?? .unknown(count: max(1, base.provenance.trainCount))
    var result = self
    if store != other.store { (result.store, result.train.rows, result.valid.rows) = (nil, [], []) }
    result.train.add(other.train, rows: store == other.store)
    result.valid.add(other.valid, rows: store == other.store)
    return result
  }

  /// Whether the sounds of all recordings are known.
  public var knowsSounds: Bool { train.withoutSound == 0 && valid.withoutSound == 0 }
}
