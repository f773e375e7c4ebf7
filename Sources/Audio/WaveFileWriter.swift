import CSndfile
public import Files
import Foundation
import Synchronization

extension Waveform {
  /// How samples are stored in a WAV file.
  public enum WAVEncoding: String, Codable, Sendable, CaseIterable {
    /// 16-bit integers, rounded to the nearest; samples beyond -1...1 are clipped.
    case pcm16
    /// 32-bit floating point, bit for bit.
    case float32
  }

  /// Writes a mono WAV file. The file appears whole or not at all: it is written under a temporary name, then renamed.
  ///
  /// Throws `inputOutput` when it cannot be written, `unsupported` for a sample that is not finite.
  public func writeWAV(to path: String, encoding: WAVEncoding = .pcm16) throws(CodedError) {
    if let index = samples.firstIndex(where: { !$0.isFinite }) {
      throw CodedError(.unsupported, "sample \(index) is \(samples[index]), not a finite number", path: path)
    }
    try writeWhole(to: path) { (file) throws(CodedError) in
      try write(encoding, to: file.descriptor, path: path)
    }
  }

  private func write(_ encoding: WAVEncoding, to descriptor: Int32, path: String) throws(CodedError) {
    let subtype = encoding == .pcm16 ? SF_FORMAT_PCM_16 : SF_FORMAT_FLOAT
    var info = SF_INFO()
    info.samplerate = Int32(clamping: sampleRateHz)
    info.channels = 1
    info.format = Int32(SF_FORMAT_WAV | subtype)
    var (opened, code, reason): (OpaquePointer?, Int32, String)
    unsafe (opened, code, reason) = (nil, 0, "")
    SoundFileHandle.opening.withLock { _ in
      unsafe opened = sf_open_fd(descriptor, Int32(SFM_WRITE), &info, 0)
      if unsafe opened == nil { unsafe (code, reason) = (sf_error(nil), String(cString: sf_strerror(nil))) }
    }
    guard let handle = unsafe opened else { throw CodedError(unwritable: reason, code, path: path) }
    // A date in the file would make equal sounds different files.
    unsafe sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
    let written: sf_count_t
    switch encoding {
    case .float32: written = unsafe sf_writef_float(handle, samples, sf_count_t(samples.count))
    case .pcm16:
      let steps = samples.map(\.sixteenBits)
      written = unsafe sf_writef_short(handle, steps, sf_count_t(steps.count))
    }
    let status = unsafe sf_close(handle)
    guard Int(written) == samples.count, status == 0 else {
      throw CodedError(
        unwritable: "only \(written) of \(samples.count) samples were written", errno, path: path)
    }
  }
}
