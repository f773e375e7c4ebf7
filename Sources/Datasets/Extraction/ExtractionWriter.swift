import Audio
import Features
import Files
import Foundation
import Tensors

/// Writes the maps of an extraction so that it can be killed at any moment and gone on with.
///
/// Maps gather in `.X.npy.part`, files that are through in its journal. A run that finds both continues in place: as long
/// as file after file is the one whose maps stand there, rows are only counted. At the first that is another one (a file
/// was added, changed or left out) the old part is put aside, what was counted is copied out of it, and it serves as an
/// earlier store for the rest.
struct ExtractionWriter: ~Copyable {
  let files: StoreFiles
  let recipe: EarlierMaps.Recipe
  /// Maps of the unfinished run.
  let kept: EarlierMaps?
  /// Maps of one before, over other files.
  let aside: EarlierMaps?
  private(set) var reusedFileCount = 0
  /// Files, or segments of files, with maps of their unchanged sound.
  private(set) var recordingCount = 0
  private var writer: FeatureStoreWriter
  private var journal: ExtractionJournal
  private var isInPlace: Bool
  private var entries: [EarlierMaps.Entry] = []
  // Of the file at hand:
  private var fileStart = 0
  private var pending: [(FeatureMap, Clip)] = []
  private var hashes: [ContentHash] = []
  private var padded = 0.0
  private var starts: [Double] = []

  /// Maps of a file that are held back while it is not known whether it ends well.
  private static let pendingLimit = 64

  /// Opens the partial store beside `path`, or starts one. Throws `busy` when somebody else writes it.
  ///
  /// - Parameter isFresh: nothing that is there already is used.
  init(path: String, recipe: EarlierMaps.Recipe, isFresh: Bool) throws {
    let files = try FeatureStoreWriter.files(path)
    let lock = try StoreLock(files)
    try StorePublication(files: files).recover()
    if isFresh { files.removeUnfinished() }
    let found = Unfinished(part: files.part, journal: files.journal, recipe, folder: folder(of: path))
    let journal: ExtractionJournal
    do {
      journal = try ExtractionJournal(
        path: files.journal, recipe: recipe, keeping: found?.journalByteCount ?? 0)
    } catch {
      throw CodedError(error, path: path)
    }
    writer = try FeatureStoreWriter(
      files, lock, keepingRows: found?.rowCount ?? 0, mapShape: recipe.mapShape, spec: recipe.spec,
      element: recipe.element, windows: recipe.windows.words)
    (self.files, self.recipe, self.journal, kept) = (files, recipe, journal, found?.maps)
    isInPlace = found != nil
    aside = Unfinished(part: files.aside, journal: files.asideJournal, recipe, folder: folder(of: path))?.maps
    writer.keepPart(true)
  }

  /// Maps written and counted so far.
  var count: Int { writer.count }
  /// Files whose maps will be there when the work is taken up again.
  var keptFileCount: Int {
    max(entries.count, isInPlace ? kept?.entryCount ?? 0 : 0, aside?.entryCount ?? 0)
  }

  // MARK: - File by file

  /// Takes one map of the file at hand.
  mutating func add(_ map: FeatureMap, _ clip: Clip) throws {
    hashes.append(recipe.hash(of: map))
    padded = map.paddedSeconds
    starts.append(map.startSeconds)
    if isInPlace, writer.rowsAhead > 0 {
      pending.append((map, clip))
      if pending.count > Self.pendingLimit { try leavePlace() }
    } else {
      try write(map, clip)
    }
  }

  private mutating func write(_ map: FeatureMap, _ clip: Clip) throws(CodedError) {
    var clip = clip
    clip.startSeconds = map.startSeconds
    clip.paddedSeconds = map.paddedSeconds
    try writer.append(map.values, for: clip)
  }

  /// Takes back what the file at hand has given.
  mutating func dropFile() throws(CodedError) {
    if writer.count > fileStart { try writer.rollBack(toCount: fileStart) }
    startFile()
  }

  private mutating func startFile() {
    pending.removeAll()
    hashes.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    fileStart = writer.count
  }

  /// Where the windows start, if that does not follow from their numbers: some were not chosen, or are silent and left out.
  private func keptStarts(_ clip: Clip) -> [Double] {
    if case .spread = recipe.windows { return starts }
    let variant = clip.part.variant.flatMap(SoundVariant.init)
    let follows = starts.indices.allSatisfy { index in
      let start = recipe.spec.startSeconds(
        ofWindow: index, recipe.windows, segment: clip.part.segment, variant)
      return abs(starts[index] - start) < 1e-6
    }
    return follows ? [] : starts
  }

  /// Ends the file at hand.
  mutating func endFile(_ clip: Clip, _ origin: OrderedMaps.Origin) throws {
    if clip.variant == nil { recordingCount += 1 }
    if !pending.isEmpty { try leavePlace() }
    if let entry = origin.kept {
      reusedFileCount += 1
      try take(entry, clip)
    } else {
      if origin.isReused { reusedFileCount += 1 }
      if let content = origin.reading.contentKey, !hashes.isEmpty {
        let padded = FeatureStoreWriter.decimal(padded)
        var entry = EarlierMaps.Entry(
          path: relative(clip.path ?? "", to: folder(of: files.path)), content: content, row: fileStart,
          count: hashes.count, padded: padded, checksum: ContentHash(""), part: clip.part,
          notes: AudioNote.line(origin.reading.notes), starts: keptStarts(clip))
        entry.checksum = recipe.checksum(of: entry, maps: hashes)
        try note(entry, isWritten: false)
      }
    }
    startFile()
  }

  /// Takes the maps of an entry of the partial store: counted where they stand, or copied.
  private mutating func take(_ entry: EarlierMaps.Entry, _ clip: Clip) throws {
    guard let kept else { preconditionFailure("maps kept by nobody") }
    var entry = entry
    if isInPlace, entry.row != writer.count {
      // Two files may have the same content; then each has its rows.
      if let twin = kept.twin(of: entry, atRow: writer.count) { entry = twin } else { try leavePlace() }
    }
    if !isInPlace { try writer.append(rows: entry.row..<entry.row + entry.count, of: kept.array) }
    for window in 0..<entry.count {
      var clip = clip
      let place = recipe.place(ofWindow: window, of: entry)
      (clip.startSeconds, clip.paddedSeconds) = (place.start, place.padded)
      writer.list(clip)
    }
    entry.path = relative(clip.path ?? "", to: folder(of: files.path))
    entry.row = fileStart
    try note(entry, isWritten: isInPlace)
  }

  private mutating func note(_ entry: EarlierMaps.Entry, isWritten: Bool) throws {
    entries.append(entry)
    guard !isWritten else { return }
    do { try journal.append(entry) } catch { throw CodedError(error, path: files.path) }
  }

  /// Puts the old part aside and continues in a new one; then writes what was held back.
  private mutating func leavePlace() throws {
    if isInPlace, let kept {
      isInPlace = false
      if writer.rowsAhead > 0 {
        // The longer one stays of two that are put aside: what it lacks of the other is little.
        if aside?.array.rowCount ?? 0 <= kept.array.rowCount {
          _ = FileSystem.rename(files.journal, to: files.asideJournal)
          _ = FileSystem.rename(files.part, to: files.aside)
        } else {
          FileSystem.remove(files.part)
        }
        let entries = entries
        do {
          journal = try ExtractionJournal(path: files.journal, recipe: recipe)
          try writer.moveOn(from: kept.array)
          for entry in entries { try journal.append(entry) }
        } catch let error as SystemCallError {
          throw CodedError(error, path: files.path)
        }
      }
    }
    let held = pending
    pending = []
    for (map, clip) in held { try write(map, clip) }
  }

  // MARK: - The end

  /// Gives the store its names.
  mutating func finish(failures: String?, shard: FeatureStoreDescription.Shard?) throws(CodedError) {
    try writer.finish(sources: sources, failures: failures, shard: shard)
  }

  private var sources: String? {
    EarlierMaps.encode(entries.map(\.allFields))
  }

  /// Leaves nothing for another run.
  mutating func discard() {
    writer.keepPart(false)
    files.removeUnfinished()
  }
}

extension Clip {
  /// What of its file the clip is.
  var part: EarlierMaps.Part { .init(variant: variant, segment: segment) }
}

extension EarlierMaps.Entry {
  /// The row after its last one.
  var end: Int { row + count }
}

/// What an unfinished run left, as far as it can be gone on with.
private struct Unfinished {
  let maps: EarlierMaps
  let rowCount: Int
  let journalByteCount: Int

  /// Cuts the partial store after its last good row and opens it; nil when there is nothing to continue with.
  ///
  /// Entries at the end whose maps are not what they should be are left out: after a power cut bytes may be missing
  /// that a killed process would have left. The caller holds the lock.
  init?(part: String, journal: String, _ recipe: EarlierMaps.Recipe, folder: String) {
    guard let status = FileSystem.linkStatus(part), status.st_mode & S_IFMT == S_IFREG else { return nil }
    let held = NumpyWriter.rowCount(
      inByteCount: Int(status.st_size), rowShape: recipe.mapShape, element: recipe.element)
    guard let found = ExtractionJournal.read(journal, recipe: recipe, rowCount: held),
      let last = found.entries.last,
      // Its header says how many rows there were when it was begun; written anew, it says how many there are.
      (try? NumpyWriter(
        workingPath: part, keepingRows: last.end, rowShape: recipe.mapShape, element: recipe.element)) != nil,
      let array = try? NumpyArray(path: part),
      let all = EarlierMaps(array, found.entries, folder: folder, recipe: recipe)
    else { return nil }
    guard let good = found.entries.lastIndex(where: all.isIntact) else { return nil }
    maps =
      good == found.entries.count - 1
      ? all
      : EarlierMaps(array, Array(found.entries[...good]), folder: folder, recipe: recipe) ?? all
    rowCount = found.entries[good].end
    journalByteCount = found.ends[good]
  }
}
