import CMPG123
import Files
import Foundation

/// Owner of one libmpg123 handle that gets whole frames and gives their samples: MPEG layers I to III as interleaved floats.
///
/// Which bytes are frames is decided before (``MPEGFrames``): libmpg123 would stop at the first foreign header, and says
/// nothing of what it passes over. Each frame gives exactly its samples, silence where it cannot be decoded.
@safe final class MPEGFrameDecoder {
  private let handle: OpaquePointer
  private var bytes = [UInt8](repeating: 0, count: 2 * MPEGFrameHeader.largestByteCount)
  /// Frames that went in and have not come out.
  private var waiting = 0

  /// Initialises libmpg123 once; harmless where newer versions no longer need it.
  private static let isReady = mpg123_init() == MPG123_OK.rawValue

  init(path: String) throws(CodedError) {
    guard Self.isReady, let handle = unsafe mpg123_new(nil, nil) else {
      throw CodedError(.inputOutput, "the MP3 decoder cannot start", path: path)
    }
    unsafe self.handle = handle
    // A frame follows frames that were checked, and information frames are no part of the sound.
    let flags =
      MPG123_FORCE_FLOAT.rawValue | MPG123_QUIET.rawValue | MPG123_NO_READAHEAD.rawValue
      | MPG123_IGNORE_INFOFRAME.rawValue
    let unwanted = MPG123_AUTO_RESAMPLE.rawValue | MPG123_GAPLESS.rawValue
    unsafe mpg123_param2(handle, Int32(MPG123_REMOVE_FLAGS.rawValue), Int(unwanted), 0)
    unsafe mpg123_param2(handle, Int32(MPG123_ADD_FLAGS.rawValue), Int(flags), 0)
  }

  deinit { unsafe mpg123_delete(handle) }

  /// Forgets what came before: after bytes that were passed over, a frame must not be completed from the wrong ones.
  func restart(freeByteCount: Int? = nil) {
    waiting = 0
    // Without the header's four bytes.
    unsafe mpg123_param2(
      handle, Int32(MPG123_FREEFORMAT_SIZE.rawValue), freeByteCount.map { $0 - 4 } ?? -1, 0)
    unsafe mpg123_open_feed(handle)
  }

  /// Decodes a frame, and appends its samples. Throws `inputOutput` when it cannot be read.
  func decode(
    _ frame: MPEGFrames.Frame, of source: ByteSource, into samples: inout [Float]
  ) throws(CodedError) {
    let count = frame.header.byteCount
    if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
    source.seek(to: frame.offset)
    let got = unsafe bytes.withUnsafeMutableBytes {
      unsafe source.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]))
    }
    guard got == count else { throw CodedError(.inputOutput, "reading failed", path: source.name) }
    _ = unsafe mpg123_feed(handle, bytes, count)
    waiting += 1
    let frameCount = frame.header.sampleCount * frame.header.channelCount
    // The first frame announces a format, a frame of sound follows.
    for _ in 0..<4 where waiting > 0 {
      var (number, audio, byteCount) = unsafe (off_t(0), UnsafeMutablePointer<UInt8>?.none, 0)
      let status = unsafe mpg123_decode_frame(handle, &number, &audio, &byteCount)
      if byteCount > 0, let audio = unsafe audio {
        let decoded = unsafe UnsafeRawBufferPointer(start: audio, count: byteCount).assumingMemoryBound(
          to: Float.self)
        unsafe samples.append(contentsOf: decoded.prefix(frameCount))
        if decoded.count < frameCount { silence(frameCount - decoded.count, &samples) }
        waiting -= 1
      } else if status != MPG123_NEW_FORMAT.rawValue && status != MPG123_OK.rawValue {
        break
      }
    }
    // Nothing may move in time: what does not come out is silence.
    if waiting > 0 {
      silence(waiting * frameCount, &samples)
      waiting = 0
    }
  }

  private func silence(_ count: Int, _ samples: inout [Float]) {
    samples.append(contentsOf: repeatElement(0, count: count))
  }
}
