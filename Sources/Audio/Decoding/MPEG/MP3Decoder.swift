import CMPG123
import Files
import Foundation

/// MPEG audio, layers I to III, as interleaved float samples: all streams of a file, gapless where the encoder wrote how
/// much it padded, past damage and junk as a player goes. What is passed over is noted.
final class MP3Decoder {
  private let sound: JoinedSound
  private let first: MP3Stream
  private let source: ByteSource
  /// Whether the frames are in a file of another kind: WAV.
  let isEmbedded: Bool

  /// Opens a source at its first MPEG frame. Throws `unknownFormat` when there is none.
  ///
  /// - Parameters:
  ///   - range: the bytes that hold the frames; nil is the whole file without its tags.
  ///   - count: frames that must follow each other at the beginning: more where nothing else speaks for MPEG.
  init(_ source: ByteSource, in range: Range<Int>? = nil, inARow count: Int = 3) throws(CodedError) {
    guard let frames = MPEGFrames(source, in: range, inARow: count),
      let first = MP3Stream(source, try MPEGFrameDecoder(path: source.name), frames, startSeconds: 0)
    else { throw CodedError(.unknownFormat, "no MPEG audio found in it", path: source.name) }
    self.source = source
    self.first = first
    sound = JoinedSound(first, of: source)
    isEmbedded = range != nil
  }

  var sampleRateHz: Int { sound.sampleRateHz }
  var channelCount: Int { sound.channelCount }
  /// 1 to 3.
  var layer: Int { first.layer }

  /// Moves to a sample frame counted from the start, sample-accurate, or to the end when the sound ends before it.
  func seek(toFrame frame: Int) -> Bool {
    _ = sound.seek(toFrame: frame)
    return true
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end. Only a read that fails throws.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    try unsafe sound.read(into: target)
  }

  /// Sample frames of the sound: counted over all frames when `counting`, with what is to be noted about them; otherwise
  /// what the information frame or the file's size suggests. Reading starts anew after it.
  func length(counting: Bool) -> Int {
    defer { _ = sound.seek(toFrame: 0) }
    guard counting else { return first.estimate() }
    var (count, part, partCount) = (first.count(), first, 1)
    while partCount < JoinedSound.mostParts,
      let next = part.next(after: Double(count) / Double(sampleRateHz)) as? MP3Stream
    {
      // Rounded as ``Resampler/outputCount(for:)`` does it: as a whole number it would at times be one less.
      let ratio = Double(sampleRateHz) / Double(next.sampleRateHz)
      count += Int((Double(next.count()) * ratio).rounded(.up))
      part = next
      partCount += 1
    }
    if partCount == JoinedSound.mostParts {
      source.notes.add(JoinedSound.tooMany(after: Double(count) / Double(sampleRateHz)))
    }
    return count
  }
}
