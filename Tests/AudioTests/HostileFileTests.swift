import Audio
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hostile)) struct HostileFileTests {
  private func load(_ bytes: [UInt8], limits: AudioLimits = AudioLimits()) throws -> Waveform {
    try Waveform.load(AudioReader(bytes: bytes, name: "test", limits: limits), limits: limits)
  }

  @Test func filesThatAreNoSound() throws {
    try withFolder { folder in
      func path(_ name: String, _ contents: [UInt8]) throws -> String {
        let url = folder.appending(path: name)
        try Data(contents).write(to: url)
        return url.path
      }
      let text = Array(String(repeating: "ID3 is how this text begins, but it is text. ", count: 200).utf8)
      let letters = String(repeating: "A text in UTF-16. ", count: 300).utf8
      let utf16: [UInt8] = [0xFF, 0xFE] + letters.flatMap { [$0, 0] }
      #expect(code { _ = try Waveform.load(path: folder.path + "/none.mp3") } == .missing)
      #expect(code { _ = try Waveform.load(path: path("a.mp3", [])) } == .empty)
      #expect(code { _ = try Waveform.load(path: folder.path) } == .unknownFormat)
      #expect(code { _ = try Waveform.load(path: path("b.mp3", text)) } == .unknownFormat)
      #expect(code { _ = try Waveform.load(path: path("c.mp3", utf16)) } == .unknownFormat)
      #expect(code { _ = try Waveform.load(path: path("d.mp3", [0xFF, 0xFB])) } == .unknownFormat)
      #expect(code { _ = try AudioProbe(path: path("e.wav", text)) } == .unknownFormat)
      #expect(code { _ = try AudioReader(bytes: [], name: "none") } == .empty)
    }
  }

  @Test func aPipeIsRefusedWithoutWaiting() throws {
    try withFolder { folder in
      let path = folder.appending(path: "pipe.mp3").path
      #expect(unsafe mkfifo(path, 0o600) == 0)
      #expect(code { _ = try AudioReader(path: path) } == .unknownFormat)
    }
  }

  @Test func errorsSayWhatAndWhere() throws {
    do {
      _ = try Waveform.load(path: "/nowhere/track.mp3")
      Issue.record("no error")
    } catch {
      #expect(
        error.description == "/nowhere/track.mp3: no such file" && error.underlyingStatus == Int(ENOENT))
    }
  }

  @Test func headersBeyondTheLimits() throws {
    let silence = [UInt8](repeating: 0, count: 1_000)
    #expect(code { _ = try load(wav(data: silence, channels: 9)) } == .unsupported)
    #expect(code { _ = try load(wav(data: silence, rate: 500_000)) } == .unsupported)
    #expect(code { _ = try load(wav(data: silence, rate: 100)) } == .unsupported)
    #expect(code { _ = try load(wav(data: [])) } == .empty)
    var limits = AudioLimits()
    limits.maximumSeconds = 0.5
    #expect(
      code { _ = try load(wav(data: [UInt8](repeating: 0, count: 60_000)), limits: limits) } == .unsupported)
    // A stream of the same file is not limited.
    var stream = try WaveformStream(
      AudioReader(bytes: wav(data: [UInt8](repeating: 0, count: 60_000)), name: "x"), sampleRateHz: nil)
    #expect(try stream.nextWindow(sampleCount: 30_000)?.samples.count == 30_000)
  }

  @Test func samplesThatAreNotFinite() throws {
    for bad in [Float.nan, .infinity, -.infinity] {
      for channels in [1, 2] {
        var values = [Float](repeating: 0.5, count: 40_000)
        values[30_000] = bad
        let file = wav(data: floatBytes(values), kind: 3, bits: 32, channels: channels)
        do {
          _ = try load(file)
          Issue.record("no error")
        } catch let error as CodedError {
          #expect(error.code == .unsupported && error.message.contains("sample \(30_000 / channels) "))
        }
      }
    }
  }

  @Test func startsBehindTheEnd() throws {
    for name in ["joint-44k.mp3", "stereo.flac"] {
      let path = try golden(name).path
      let found = code { _ = try Waveform.load(path: path, startSeconds: 100, seconds: 1) }
      #expect(found == .empty || found == .tooShort)
    }
    let path = try golden("joint-44k.mp3").path
    #expect(code { _ = try Waveform.load(path: path, startSeconds: -1) } == .unsupported)
    #expect(code { _ = try Waveform.load(path: path, startSeconds: .nan) } == .unsupported)
    #expect(code { _ = try Waveform.load(path: path, seconds: .infinity) } == .unsupported)
    #expect(code { _ = try Waveform.load(path: path, seconds: -2) } == .unsupported)
  }

  /// Bytes changed at random: an `CodedError` or finite sound, never more, never a crash.
  @Test(arguments: [
    "joint-44k.mp3", "vbr-tags-44k.mp3", "free-format-32k.mp3", "stereo.flac", "mono-24bit.wav",
  ])
  func damagedFiles(name: String) throws {
    let original = try bytes(of: name)
    var state: UInt32 = 42
    func random(below bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    for _ in 0..<40 {
      var data = original
      for _ in 0...random(below: 30) {
        // Half of the damage goes to the headers.
        let range = random(below: 2) == 0 ? min(200, data.count) : data.count
        data[random(below: range)] = UInt8(random(below: 256))
      }
      do {
        let sound = try load(data)
        #expect(sound.samples.allSatisfy { $0.isFinite })
        _ = try AudioProbe(bytes: data, name: name)
      } catch { #expect(error is CodedError) }
    }
  }

  @Test func theLibrariesAreQuiet() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      var data = try bytes(of: "joint-44k.mp3")
      for index in stride(from: 500, to: data.count, by: 97) { data[index] ^= 0xFF }
      _ = try? Waveform.load(AudioReader(bytes: data, name: "damaged"))
      _ = try? Waveform.load(AudioReader(bytes: Array(data[..<1000]), name: "cut"))
      _ = try? AudioProbe(bytes: Array("ID3garbage".utf8), name: "text")
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(!output.lowercased().contains("mpg123") && !output.contains("libsndfile"))
  }
}
