import Files
import Foundation
import TestSupport
import Testing

@testable import Audio

/// The real ffmpeg, where it is installed.
@Suite(
  .tags(.hand),
  .enabled(if: FFmpeg.program != nil, "ffmpeg is not installed: nothing is decoded through it here"))
struct FFmpegTests {
  /// Half a second of stereo at 44 100 Hz, 16 bits.
  static let samples = SyntheticSound.samples(count: 44_100)

  /// Encodes by ffmpeg itself.
  func encode(_ arguments: [String], to path: String) throws {
    let data = Self.samples.flatMap { value in
      let integer = UInt16(bitPattern: Int16((value * 32_767).rounded()))
      return [UInt8(truncatingIfNeeded: integer), UInt8(integer >> 8)]
    }
    let source = path + ".wav"
    try Data(wav(data: data, channels: 2, rate: 44_100)).write(to: URL(filePath: source))
    let process = Process()
    process.executableURL = URL(filePath: try #require(FFmpeg.program))
    process.arguments = ["-nostdin", "-v", "error", "-y", "-i", source] + arguments + [path]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "this ffmpeg cannot encode \(arguments)")
  }

  func original(_ path: String) throws -> [Float] {
    try Waveform.load(path: path + ".wav", sampleRateHz: nil).samples
  }

  @Test(arguments: [
    ("x.m4a", ["-c:a", "alac"], "mp4", "alac"), ("x.wv", [], "wavpack", "wavpack"),
    ("x.tta", [], "tta", "tta"), ("x.oga", ["-c:a", "flac"], "ogg", "flac"),
  ])
  func losslessIsExact(name: String, arguments: [String], container: String, codec: String) throws {
    try withFolder { folder in
      let path = folder.appending(path: name).path
      try encode(arguments, to: path)
      #expect(try Waveform.load(path: path, sampleRateHz: nil).samples == original(path))
      // A part of it, and from memory.
      let part = try Waveform.load(path: path, sampleRateHz: nil, startSeconds: 0.25, seconds: 0.125)
      #expect(try part.samples == Array(original(path)[11_025..<11_025 + 5_512]))
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      let memory = try Waveform.load(AudioReader(bytes: bytes, name: "x"), sampleRateHz: nil)
      #expect(try memory.samples == original(path))
      let probe = try AudioProbe(path: path)
      #expect(probe.container == container && probe.codec == codec && probe.decoder.hasPrefix("ffmpeg "))
      #expect(probe.sampleRateHz == 44_100 && probe.channels == 2)
      #expect(probe.seconds == 0.5 && probe.lengthSource == .counted && probe.notes.isEmpty)
      #expect(try AudioProbe(path: path, countedBytes: 0).lengthSource == .header)
    }
  }

  @Test(arguments: [
    ("x.m4a", ["-c:a", "aac"], "aac"), ("x.aac", [], "aac"), ("x.wma", [], "wmav2"), ("x.ac3", [], "ac3"),
    ("x.mka", ["-c:a", "aac"], "aac"),
  ]) func lossyIsHeard(name: String, arguments: [String], codec: String) throws {
    try withFolder { folder in
      // The ending means nothing.
      let path = folder.appending(path: name).path
      try encode(arguments, to: path)
      let renamed = folder.appending(path: "-renamed.mp3").path
      try FileManager.default.moveItem(atPath: path, toPath: renamed)
      let probe = try AudioProbe(path: renamed)
      #expect(probe.codec == codec && abs(probe.seconds - 0.5) < 0.1, "\(probe)")
      var reader = try AudioReader(path: renamed, recordsContent: true)
      var samples = [Float](repeating: 0, count: 30_000)
      var span = samples.mutableSpan
      let count = try reader.read(into: &span)
      #expect(count > 20_000 && samples.contains { abs($0) > 0.1 })
      // The key covers the file, also when only the start was read.
      let found = reader.contentKey
      let key = try #require(found)
      #expect(ContentKey(ofFile: renamed, layout: key.layout) == key)
      var bytes = try Data(contentsOf: URL(filePath: renamed))
      bytes[bytes.count - 1] ^= 1
      try bytes.write(to: URL(filePath: renamed))
      #expect(ContentKey(ofFile: renamed, layout: key.layout) != key)
    }
  }

  @Test func damageAndCuts() throws {
    try withFolder { folder in
      let path = folder.appending(path: "x.aac").path
      try encode([], to: path)
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      for index in bytes.count / 2..<bytes.count / 2 + 300 { bytes[index] = 0 }
      var reader = try AudioReader(bytes: bytes, name: "x")
      var samples = [Float](repeating: 0, count: 60_000)
      var span = samples.mutableSpan
      while try reader.read(into: &span) > 0 {}
      let notes = reader.notes
      #expect(notes.contains { $0.code == .skipped }, "\(notes)")
      let mp4 = folder.appending(path: "x.m4a").path
      try encode(["-c:a", "aac"], to: mp4)
      let cut = try Data(contentsOf: URL(filePath: mp4)).prefix(3_000)
      let error = #expect(throws: CodedError.self) { _ = try AudioReader(bytes: [UInt8](cut), name: "x") }
      #expect(
        error?.code == .damaged && error?.message.hasSuffix("moov atom not found") == true,
        "\(error?.message ?? "")")
    }
  }

  /// Bytes changed at random: an `CodedError` or finite sound.
  @Test func damagedFiles() throws {
    try withFolder { folder in
      let path = folder.appending(path: "x.m4a").path
      try encode(["-c:a", "alac"], to: path)
      let original = [UInt8](try Data(contentsOf: URL(filePath: path)))
      var state: UInt32 = 11
      func random(below bound: Int) -> Int {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Int(state >> 8) % bound
      }
      for _ in 0..<12 {
        var data = original
        for _ in 0...random(below: 20) { data[random(below: data.count)] = UInt8(random(below: 256)) }
        do {
          let sound = try Waveform.load(AudioReader(bytes: data, name: "x"), sampleRateHz: nil)
          #expect(sound.samples.allSatisfy { $0.isFinite })
        } catch { #expect(error is CodedError) }
      }
    }
  }
}
