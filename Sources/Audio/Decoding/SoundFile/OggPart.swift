import CSndfile
import Files

/// One link of an Ogg file.
final class OggPart: SoundPart {
  let handle: SoundFileHandle
  private let source: ByteSource
  private let links: [OggLinks.Link]
  private let index: Int
  private let startSeconds: Double
  private var decoded = 0

  /// Opens a link. Throws what libsndfile says of it.
  init(
    _ source: ByteSource, _ links: [OggLinks.Link], _ index: Int, startSeconds: Double
  ) throws(CodedError) {
    handle = try SoundFileHandle(ByteView(source, range: links[index].range))
    (self.source, self.links, self.index, self.startSeconds) = (source, links, index, startSeconds)
  }

  var sampleRateHz: Int { handle.sampleRateHz }
  var channelCount: Int { handle.channelCount }

  func read(into target: UnsafeMutableBufferPointer<Float>) -> Int {
    let got = unsafe handle.read(into: target)
    decoded += got
    return got
  }

  func seek(toFrame frame: Int) -> Int {
    decoded = handle.move(toFrame: frame)
    return decoded
  }

  func next(after seconds: Double) -> (any SoundPart)? {
    noteEnd()
    for next in links.indices.dropFirst(index + 1) {
      guard let part = try? OggPart(source, links, next, startSeconds: seconds) else {
        source.notes.skip(links[next].range.count, at: seconds, offset: links[next].range.lowerBound)
        continue
      }
      source.notes.join(
        at: seconds, offset: links[next].range.lowerBound,
        isResampled: part.sampleRateHz != sampleRateHz || part.channelCount != channelCount)
      return part
    }
    return nil
  }

  /// Says what of the link gave no sound.
  private func noteEnd() {
    let link = links[index]
    // Granules of Opus are always of 48 kHz.
    let isOpus = Int(handle.format & Int32(SF_FORMAT_SUBMASK)) == SF_FORMAT_OPUS
    let rate = Double(isOpus ? 48_000 : sampleRateHz)
    let verified = OggLinks(source, from: link.range.lowerBound, to: link.range.upperBound, verifying: true)
    let end = startSeconds + Double(decoded) / Double(sampleRateHz)
    for gap in verified?.links.first?.gaps ?? link.gaps {
      // A stream that was cut out of a longer one does not begin with 0.
      let place = min(end, startSeconds + Double(gap.granule) / rate)
      source.notes.skip(gap.byteCount, at: place, offset: gap.offset)
    }
    if link.rest > 0 { source.notes.skip(link.rest, at: end, offset: source.count) }
    if index == links.count - 1, !link.hasEnd {
      source.notes.add(
        AudioNote(
          .cutShort, "the file ends at \(AudioNote.text(end)) without its end mark: it may have been cut",
          seconds: end))
    }
  }
}
