import Files

/// A file that libsndfile reads in one go.
final class SoundFilePart: SoundPart {
  let handle: SoundFileHandle
  private let source: ByteSource
  private var decoded = 0

  init(_ view: ByteView) throws(CodedError) {
    handle = try SoundFileHandle(view)
    source = view.source
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
    if let count = handle.frameCount, decoded < count {
      let whole = Double(count) / Double(sampleRateHz)
      source.notes.add(
        AudioNote(
          .cutShort,
          "the sound ends at \(AudioNote.text(seconds)), its header promises \(AudioNote.text(whole))",
          seconds: seconds, missingSeconds: whole - seconds))
    }
    return nil
  }
}
