/// MT19937 with numpy's legacy seeding: the numbers of `numpy.random.seed(seed)`, `numpy.random.random()`.
///
/// Source: Matsumoto and Nishimura 1998, doi:10.1145/272991.272995.
struct MersenneTwister {
  private var state: [UInt32]
  private var place = 624

  init(seed: UInt32) {
    state = [seed]
    for index in 1..<624 {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ last &>> 30) &+ UInt32(index))
    }
  }

  /// Uniform in 0 ..< 1, of 53 bits.
  mutating func next() -> Double {
    let (high, low) = (bits() &>> 5, bits() &>> 6)
    return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
  }

  private mutating func bits() -> UInt32 {
    if place == 624 {
      for index in 0..<624 {
        let pair = state[index] & 0x8000_0000 | state[(index + 1) % 624] & 0x7fff_ffff
        state[index] = state[(index + 397) % 624] ^ pair &>> 1 ^ (pair & 1 == 0 ? 0 : 0x9908_b0df)
      }
      place = 0
    }
    var result = state[place]
    place += 1
    result ^= result &>> 11
    result ^= result &<< 7 & 0x9d2c_5680
    result ^= result &<< 15 & 0xefc6_0000
    return result ^ result &>> 18
  }
}
