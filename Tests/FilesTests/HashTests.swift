import CLibcrypto
import TestSupport
import Testing

@testable import Files

/// Hashes of known bytes, as their standards give them.
@Suite(.tags(.hand)) struct HashTests {
  /// Published vectors of FIPS 180-4.
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
  ]) func sha1(text: String, expected: String) throws {
    var digest = try SHA1()
    for character in text { digest.update(String(character)) }
    #expect(digest.finish() == expected)
  }

  /// Published vectors of FIPS 180-4 (NIST's example values, and FIPS 180-2, appendix B.3).
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]) func sha256(text: String, expected: String) {
    let digest = SHA256.digest(text.utf8)
    #expect(digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == expected)
  }

  /// Each length of the last block, and so each padding.
  @Test func sha256OfEachLengthIsThatOfLibcrypto() {
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 31 * $0 + count) }
      var expected = [UInt8](repeating: 0, count: 32)
      #expect(unsafe EVP_Digest(bytes, bytes.count, &expected, nil, EVP_sha256(), nil) == 1)
      #expect(SHA256.digest(bytes) == expected, "\(count) bytes")
    }
  }

  /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  @Test func crc32c() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).map { UInt8(31 - $0) }) == 0x113F_DB5C)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
    // leveldb's test of the mask: masking is no fixed point and not its own inverse.
    let value = CRC32C.checksum(Array("foo".utf8))
    let masked = CRC32C.masked(Array("foo".utf8))
    let rotated = masked &- 0xA282_EAD8
    #expect(masked != value && rotated >> 17 | rotated << 15 == value)
  }

  private func contentHash(_ bytes: [UInt8], seed: UInt32 = 0) -> ContentHash {
    unsafe bytes.withUnsafeBytes { unsafe ContentHash($0, seed: seed) }
  }

  /// The published check of MurmurHash3 x64 128: hashes of the keys 0, 0 1, 0 1 2, ... hashed once more begin with
  /// 0x6384BA69.
  @Test func contentHashIsMurmur3() {
    var hashes: [UInt8] = []
    for count in 0..<256 {
      let key = contentHash((0..<count).map { UInt8($0) }, seed: UInt32(256 - count))
      for half in [key.high, key.low] {
        hashes += (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) }
      }
    }
    #expect(UInt32(truncatingIfNeeded: contentHash(hashes).high) == 0x6384_BA69)
    #expect(
      "\(ContentHash("The quick brown fox jumps over the lazy dog"))" == "e34bbc7bbc071b6c7a433ca9c49a9347")
    #expect(ContentHash(hexadecimal: "e34bbc7bbc071b6c7a433ca9c49a9347")?.low == 0x7A43_3CA9_C49A_9347)
    for wrong in ["", "e34b", "+34bbc7bbc071b6c7a433ca9c49a9347", "e34bbc7bbc071b6c7a433ca9c49a934é"] {
      #expect(ContentHash(hexadecimal: wrong) == nil)
    }
  }
}
