import Audio
import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// A window of a file has one map, whichever way leads to it.
@Suite(.tags(.property)) struct OneWindowPathTests {
  /// One second at 22 050 Hz.
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    spec.sampleCount = 22_050
    return spec
  }()

  /// 4.3 s of sound at a rate.
  private func file(_ rate: Int) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "window-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appending(path: "sound.wav")
    try wavFile(SyntheticSound.integers(count: Int(4.3 * Double(rate))), sampleRateHz: rate).write(to: path)
    return path.path
  }

  /// What every way must give: the map of samples cut out of the whole file.
  private func expected(_ whole: Waveform, at start: Int, count: Int = spec.sampleCount) throws -> [Float] {
    let end = min(whole.samples.count, start + count)
    let part = Waveform(samples: Array(whole.samples[start..<end]), sampleRateHz: whole.sampleRateHz)
    return try FeatureExtractor(Self.spec).map(of: part).values.values
  }

  @Test(arguments: [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
  func everyWayGivesTheSameBytes(rate: Int) throws {
    let path = try file(rate)
    let extractor = try FeatureExtractor(Self.spec)
    let whole = try Waveform.load(path: path)
    let all = try extractor.maps(ofFile: path, windows: .all)
    #expect(all.map(\.startSeconds) == [0, 1, 2, 3])
    for (index, map) in all.enumerated() {
      let values = map.values.values
      #expect(try expected(whole, at: index * 22_050) == values, "\(rate) Hz, window \(index)")
      let alone = try extractor.maps(ofFile: path, windows: .at(map.startSeconds))
      #expect(alone[0].values.values == values, "\(rate) Hz, window \(index) alone")
      let segment = SoundSegment(startSeconds: Double(index), endSeconds: Double(index + 1))
      let inside = try extractor.maps(ofFile: path, segment: segment)
      #expect(inside.map(\.values.values) == [values] && inside[0].startSeconds == Double(index))
      var stream = try WindowStream(path: path, sampleRateHz: 22_050, sampleCount: 22_050)
      #expect(
        try extractor.map(of: stream.waveform(atSeconds: map.startSeconds)).values.values == values)
    }
    #expect(try extractor.maps(ofFile: path)[0].values == all[0].values)
    // Starts that are no multiple of anything.
    for seconds in [0.0001, 0.123_456_7, 1.125, 2.718_281_828, 3.299_99] {
      let map = try extractor.maps(ofFile: path, windows: .at(seconds))[0]
      let start = Int((seconds * 22_050).rounded())
      #expect(try expected(whole, at: start) == map.values.values, "\(rate) Hz, \(seconds) s")
    }
    let hops = try extractor.maps(ofFile: path, windows: .every(0.377_7))
    #expect(hops.count == 9)
    for map in hops {
      let alone = try extractor.maps(ofFile: path, windows: .at(map.startSeconds))[0]
      #expect(alone.values == map.values, "\(rate) Hz, \(map.startSeconds) s")
      #expect(try expected(whole, at: Int((map.startSeconds * 22_050).rounded())) == map.values.values)
    }
  }

  @Test func nothingBehindASegmentIsHeard() throws {
    let path = try file(44_100)
    let whole = try Waveform.load(path: path)
    let extractor = try FeatureExtractor(Self.spec)
    let segment = SoundSegment(startSeconds: 0.5, endSeconds: 2.1)
    let maps = try extractor.maps(ofFile: path, windows: .all, segment: segment)
    #expect(maps.map(\.startSeconds) == [0.5, 1.5])
    #expect(try expected(whole, at: 11_025) == maps[0].values.values)
    #expect(try expected(whole, at: 33_075, count: 13_230) == maps[1].values.values)
    #expect(abs(maps[1].paddedSeconds - 0.4) < 1e-9)
    // 0.4 s are left: less than half a window.
    let short = SoundSegment(startSeconds: 0.5, endSeconds: 1.9)
    #expect(try extractor.maps(ofFile: path, windows: .all, segment: short).count == 1)
    // A segment that ends behind the file ends with it; one that starts there is an error.
    let open = SoundSegment(startSeconds: 4, endSeconds: 9)
    #expect(abs(try extractor.maps(ofFile: path, segment: open)[0].paddedSeconds - 0.7) < 1e-4)
    #expect { _ = try extractor.maps(ofFile: path, segment: SoundSegment(startSeconds: 4.4)) } throws: {
      ($0 as? CodedError)?.code == .tooShort && "\($0)".contains("4.3 s")
    }
    #expect { _ = try extractor.maps(ofFile: path, windows: .at(-1)) } throws: {
      ($0 as? CodedError)?.code == .unsupported
    }
  }
}
