import Files
import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite(.tags(.hand)) struct ContentKeyTests {
  private func hash(_ bytes: [UInt8], seed: UInt32 = 0) -> ContentHash {
    unsafe bytes.withUnsafeBytes { unsafe ContentHash($0, seed: seed) }
  }

  /// The published check of MurmurHash3 x64 128: hashes of the keys 0, 0 1, 0 1 2, ... hashed once more begin with
  /// 0x6384BA69.
  @Test func hashIsMurmur3() {
    var hashes: [UInt8] = []
    for count in 0..<256 {
      let key = hash((0..<count).map { UInt8($0) }, seed: UInt32(256 - count))
      for half in [key.high, key.low] {
        hashes += (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) }
      }
    }
    #expect(UInt32(truncatingIfNeeded: hash(hashes).high) == 0x6384_BA69)
    #expect(
      "\(ContentHash("The quick brown fox jumps over the lazy dog"))" == "e34bbc7bbc071b6c7a433ca9c49a9347")
    #expect(ContentHash(hexadecimal: "e34bbc7bbc071b6c7a433ca9c49a9347")?.low == 0x7A43_3CA9_C49A_9347)
    for wrong in ["", "e34b", "+34bbc7bbc071b6c7a433ca9c49a9347", "e34bbc7bbc071b6c7a433ca9c49a934é"] {
      #expect(ContentHash(hexadecimal: wrong) == nil)
    }
  }

  /// Two seconds of noise are 176 444 bytes: three blocks.
  private func withFile(_ body: (String, [UInt8]) throws -> Void) throws {
    try withFolder { folder in
      let noise = SyntheticSound.samples(count: 44_100)
      let file = wav(data: floatBytes(noise), kind: 3, bits: 32, channels: 1)
      let path = folder.appending(path: "a.wav").path
      try Data(file).write(to: URL(filePath: path))
      try body(path, file)
    }
  }

  private func read(_ path: String, count: Int) throws -> ContentKey {
    var reader = try AudioReader(path: path, recordsContent: true)
    var samples = [Float](repeating: 0, count: count)
    var span = samples.mutableSpan
    _ = try reader.read(into: &span)
    let key = reader.contentKey
    return try #require(key)
  }

  @Test func keysCoverWhatWasRead() throws {
    try withFile { path, file in
      let start = try read(path, count: 1_000)
      let whole = try read(path, count: 44_100)
      #expect(start.layout.byteCount == file.count && start.layout.blocks == [0..<1])
      #expect(whole.layout.blocks == [0..<3] && start != whole)
      let unasked = try AudioReader(path: path).contentKey
      #expect(unasked == nil)
      // Under another name the keys hold; a change counts for who read it, a change of the length for all.
      let other = path + ".moved"
      func holds(_ key: ContentKey) -> Bool { ContentKey(ofFile: other, layout: key.layout) == key }
      try Data(file).write(to: URL(filePath: other))
      #expect(holds(start) && holds(whole))
      var changed = file
      changed[file.count - 1] ^= 1
      try Data(changed).write(to: URL(filePath: other))
      #expect(holds(start) && !holds(whole))
      changed = file
      changed[500] ^= 1
      try Data(changed).write(to: URL(filePath: other))
      #expect(!holds(start) && !holds(whole))
      try Data(file + [0]).write(to: URL(filePath: other))
      #expect(!holds(start) && !holds(whole))
      #expect(ContentKey(ofFile: path + ".none", layout: start.layout) == nil)
    }
  }

  @Test func textIsReadBackAndNonsenseIsNot() throws {
    let hash = String(repeating: "0f", count: 16)
    for text in ["70000/0/\(hash)", "1000000/0-3 7 9-15/\(hash)", "5//\(hash)"] {
      #expect(ContentKey(text)?.description == text)
    }
    for text in [
      "", "/", "a/0/\(hash)", "-1/0/\(hash)", "0/0/\(hash)", "70000/2/\(hash)", "70000/0-9/\(hash)",
      "70000/1-0/\(hash)", "70000/1 0/\(hash)", "70000/0 1/\(hash)", "70000/-1/\(hash)",
      "70000/0-1-1/\(hash)",
      "70000/x/\(hash)", "70000/0/0f", "70000/0/\(hash)/", "99999999999999999999/0/\(hash)",
      "70000/0-9223372036854775807/\(hash)", "9223372036854775807/0-9223372036854775807/\(hash)",
    ] {
      #expect(ContentKey(text) == nil, "\(text)")
    }
  }
}
