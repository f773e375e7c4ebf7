import Audio
import Files
import TestSupport

/// Bytes of files for tests about damage, and what comes of them.
enum MadeSound {
  /// A tone with noise, at 64 kbit/s and with an information frame.
  static func mp3(
    seconds: Double, rate: Int = 44_100, channels: Int = 1, bitRate: Int = 64_000, seed: UInt32 = 1
  ) throws -> [UInt8] {
    let samples = SyntheticSound.samples(count: Int(seconds * Double(rate)) * channels, seed: seed)
    return try InterleavedSound(samples: samples, channelCount: channels, sampleRateHz: rate)
      .encoded(as: .mp3(bitRate: bitRate))
  }

  static func flac(seconds: Double, rate: Int = 22_050, seed: UInt32 = 1) throws -> [UInt8] {
    let samples = SyntheticSound.samples(count: Int(seconds * Double(rate)), seed: seed)
    return try InterleavedSound(samples: samples, channelCount: 1, sampleRateHz: rate).encoded(as: .flac)
  }

  /// 16-bit samples as little-endian bytes.
  static func pcm(seconds: Double, rate: Int = 22_050) -> [UInt8] {
    SyntheticSound.integers(count: Int(seconds * Double(rate))).flatMap {
      [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
    }
  }

  /// An ID3v2 tag of so many bytes.
  static func id3(_ count: Int) -> [UInt8] {
    let size = count - 10
    return Array("ID3".utf8) + [4, 0, 0] + [21, 14, 7, 0].map { UInt8(size >> $0 & 0x7F) }
      + [UInt8](repeating: 0, count: size)
  }

  /// Offsets of the frames of an MP3 of one format, its information frame first.
  static func frames(_ mp3: [UInt8]) -> [Int] {
    let kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    var (offset, offsets) = (0, [Int]())
    while offset + 4 <= mp3.count, mp3[offset] == 0xFF, mp3[offset + 1] == 0xFB || mp3[offset + 1] == 0xFA {
      offsets.append(offset)
      offset += 144_000 * kilobits[Int(mp3[offset + 2] >> 4)] / 44_100 + Int(mp3[offset + 2] >> 1 & 1)
    }
    return offsets
  }

  /// Where the information frame holds the number of frames.
  static func frameCountOffset(_ mp3: [UInt8]) throws -> Int {
    let mark = Array("Info".utf8)
    for offset in 0..<64 where mp3[offset...].starts(with: mark) { return offset + 8 }
    throw CodedError(.damaged, "no information frame", path: "test")
  }
}

/// What comes of the bytes of a file: samples as mono at the file's rate, and what was noticed.
struct Heard {
  let samples: [Float]
  let sampleRateHz: Int
  let notes: [AudioNote]
  let probe: AudioProbe

  init(_ bytes: [UInt8]) throws {
    var reader = try AudioReader(bytes: bytes, name: "test")
    var (all, block) = ([Float](), [Float](repeating: 0, count: 5_000))
    while true {
      var span = block.mutableSpan
      let count = try reader.read(into: &span)
      all += block[..<count]
      if count == 0 { break }
    }
    (samples, sampleRateHz, notes) = (all, reader.sampleRateHz, reader.notes)
    probe = try AudioProbe(bytes: bytes, name: "test")
  }

  var seconds: Double { Double(samples.count) / Double(sampleRateHz) }
  var codes: [AudioNote.Code] { notes.map(\.code) }
}
