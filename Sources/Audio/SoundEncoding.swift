public import Files

/// A compressed file format for sound.
public enum SoundEncoding: Sendable, Hashable, CustomStringConvertible {
  /// MPEG layer III at a constant rate in bit/s, for example 64 000: one of ``bitRates(sampleRateHz:)``.
  ///
  /// Encoded by LAME through libsndfile. The LAME tag in the first frame gives the encoder's delay, so a gapless decoder such as
  /// ``AudioReader`` returns as many samples as went in, at the same positions. At low bit rates a frame has no room for the tag
  /// (up to 40 kbit/s; up to 24 at 11 025 Hz), and the sound comes back 1 105 samples later.
  case mp3(bitRate: Int)
  /// FLAC with 16-bit samples, each rounded to the nearest; samples beyond -1...1 are clipped, nothing else is lost.
  case flac

  public var description: String {
    switch self {
    case .mp3(let bitRate): "MP3 at \(bitRate / 1000) kbit/s"
    case .flac: "FLAC"
    }
  }

  /// The usual extension of a file name, without the dot.
  public var pathExtension: String {
    switch self {
    case .mp3: "mp3"
    case .flac: "flac"
    }
  }

  /// The bit rates that MP3 has at a sample rate, in bit/s, ascending: MPEG-1 from 32 kHz on, MPEG-2 from 16 kHz, MPEG-2.5
  /// below. Empty for a sample rate that MP3 does not have.
  public static func bitRates(sampleRateHz: Int) -> [Int] {
    let kilobits =
      switch sampleRateHz {
      case 32_000, 44_100, 48_000: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
      case 16_000, 22_050, 24_000: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
      case 8_000, 11_025, 12_000: [8, 16, 24, 32, 40, 48, 56, 64]
      default: [Int]()
      }
    return kilobits.map { 1000 * $0 }
  }

  /// Sample rates of MP3, ascending, in Hz.
  public static let mp3SampleRatesHz = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
  ]
}

extension Waveform {
  /// The sound as the bytes of a compressed file. Throws as ``InterleavedSound/encoded(as:name:)``.
  public func encoded(as encoding: SoundEncoding, name: String = "sound") throws(CodedError) -> [UInt8] {
    try InterleavedSound(self).encoded(as: encoding, name: name)
  }

  /// Writes a compressed file. It appears whole or not at all. Throws as ``InterleavedSound/encoded(as:name:)``, and
  /// `inputOutput` when it cannot be written.
  public func write(_ encoding: SoundEncoding, to path: String) throws(CodedError) {
    let bytes = try encoded(as: encoding, name: path)
    try writeWhole(to: path) { (file) throws(CodedError) in
      do throws(SystemCallError) { try file.append(bytes) } catch {
        throw CodedError(unwritable: error, path: path)
      }
    }
  }
}
