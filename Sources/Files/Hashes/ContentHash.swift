/// A 128-bit hash of bytes, to distinguish equal from changed content.
///
/// MurmurHash3 x64 128 with seed 0 (A. Appleby, public domain). It is fast and well distributed, but not a cryptographic hash: it
/// does not protect against files that were made to collide.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  /// Hashes bytes; cost: one pass, a few gigabytes a second.
  public init(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) {
    var (h1, h2) = (UInt64(seed), UInt64(seed))
    let bulk = bytes.count & ~15
    var offset = 0
    while offset < bulk {
      let first = unsafe UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let second = unsafe UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self))
      h1 ^= Self.scrambledFirst(first)
      h1 = (Self.rotated(h1, by: 27) &+ h2) &* 5 &+ 0x52DC_E729
      h2 ^= Self.scrambledSecond(second)
      h2 = (Self.rotated(h2, by: 31) &+ h1) &* 5 &+ 0x3849_5AB5
      offset &+= 16
    }
    var (first, second): (UInt64, UInt64) = (0, 0)
    for index in bulk..<bytes.count {
      let byte = UInt64(unsafe bytes[index])
      let place = index - bulk
      if place < 8 { first |= byte << (8 * place) } else { second |= byte << (8 * (place - 8)) }
    }
    h2 ^= Self.scrambledSecond(second)
    h1 ^= Self.scrambledFirst(first)
    h1 ^= UInt64(bytes.count)
    h2 ^= UInt64(bytes.count)
    h1 &+= h2
    h2 &+= h1
    (h1, h2) = (Self.finished(h1), Self.finished(h2))
    h1 &+= h2
    h2 &+= h1
    (high, low) = (h1, h2)
  }

  /// Hashes the UTF-8 bytes of a text.
  public init(_ text: String) {
    var text = text
    self = text.withUTF8 { unsafe ContentHash(UnsafeRawBufferPointer($0)) }
  }

  /// Reads 32 hexadecimal digits; nil for anything else.
  public init?(hexadecimal text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 32, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let high = UInt64(String(decoding: digits[..<16], as: UTF8.self), radix: 16),
      let low = UInt64(String(decoding: digits[16...], as: UTF8.self), radix: 16)
    else { return nil }
    (self.high, self.low) = (high, low)
  }

  /// 32 hexadecimal digits.
  public var description: String {
    [high, low].map { half in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  @inline(__always)
  private static func rotated(_ value: UInt64, by bits: UInt64) -> UInt64 {
    value &<< bits | value &>> (64 &- bits)
  }

  @inline(__always)
  private static func scrambledFirst(_ value: UInt64) -> UInt64 {
    rotated(value &* 0x87C3_7B91_1142_53D5, by: 31) &* 0x4CF5_AD43_2745_937F
  }

  @inline(__always)
  private static func scrambledSecond(_ value: UInt64) -> UInt64 {
    rotated(value &* 0x4CF5_AD43_2745_937F, by: 33) &* 0x87C3_7B91_1142_53D5
  }

  private static func finished(_ value: UInt64) -> UInt64 {
    var result = (value ^ value &>> 33) &* 0xFF51_AFD7_ED55_8CCD
    result = (result ^ result &>> 33) &* 0xC4CE_B9FE_1A85_EC53
    return result ^ result &>> 33
  }
}
