import Audio
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct WaveFileWriterTests {
  @Test func floatIsBitForBit() throws {
    try withFolder { folder in
      let path = folder.appending(path: "out.wav").path
      let sound = Waveform(samples: SyntheticSound.samples(count: 3_000).map { 3 * $0 }, sampleRateHz: 22_050)
      try sound.writeWAV(to: path, encoding: .float32)
      #expect(try Waveform.load(path: path, sampleRateHz: nil) == sound)
      let first = try Data(contentsOf: URL(filePath: path))
      try sound.writeWAV(to: path, encoding: .float32)
      #expect(try Data(contentsOf: URL(filePath: path)) == first)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.wav"])
    }
  }

  @Test func sixteenBitsRoundAndClip() throws {
    try withFolder { folder in
      let path = folder.appending(path: "out.wav").path
      let samples: [Float] = [0, 0.5, -0.5, 1.5, -1.5, 0.25]
      try Waveform(samples: samples, sampleRateHz: 8_000).writeWAV(to: path)
      let read = try Waveform.load(path: path, sampleRateHz: nil)
      // Half a step of 16 bits, and the scale of 32767 or 32768.
      expectClose(read.samples, [0, 0.5, -0.5, 1, -1, 0.25], absolute: 1.0 / 32_768 + 1e-6)
      #expect(try AudioProbe(path: path).codec == "pcm-16")
    }
  }

  @Test func nothingIsLeftOfAFailure() throws {
    try withFolder { folder in
      let sound = Waveform(samples: [0, 1], sampleRateHz: 8_000)
      #expect(code { try sound.writeWAV(to: folder.path + "/none/out.wav") } == .inputOutput)
      // A folder stands where the file should be.
      try FileManager.default.createDirectory(
        at: folder.appending(path: "taken.wav/inner"), withIntermediateDirectories: true)
      #expect(code { try sound.writeWAV(to: folder.path + "/taken.wav") } == .inputOutput)
      let bad = Waveform(samples: [0, .nan], sampleRateHz: 8_000)
      #expect(code { try bad.writeWAV(to: folder.path + "/bad.wav") } == .unsupported)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken.wav"])
    }
  }
}
