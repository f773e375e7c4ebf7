import Foundation
public import Tensors

/// Melodies of two synthesised instruments, in one range and equally loud: a plucked string and a reed organ.
public enum TwoInstruments: Int, CaseIterable {
  case plucked
  case reed

  public static let rateHz = 16_000

  /// A note: for the string, noise that runs through a mean of two neighbours once a period (Karplus and Strong 1983, "Digital
  /// synthesis of plucked-string and drum timbres"); for the reed, held harmonics with a slow attack.
  private func note(_ frequencyHz: Float, _ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    switch self {
    case .plucked:
      var line = (0..<Int(Float(Self.rateHz) / frequencyHz)).map { _ in generator.normal() }
      return (0..<count).map { n in
        let place = n % line.count
        defer { line[place] = 0.4985 * (line[place] + line[(place + 1) % line.count]) }
        return line[place]
      }
    case .reed:
      let shifts = (1...12).map { _ in 6 * generator.uniform() }
      return (0..<count).map { n in
        let phase = 2 * Float.pi * frequencyHz * Float(n) / Float(Self.rateHz)
        let edge = min(1, Float(min(n, count - n)) / (0.06 * Float(Self.rateHz)))
        return edge * (1...12).reduce(0) { $0 + sin(Float($1) * phase + shifts[$1 - 1]) / Float($1) }
      }
    }
  }

  /// Notes of 0.2 to 0.5 s between 131 and 523 Hz.
  public func melody(seconds: Double, _ generator: inout SeededGenerator) -> [Float] {
    let count = Int(seconds * Double(Self.rateHz))
    var samples: [Float] = []
    while samples.count < count {
      let frequencyHz = 130.8 * exp2(Float(generator.index(below: 25)) / 12)
      let length = Int((0.2 + 0.3 * generator.uniform()) * Float(Self.rateHz))
      let note = note(frequencyHz, length, &generator)
      let level = sqrt(note.reduce(0) { $0 + $1 * $1 } / Float(length))
      samples += note.map { 0.07 * $0 / level + 0.0007 * generator.normal() }
    }
    return Array(samples.prefix(count))
  }
}
