import Files

/// A FLAC file up to its end or to a frame that cannot be decoded; then the frames after that.
final class FLACPart: SoundPart {
  let handle: SoundFileHandle
  private let file: FLACFile
  /// Where its frames begin, and with which sample.
  private let (offset, sample): (Int, Int)
  private var decoded = 0
  /// A sample frame that was decoded to see whether there is any.
  private var held: [Float] = []
  /// How often decoding was taken up again in this file.
  private let restarts: Int
  /// A file with more damaged places is left there.
  private static let mostRestarts = 1000

  /// A whole file. Throws what libsndfile says of it.
  ///
  /// - Parameter restarts: how often decoding was taken up again before it.
  convenience init(_ file: FLACFile, restarts: Int = 0) throws(CodedError) {
    try self.init(file, file.view, file.firstFrame, sample: 0, restarts: restarts)
    if let last = file.lastSample, file.promisedCount > 0, last > file.promisedCount {
      let seconds = [file.promisedCount, last].map { Double($0) / Double(sampleRateHz) }
      file.source.notes.add(
        AudioNote(
          .headerLength,
          "its header promises \(AudioNote.text(seconds[0])), \(AudioNote.text(seconds[1])) are there and used",
          seconds: seconds[0]))
    }
  }

  private init(
    _ file: FLACFile, _ view: ByteView, _ offset: Int, sample: Int, restarts: Int
  ) throws(CodedError) {
    handle = try SoundFileHandle(view)
    (self.file, self.offset, self.sample, self.restarts) = (file, offset, sample, restarts)
  }

  var sampleRateHz: Int { handle.sampleRateHz }
  var channelCount: Int { handle.channelCount }

  func read(into target: UnsafeMutableBufferPointer<Float>) -> Int {
    if !held.isEmpty, target.count >= channelCount {
      _ = unsafe target.update(fromContentsOf: held)
      held = []
      decoded += 1
      return 1
    }
    let got = unsafe handle.read(into: target)
    decoded += got
    return got
  }

  func seek(toFrame frame: Int) -> Int {
    held = []
    decoded = handle.move(toFrame: frame)
    return decoded
  }

  func next(after seconds: Double) -> (any SoundPart)? {
    let reached = sample + decoded
    var place = offset
    var tries = restarts
    while tries < Self.mostRestarts {
      switch file.find(from: place, sample: reached) {
      case .frame(let frame):
        tries += 1
        place = frame.offset + 1
        guard frame.offset > offset || decoded == 0,
          let part = try? FLACPart(
            file, file.view(from: frame.offset), frame.offset, sample: frame.sample, restarts: tries),
          part.givesSound()
        else { continue }
        file.source.notes.skip(
          0, at: seconds, offset: frame.offset, lost: Double(frame.sample - reached) / Double(sampleRateHz))
        return part
      case .file(let start):
        guard let other = FLACFile(file.source, at: start, after: file),
          let part = try? FLACPart(other, restarts: tries)
        else {
          place = start + 4
          continue
        }
        noteEnd(reached, seconds, upTo: start)
        file.source.notes.join(
          at: seconds, offset: start,
          isResampled: part.sampleRateHz != sampleRateHz || part.channelCount != channelCount)
        return part
      case nil:
        noteEnd(reached, seconds, upTo: file.end)
        return nil
      }
    }
    noteEnd(reached, seconds, upTo: nil)
    return nil
  }

  /// Whether a sample can be decoded; it is kept.
  private func givesSound() -> Bool {
    var sample = [Float](repeating: 0, count: channelCount)
    let got = unsafe sample.withUnsafeMutableBufferPointer { unsafe handle.read(into: $0) }
    guard got > 0 else { return false }
    held = sample
    return true
  }

  /// Says what is missing, or what comes after the last frame, up to where the file ends (nil: it was left before).
  private func noteEnd(_ reached: Int, _ seconds: Double, upTo end: Int?) {
    guard reached < file.promisedCount else {
      let junk = end.map { file.junkByteCount(after: reached, from: offset, to: $0) } ?? 0
      if junk > 0 { file.source.notes.skip(junk, at: seconds, offset: end ?? 0) }
      return
    }
    let missing = Double(file.promisedCount - reached) / Double(sampleRateHz)
    file.source.notes.add(
      AudioNote(
        .cutShort,
        "the sound ends at \(AudioNote.text(seconds)), its header promises \(AudioNote.text(seconds + missing))",
        seconds: seconds, missingSeconds: missing))
  }
}
