import CSndfile
import Files
import Foundation
import Synchronization

/// Owner of one libsndfile handle.
@safe final class SoundFileHandle {
  private let handle: OpaquePointer
  private let view: ByteView
  /// In Hz.
  let sampleRateHz: Int
  let channelCount: Int
  /// Sample frames according to the header; nil where it does not tell.
  let frameCount: Int?
  /// libsndfile's format word.
  let format: Int32

  /// Opens a view by its content. Throws `unknownFormat` when libsndfile does not know it, `damaged` when it knows the
  /// container but cannot read it.
  init(_ view: ByteView) throws(CodedError) {
    let path = view.source.name
    var info = SF_INFO()
    var callbacks = ByteView.callbacks
    var (opened, status, reason): (OpaquePointer?, Int32, String?)
    unsafe (opened, status, reason) = (nil, 0, nil)
    Self.opening.withLock { _ in
      unsafe opened = sf_open_virtual(&callbacks, Int32(SFM_READ), &info, view.context)
      guard unsafe opened == nil else { return }
      status = sf_error(nil)
      reason = unsafe AudioTags.clean(String(cString: sf_strerror(nil)))
    }
    guard let handle = unsafe opened else {
      let unknown = Int(status) == Int(SF_ERR_UNRECOGNISED_FORMAT)
      throw CodedError(
        unknown ? .unknownFormat : .damaged,
        unknown
          ? "not a sound file of a known kind" : "cannot be decoded: \(reason ?? "unknown error")",
        path: path, underlyingStatus: Int(status))
    }
    guard info.samplerate > 0, info.channels > 0 else {
      unsafe sf_close(handle)
      throw CodedError(
        .damaged, "its header says \(info.channels) channels at \(info.samplerate) Hz", path: path)
    }
    unsafe self.handle = handle
    self.view = view
    sampleRateHz = Int(info.samplerate)
    channelCount = Int(info.channels)
    // Where the length is unknown libsndfile says the largest number there is.
    frameCount = info.frames >= 0 && info.frames < 1 << 53 ? Int(info.frames) : nil
    format = info.format
  }

  deinit { unsafe sf_close(handle) }

  /// What kept libsndfile from opening a file stands in one place for the whole process, and opening another file clears
  /// it: one is opened at a time, so that each gets its own reason.
  static let opening = Mutex(())

  /// Moves to a sample frame counted from the start, or to the end; returns how far it came.
  func move(toFrame frame: Int) -> Int {
    let target = min(frame, frameCount ?? frame)
    if unsafe sf_seek(handle, sf_count_t(target), Int32(SEEK_SET)) >= 0 { return target }
    // Without a length some formats cannot be searched.
    guard unsafe sf_seek(handle, 0, Int32(SEEK_SET)) >= 0 else { return 0 }
    var (done, buffer) = (0, [Float](repeating: 0, count: 4096 * channelCount))
    while done < target {
      let room = min(4096, target - done) * channelCount
      let got = unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe read(into: .init(rebasing: $0[..<room]))
      }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end. A truncated file gives what it has.
  func read(into target: UnsafeMutableBufferPointer<Float>) -> Int {
    let frames = unsafe sf_readf_float(handle, target.baseAddress, sf_count_t(target.count / channelCount))
    return max(0, Int(frames))
  }

  /// The library's name and version, for example `libsndfile 1.2.0`.
  static let version = unsafe String(cString: sf_version_string()).replacing("-", with: " ")

  /// A string of the container.
  func text(_ kind: Int32) -> String? {
    guard let start = unsafe sf_get_string(handle, kind) else { return nil }
    // A bounded length: the string comes from the file.
    let length = unsafe strnlen(start, AudioTags.maximumBytes)
    return unsafe AudioTags.clean(UnsafeRawBufferPointer(start: start, count: length))
  }
}
