public import Files
import Foundation

/// The Free Music Archive on disk, read into a ``Catalog``: clips under a folder, their metadata in `tracks.csv`.
public struct FMACollection: Sendable {
  /// The folder that contains `000`, `001`, ...
  public var audio: String
  /// `tracks.csv`.
  public var metadata: String
  /// The requested top genres; nil is all. Case does not matter.
  public var genres: [String]?
  /// The requested subset, including those it contains. nil: the one indicated by the name of the audio folder (`fma_small`),
  /// otherwise all.
  public var subset: FMATrack.Subset?
  /// Whether clips that are known to be empty or truncated are kept.
  public var keepsBad = false

  public init(audio: String, metadata: String) { (self.audio, self.metadata) = (audio, metadata) }

  /// Columns of the manifest after path, label, split and group.
  public static let columns = [
    "track_id", "title", "artist_id", "artist", "album_id", "album", "date", "decade", "genres", "subset",
    "bit_rate", "duration",
  ]

  /// The subset to read.
  public var effectiveSubset: FMATrack.Subset {
    subset ?? FMATrack.Subset(rawValue: lastName(audio).lowercased().replacing("fma_", with: "")) ?? .full
  }

  /// Reads the metadata (record by record: memory grows only with the selected clips) and looks for each clip's file.
  ///
  /// The label is the top genre; tracks without one are counted and left out. The split is the official one, the group
  /// the artist. Throws if the folder or the metadata is missing or damaged, a genre does not exist, or no clip remains.
  public func catalog(job: Job = Job()) throws(CodedError) -> Catalog {
    guard FileSystem.isFolder(audio) else {
      throw CodedError(.missing, "no such folder; give the one that holds 000, 001, ...", path: audio)
    }
    var reading = Reading(collection: self)
    var source = try FMAMetadata(path: metadata)
    while let track = try source.next() {
      if reading.count & 4095 == 0, job.isCancelled {
        throw CodedError(.cancelled, "stopped; nothing was written", path: metadata)
      }
      reading.take(track)
    }
    var catalog = try reading.catalog()
    if !keepsBad { catalog.leaveOutKnownBad() }
    catalog.leaveOutMissing()
    let missing = catalog.leftOut.count { $0.code == "missing" }
    if missing > 0 { catalog.notes.append("\(missing) clips of the metadata have no file below \(audio)") }
    try catalog.requireClips()
    return catalog
  }

  /// What has been taken of the metadata so far.
  private struct Reading {
    let collection: FMACollection
    let subset: FMATrack.Subset
    private(set) var count = 0
    private var withoutGenre = 0
    private var withoutGenreButListed = 0
    private var clips: [Clip] = []
    private var values: [[String]] = []

    init(collection: FMACollection) {
      self.collection = collection
      subset = collection.effectiveSubset
    }

    mutating func take(_ track: FMATrack) {
      count += 1
      guard track.subset <= subset else { return }
      guard let genre = track.topGenre else {
        withoutGenre += 1
        if !track.genres.isEmpty { withoutGenreButListed += 1 }
        return
      }
      let path = join(collection.audio, track.relativePath)
      clips.append(
        Clip(
          name: String(track.id), path: path, label: genre, split: track.split, group: String(track.artistID),
          line: track.line))
      values.append([
        String(track.id), track.title, String(track.artistID), track.artist, track.albumID, track.album,
        track.date,
        track.decade, track.genres.map(String.init).joined(separator: " "), track.subset.rawValue,
        track.bitRate,
        track.duration,
      ])
    }

    func catalog() throws(CodedError) -> Catalog {
      let path = collection.metadata
      guard count > 0 else { throw CodedError(.empty, "no track in it", path: path) }
      let counts = clips.reduce(into: [String: Int]()) { $0[$1.label, default: 0] += 1 }
      let chosen = try collection.genres.map { (names) throws(CodedError) in
        try GenreChoice.labels(
          named: names, among: counts, of: "track of subset \(subset.rawValue) and top genre", path: path)
      }
      let kept = clips.indices.filter { chosen?.contains(clips[$0].label) ?? true }
      var catalog = Catalog(
        dataset: Dataset(path: path, clips: kept.map { clips[$0] }), columns: FMACollection.columns,
        values: kept.map { values[$0] })
      if withoutGenre > 0 {
        catalog.notes.append(
          "\(withoutGenre) tracks of subset \(subset.rawValue) have no single top genre and are left out "
            + "(\(withoutGenreButListed) of them have a list of genres under several tops)")
      }
      return catalog
    }
  }
}

extension Catalog {
  fileprivate mutating func leaveOutKnownBad() {
    let tracks = dataset.clips
    leaveOut { index in
      Int(tracks[index].name).flatMap { FMATrack.knownBad[$0] }.map {
        LeftOutInput(path: tracks[index].path ?? "", code: "known-bad", reason: "known to be \($0)")
      }
    }
    let count = leftOut.count { $0.code == "known-bad" }
    if count > 0 {
      notes.append("\(count) clips that are known to be empty or about a second long are left out")
    }
  }
}
