import Analysis
import Audio
import Datasets
import Files

/// Classifies files one after the other, and changes their tags where there is a log.
struct Tagger {
  private let classifier: TrackClassifier
  private let options: TaggingOptions
  var log: TagLog?
  private(set) var failed: [(path: String, failure: Failure)] = []
  private var done: [FileIdentity: TaggedFile] = [:]

  init(_ classifier: TrackClassifier, _ options: TaggingOptions) {
    (self.classifier, self.options) = (classifier, options)
  }

  mutating func run(
    _ paths: [String], _ job: Job, _ each: (TaggedFile) throws -> Void
  ) throws -> PartialResults<TaggedFile> {
    var batch = PartialResults<TaggedFile>()
    for (index, path) in paths.enumerated() {
      if job.isCancelled { break }
      defer { job.tell("tagging", index + 1, of: paths.count) }
      let file: TaggedFile
      do {
        file = try tag(path, notes: &batch.notes)
      } catch {
        let failure = Failure(error)
        batch.failures.append(failure)
        failed.append((path, failure))
        continue
      }
      batch.values.append(file)
      try each(file)
    }
    return batch
  }

  private mutating func tag(_ path: String, notes: inout [FileNote]) throws -> TaggedFile {
    // Two names may be one file.
    if let identity = FileIdentity(path: path), let earlier = done[identity] {
      return TaggedFile(
        path: path, label: earlier.label, confidence: earlier.confidence, genresBefore: earlier.genresAfter,
        genresAfter: earlier.genresAfter, genre: earlier.genre, outcome: .left,
        reason: "it is the same file as \(earlier.path), which was named before", training: earlier.training)
    }
    let track = try classifier.classify(path)
    notes += track.notes.map { FileNote(path: path, $0) }
    let file = try tag(track)
    // A file that was written is another one now, under the same name.
    if let identity = FileIdentity(path: path) { done[identity] = file }
    return file
  }

  private mutating func tag(_ track: TrackClassification) throws -> TaggedFile {
    let confidence = track.probabilities[track.label] ?? 0
    let tags = try GenreTags(path: track.path)
    let before = tags.genres
    func has(_ genre: String) -> Bool { before.contains { $0.lowercased() == genre.lowercased() } }
    func result(_ after: [String], _ outcome: TaggedFile.Outcome, _ reason: String? = nil) -> TaggedFile {
      TaggedFile(
        path: track.path, label: track.label, confidence: confidence, genresBefore: before,
        genresAfter: after, genre: after.joined(separator: "; "), outcome: outcome, reason: reason,
        training: track.training)
    }
    if confidence < options.minimumConfidence {
      return result(
        before, .left,
        "not sure enough, \(confidence.percentText()) is less than \(options.minimumConfidence.percentText())"
      )
    }
    if options.isOnlyEmpty, !before.isEmpty { return result(before, .left, "it has a genre") }
    if options.keepsOld ? has(track.label) : before == [track.label] {
      return result(before, .left, "it has this genre")
    }
    let after = options.keepsOld ? before + [track.label] : [track.label]
    if log == nil {
      _ = try requireReplaceable(track.path)
      _ = try tags.edit(genres: after)
      return result(after, .planned)
    }
    try write(after, in: tags, to: track)
    return result(after, .written)
  }

  private mutating func write(
    _ genres: [String], in earlier: GenreTags, to track: TrackClassification
  ) throws {
    let path = track.path
    let file = try TagRewriting(path)
    // Opened again after the lock: what was read before may have been another file.
    let tags = try GenreTags(path: file.path)
    guard tags.genres == earlier.genres else { throw file.wasChanged }
    let edit = try tags.edit(genres: genres)
    let back = try file.reversed(edit)
    var log = log
    let name = log?.name(of: file.path) ?? file.path
    try file.replace(by: edit) { temporary, hash in
      let written = try GenreTags(path: temporary)
      guard written.genres.map({ $0.lowercased() }) == genres.map({ $0.lowercased() }) else {
        throw CodedError(
          .badInput, "its tags would not say \(genres.joined(separator: "; ")) afterwards: not written",
          path: path)
      }
      guard written.others == tags.others, written.hasPicture == tags.hasPicture else {
        throw CodedError(.badInput, "its other tags would not stay as they are: not written", path: path)
      }
      try file.requireSameSound(at: temporary)
      var digest = try SHA1()
      try back.forEachBlock(of: RegularFile(path: temporary)) { digest.update($0) }
      guard digest.finish() == file.hash else {
        throw CodedError(.badInput, "could not be restored afterwards: not written", path: path)
      }
      try log?.append(
        TagLogEntry(
          path: name, genresBefore: tags.genres, genresAfter: genres, hashBefore: file.hash,
          hashAfter: hash, bytesBefore: file.byteCount, restore: .init(back), training: track.training))
    }
    self.log = log
  }
}
