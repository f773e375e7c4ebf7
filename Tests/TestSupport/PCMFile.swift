public import Foundation

/// A WAV file of interleaved 16-bit samples, as bytes.
public func wavFile(_ samples: [Int16], channels: Int = 1, sampleRateHz: Int = 22_050) -> Data {
  var data = Data()
  func text(_ text: String) { data += Data(text.utf8) }
  func number(_ value: Int, _ byteCount: Int) {
    for byte in 0..<byteCount { data.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
  text("RIFF")
  number(36 + 2 * samples.count, 4)
  text("WAVEfmt ")
  number(16, 4)
  number(1, 2)
  number(channels, 2)
  number(sampleRateHz, 4)
  number(sampleRateHz * channels * 2, 4)
  number(channels * 2, 2)
  number(16, 2)
  text("data")
  number(2 * samples.count, 4)
  for sample in samples { number(Int(sample), 2) }
  return data
}
