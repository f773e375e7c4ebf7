public import Foundation

/// Chords, decay, noise and silence made by integer arithmetic: the generator scripts beside the golden files
/// compute the same 16-bit samples bit for bit, so that the sound itself need not be stored.
public enum SyntheticSound {
  /// Samples as 16-bit integers; the pitch is that of a sound at 22 050 Hz.
  public static func integers(count: Int, seed: UInt32 = 1) -> [Int16] {
    let steps: [[Int]] = [[654, 824, 980], [734, 874, 1101], [490, 618, 735], [551, 694, 1308]]
    var state = seed
    return (0..<count).map { n in
      state = state &* 1_664_525 &+ 1_013_904_223
      let noise = Int(state >> 16) - 32_768
      if n % 22_050 >= 20_000 { return 0 }
      let chord = steps[n / 11_025 % 4]
      let decay = 11_025 - n % 11_025
      func triangle(_ step: Int) -> Int { abs((n * step) % 65_536 - 32_768) - 16_384 }
      let tones = 3 * triangle(chord[0]) + 2 * triangle(chord[1]) + triangle(chord[2] * 4)
      let attack = max(0, 1_200 - n % 5_512)
      return Int16((tones * decay / 88_200) + noise * attack / 8_192)
    }
  }

  /// ``integers(count:seed:)`` divided by 32768.
  public static func samples(count: Int, seed: UInt32 = 1) -> [Float] {
    integers(count: count, seed: seed).map { Float($0) / 32_768 }
  }
}

/// Reads a golden file of little-endian 32-bit floating-point numbers.
public func readFloats(_ url: URL) throws -> [Float] {
  let data = try Data(contentsOf: url)
  return stride(from: 0, to: data.count - data.count % 4, by: 4).map { offset in
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[offset + $1]) << UInt32(8 * $1) }
    return Float(bitPattern: bits)
  }
}
