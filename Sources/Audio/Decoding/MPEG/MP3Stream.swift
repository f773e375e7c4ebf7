import Files
import Foundation

/// One stream of MPEG audio in a file: frames of one format up to the end, to a frame of another format, or to one with an
/// information frame of its own. Gapless where the encoder wrote how much it padded.
final class MP3Stream: SoundPart {
  let sampleRateHz: Int
  let channelCount: Int
  private let source: ByteSource
  private let decoder: MPEGFrameDecoder
  /// Where its first frame is next.
  private let start: MPEGFrames
  private let first: MPEGFrames.Frame
  /// Seconds of sound before the part.
  private let startSeconds: Double
  // The place that decoding has reached:
  private var frames: MPEGFrames
  private var frameCount = 0
  /// Frames that may be lost in the bytes passed over.
  private var lostCount = 0
  private var byteCount = 0
  private var hasEnded = false
  private var isFresh = true
  private var samples: [Float] = []
  private var given = 0
  /// Samples to leave out before the next one.
  private var toSkip: Int

  /// Frames decoded for nothing before the one a seek goes to: at the lowest bit rates a frame is completed from a dozen
  /// frames before it.
  private static let frameReserve = 16

  /// Begins with the next of `frames`; nil when there is none.
  init?(_ source: ByteSource, _ decoder: MPEGFrameDecoder, _ frames: MPEGFrames, startSeconds: Double) {
    var cursor = frames
    guard let first = cursor.next() else { return nil }
    (self.source, self.decoder, self.first, self.startSeconds) = (source, decoder, first, startSeconds)
    (start, self.frames) = (frames, frames)
    (sampleRateHz, channelCount) = (first.header.sampleRateHz, first.header.channelCount)
    toSkip = first.information?.startTrim ?? 0
  }

  var layer: Int { first.header.layer }

  // MARK: - Decoding

  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    let wanted = target.count / channelCount
    // What may be padding at the end is held back until more comes.
    let reserve = (first.information?.endTrim ?? 0) * channelCount
    while !hasEnded, samples.count - given - toSkip * channelCount - reserve < wanted * channelCount {
      if given >= 1 << 16 {
        samples.removeFirst(given)
        given = 0
      }
      guard let frame = nextFrame() else {
        samples.removeLast(min(endTrim * channelCount, samples.count - given))
        break
      }
      if isFresh || frame.skipped > 0 { decoder.restart(freeByteCount: frame.freeByteCount) }
      isFresh = false
      try decoder.decode(frame, of: source, into: &samples)
    }
    let skipped = min(toSkip, (samples.count - given) / channelCount)
    toSkip -= skipped
    given += skipped * channelCount
    let available = samples.count - given - (hasEnded ? 0 : reserve)
    let count = min(wanted, max(0, available / channelCount))
    _ = unsafe samples.withUnsafeBufferPointer {
      unsafe target.update(fromContentsOf: $0[given..<given + count * channelCount])
    }
    given += count * channelCount
    return count
  }

  /// The next frame of this part; nil at its end.
  private func nextFrame() -> MPEGFrames.Frame? {
    guard !hasEnded else { return nil }
    let before = frames
    guard let frame = frames.next() else {
      end(isLast: true)
      return nil
    }
    if frame.startsPart, frameCount > 0 {
      frames = before
      end(isLast: false)
      return nil
    }
    if frame.skipped > 0 {
      source.notes.skip(frame.skipped, at: seconds(frameCount), offset: frame.offset)
      if frameCount > 0 { lostCount += (frame.skipped - 1) * frameCount / byteCount + 1 }
    }
    frameCount += 1
    byteCount += frame.header.byteCount
    return frame
  }

  /// The second of the whole sound at which a frame of the part begins.
  private func seconds(_ frame: Int) -> Double {
    let samples = frame * first.header.sampleCount - startTrim
    return startSeconds + Double(max(0, samples)) / Double(sampleRateHz)
  }

  private var startTrim: Int { first.information?.startTrim ?? 0 }

  // MARK: - The end

  /// Samples to leave out at the end, once all frames were passed: none of frames that are missing.
  private var endTrim: Int {
    guard let information = first.information, let promised = information.frameCount else { return 0 }
    return max(0, information.endTrim - max(0, promised - frameCount - lostCount) * first.header.sampleCount)
  }

  private func end(isLast: Bool) {
    hasEnded = true
    let (rest, there) = (frames.rest, startSeconds + Double(sampleCount) / Double(sampleRateHz))
    if isLast, rest.junk > 0 { source.notes.skip(rest.junk, at: there, offset: source.count) }
    // Some encoders count the information frame too.
    let promised = first.information?.frameCount ?? 0
    let whole = max(0, promised * first.header.sampleCount - startTrim - (first.information?.endTrim ?? 0))
    let end = startSeconds + Double(whole) / Double(sampleRateHz)
    if promised > frameCount + lostCount + 1 {
      source.notes.add(
        AudioNote(
          .cutShort,
          lostCount > 0
            ? "its header promises \(AudioNote.text(end)), \(AudioNote.text(there)) are there"
            : "the sound ends at \(AudioNote.text(there)), its header promises \(AudioNote.text(end))",
          seconds: there, missingSeconds: end - there))
    } else if promised > 0, promised < frameCount - 1 {
      source.notes.add(
        AudioNote(
          .headerLength,
          "its header promises \(AudioNote.text(end)), \(AudioNote.text(there)) are there and used",
          seconds: end))
    } else if isLast, rest.isCut {
      source.notes.add(
        AudioNote(
          .cutShort,
          "the file ends in the middle of a frame, at \(AudioNote.text(there)): it may have been cut",
          seconds: there))
    }
  }

  func next(after seconds: Double) -> (any SoundPart)? {
    // Read to its end it stands before the first frame of the next one.
    while nextFrame() != nil {}
    guard let part = MP3Stream(source, decoder, frames, startSeconds: seconds) else { return nil }
    source.notes.join(
      at: seconds, offset: part.first.offset,
      isResampled: part.sampleRateHz != sampleRateHz || part.channelCount != channelCount)
    return part
  }

  // MARK: - Places and lengths

  func seek(toFrame frame: Int) -> Int {
    reset()
    let target = frame + startTrim
    let wanted = target / first.header.sampleCount - Self.frameReserve
    // The headers tell where the frame is; those before it are not decoded.
    while frameCount < wanted, nextFrame() != nil {}
    guard !hasEnded else { return min(frame, sampleCount) }
    toSkip = target - frameCount * first.header.sampleCount
    // What is left may be shorter than what is to be skipped.
    let place = (frames, frameCount, lostCount, byteCount)
    while frameCount * first.header.sampleCount < target, nextFrame() != nil {}
    guard !hasEnded || sampleCount >= frame else { return sampleCount }
    hasEnded = false
    (frames, frameCount, lostCount, byteCount) = place
    return frame
  }

  private func reset() {
    frames = start
    (frameCount, lostCount, byteCount, hasEnded, isFresh) = (0, 0, 0, false, true)
    samples.removeAll(keepingCapacity: true)
    given = 0
    toSkip = startTrim
  }

  /// Sample frames of the part, once all its frames were passed.
  private var sampleCount: Int { max(0, frameCount * first.header.sampleCount - startTrim - endTrim) }

  /// Passes all frames without decoding; returns the sample frames of the part.
  func count() -> Int {
    reset()
    while nextFrame() != nil {}
    return sampleCount
  }

  /// Sample frames as the information frame tells or, from the size of some frames, the size of the file. Moves to the
  /// start.
  func estimate() -> Int {
    reset()
    defer { reset() }
    if let promised = first.information?.frameCount, promised > 0, let information = first.information {
      return max(0, promised * first.header.sampleCount - information.startTrim - information.endTrim)
    }
    while frameCount < 200, nextFrame() != nil {}
    let bytes = Double(start.end - start.position)
    return byteCount == 0 ? 0 : Int(bytes / Double(byteCount) * Double(frameCount * first.header.sampleCount))
  }
}
