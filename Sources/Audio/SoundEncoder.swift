import CSndfile
import Files
import Foundation
import Synchronization

/// One sound on its way into a compressed file in memory, by libsndfile.
struct SoundEncoder {
  private let sound: InterleavedSound
  private let encoding: SoundEncoding
  private let name: String

  init(_ sound: InterleavedSound, _ encoding: SoundEncoding, name: String) {
    (self.sound, self.encoding, self.name) = (sound, encoding, name)
  }

  func bytes() throws(CodedError) -> [UInt8] {
    try check()
    let sink = ByteSink()
    let handle = try unsafe open(sink)
    let (written, isSet) = unsafe (write(to: handle), status(of: handle))
    let closed = unsafe sf_close(handle)
    guard isSet == 0, written == sound.frameCount, closed == 0, !sink.hasFailed else {
      throw CodedError(
        .inputOutput, "the encoder took \(written) of \(sound.frameCount) samples", path: name,
        underlyingStatus: Int(isSet != 0 ? isSet : closed))
    }
    return sink.bytes
  }

  // MARK: - What can be encoded

  private var format: Int32 {
    switch encoding {
    case .mp3: Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
    case .flac: Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
    }
  }

  private var info: SF_INFO {
    var info = SF_INFO()
    info.samplerate = Int32(clamping: sound.sampleRateHz)
    info.channels = Int32(clamping: sound.channelCount)
    info.format = format
    return info
  }

  private func check() throws(CodedError) {
    guard !sound.samples.isEmpty else { throw CodedError(.empty, "no samples to encode", path: name) }
    if let index = sound.samples.firstIndex(where: { !$0.isFinite }) {
      throw refusal(
        "sample \(index / sound.channelCount) is \(sound.samples[index]), not a finite number")
    }
    let most = if case .mp3 = encoding { 2 } else { 8 }
    guard sound.channelCount <= most else {
      throw refusal("\(sound.channelCount) channels, and \(encoding) has at most \(most)")
    }
    if case .mp3(let bitRate) = encoding {
      let rates = SoundEncoding.bitRates(sampleRateHz: sound.sampleRateHz)
      guard !rates.isEmpty else {
        let known = SoundEncoding.mp3SampleRatesHz.map(String.init).joined(separator: ", ")
        throw refusal("MP3 has no sample rate of \(sound.sampleRateHz) Hz: resample to one of \(known)")
      }
      guard rates.contains(bitRate) else {
        throw refusal(
          """
          MP3 at \(sound.sampleRateHz) Hz has no \(Double(bitRate) / 1000) kbit/s: choose one of \
          \(rates.map { String($0 / 1000) }.joined(separator: ", "))
          """)
      }
    } else {
      // The format's own field has 20 bits, and rates above 65 535 Hz only in steps of 10.
      let rate = sound.sampleRateHz
      guard rate <= 655_350, rate <= 65_535 || rate % 10 == 0 else {
        throw refusal("FLAC has no sample rate of \(rate) Hz")
      }
    }
    var info = info
    guard unsafe sf_format_check(&info) != 0 else {
      let version = unsafe String(cString: sf_version_string())
      throw refusal("\(version) here was built without the encoder for \(encoding)")
    }
  }

  private func refusal(_ message: String) -> CodedError { CodedError(.unsupported, message, path: name) }

  // MARK: - Encoding

  private func open(_ sink: ByteSink) throws(CodedError) -> OpaquePointer {
    var (info, callbacks) = (info, ByteSink.callbacks)
    var (opened, code, reason): (OpaquePointer?, Int32, String)
    unsafe (opened, code, reason) = (nil, 0, "")
    SoundFileHandle.opening.withLock { _ in
      unsafe opened = sf_open_virtual(&callbacks, Int32(SFM_WRITE), &info, sink.context)
      if unsafe opened == nil { unsafe (code, reason) = (sf_error(nil), String(cString: sf_strerror(nil))) }
    }
    guard let handle = unsafe opened else {
      throw CodedError(
        .inputOutput, "the encoder cannot start: \(reason)", path: name, underlyingStatus: Int(code))
    }
    if case .mp3(let bitRate) = encoding, unsafe !setBitRate(bitRate, of: handle) {
      unsafe sf_close(handle)
      throw refusal("the encoder takes no constant bit rate")
    }
    return unsafe handle
  }

  /// libsndfile wants a "compression level": 0 for the highest bit rate of the sample rate, 1 for the lowest, linear between
  /// them, cut to whole kbit/s. False when it refuses.
  private func setBitRate(_ bitRate: Int, of handle: OpaquePointer) -> Bool {
    var mode = Int32(SF_BITRATE_MODE_CONSTANT)
    let rate = sound.sampleRateHz
    let (least, most) = rate >= 32_000 ? (32.0, 320.0) : rate >= 16_000 ? (8.0, 160.0) : (8.0, 64.0)
    // Half a kbit/s more, so that the cut cannot end one below.
    let kilobits = Double(bitRate) / 1000 + 0.5
    var level = min(1, max(0, (most - kilobits) / (most - least)))
    let size = (mode: Int32(MemoryLayout<Int32>.size), level: Int32(MemoryLayout<Double>.size))
    // In this order: version 1.2 refuses a mode while no level is set.
    return unsafe sf_command(handle, Int32(SFC_SET_COMPRESSION_LEVEL), &level, size.level) != 0
      && sf_command(handle, Int32(SFC_SET_BITRATE_MODE), &mode, size.mode) != 0
  }

  private func status(of handle: OpaquePointer) -> Int32 { unsafe sf_error(handle) }

  private func write(to handle: OpaquePointer) -> Int {
    let count = sf_count_t(sound.frameCount)
    switch encoding {
    case .mp3: return unsafe Int(sf_writef_float(handle, sound.samples, count))
    case .flac: return unsafe Int(sf_writef_short(handle, sound.samples.map(\.sixteenBits), count))
    }
  }
}

extension Float {
  /// The nearest 16-bit sample, clipped.
  ///
  /// libsndfile's own way from floats with clipping rounds down: half a step of offset.
  var sixteenBits: Int16 { Int16(max(-32_768, min(32_767, (self * 32_768).rounded()))) }
}
