import Foundation

/// A seeded random number generator: xoshiro256**, its state filled by SplitMix64.
///
/// The same seed gives the same numbers on every machine. Streams with different `stream` numbers are independent, so each part
/// of a run (initial weights, shuffling, dropout) can draw from its own.
///
/// Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021, doi:10.1145/3460772.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  public init(seed: UInt64, stream: UInt64 = 0) {
    var word = seed ^ (stream &* 0xD1B5_4A32_D192_ED03)
    func splitMix() -> UInt64 {
      word &+= 0x9E37_79B9_7F4A_7C15
      var mixed = word
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
    state = (splitMix(), splitMix(), splitMix(), splitMix())
  }

  /// Runs `body` with the address of the four words of state, for a kernel that draws on its own.
  mutating func withState<R>(_ body: (UnsafeMutablePointer<UInt64>) -> R) -> R {
    var words = [state.0, state.1, state.2, state.3]
    defer { state = (words[0], words[1], words[2], words[3]) }
    return unsafe words.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress.unsafelyUnwrapped) }
  }

  public mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// A value uniform in [0, 1), with 24 random bits.
  public mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A value uniform in [`range.lowerBound`, `range.upperBound`).
  public mutating func uniform(in range: Range<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A standard normal value (Box-Muller, one of the pair).
  public mutating func normal() -> Float {
    let radius = (-2 * log(1 - Double(next() >> 11) * 0x1p-53)).squareRoot()
    return Float(radius * cos(2 * .pi * Double(next() >> 11) * 0x1p-53))
  }

  /// A value uniform in 0 ..< `bound`. Traps when `bound` is not positive.
  public mutating func index(below bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &self)
  }
}
