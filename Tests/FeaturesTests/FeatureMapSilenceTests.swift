import Audio
import Features
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct FeatureMapSilenceTests {
  @Test(arguments: [FeatureSpec.mfcc20, .mel128]) func onlyDigitalSilenceIsSilent(_ spec: FeatureSpec) throws
  {
    let extractor = try FeatureExtractor(spec)
    var samples = [Float](repeating: 0, count: spec.sampleCount)
    #expect(try extractor.map(of: Waveform(samples: samples, sampleRateHz: spec.sampleRateHz)).isSilent)
    // One quiet click, -60 dB.
    samples[spec.sampleCount / 2] = 1e-3
    let click = Waveform(samples: samples, sampleRateHz: spec.sampleRateHz)
    #expect(try !extractor.map(of: click).isSilent)
  }

  @Test func silentFileIsRefusedAndSilentWindowsOfAnotherAreLeftOut() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "silence-\(UUID()).wav").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let extractor = try FeatureExtractor(.mfcc20)
    var samples = [Float](repeating: 0, count: 140_000)
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
    let error = #expect(throws: CodedError.self) {
      try extractor.forEachMap(ofAudibleFile: path, windows: .all) { _ in }
    }
    #expect(error?.code == .silent && error?.path == path)
    for index in 100_000..<140_000 { samples[index] = index % 100 < 50 ? 0.2 : -0.2 }
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
    var starts: [Double] = []
    let reading = try extractor.forEachMap(ofAudibleFile: path, windows: .all) {
      starts.append($0.startSeconds)
    }
    #expect(starts == [Double(66_150) / 22_050])
    #expect(reading.notes.map(\.code) == [.silentWindows] && reading.notes[0].seconds == 0)
    #expect(reading.notes[0].message == "1 of 2 windows is digital silence and left out")
    #expect(throws: CodedError.self) { try extractor.forEachMap(ofAudibleFile: path) { _ in } }
  }
}
