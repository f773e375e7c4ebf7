import Audio
import Features
import Foundation
import Testing

@Suite struct FeatureMapSilenceTests {
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

  @Test func silentFileIsRefusedAndHalfSilentOneNot() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "silence-\(UUID()).wav").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let extractor = try FeatureExtractor(.mfcc20)
    var samples = [Float](repeating: 0, count: 140_000)
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
    let error = #expect(throws: AudioError.self) {
      try extractor.forEachMap(ofAudibleFile: path, windows: .all) { _ in }
    }
    #expect(error?.code == .silent && error?.path == path)
    for index in 100_000..<140_000 { samples[index] = index % 100 < 50 ? 0.2 : -0.2 }
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
    var count = 0
    try extractor.forEachMap(ofAudibleFile: path, windows: .all) { _ in count += 1 }
    #expect(count == 2)
    #expect(throws: AudioError.self) { try extractor.forEachMap(ofAudibleFile: path) { _ in } }
  }
}
