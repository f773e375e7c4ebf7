import Files
import Foundation
import TestSupport
import Testing

@testable import Audio

@Suite(.tags(.hand)) struct ContentKeyTests {
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
