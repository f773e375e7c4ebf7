import Audio
import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// From an MP3 file of 2.4 s (44.1 kHz, stereo) to maps.
@Suite(.tags(.hand, .reference)) struct FeatureFileTests {
  private var spec: FeatureSpec {
    var spec = FeatureSpec.mfcc128
    spec.sampleCount = 26_460
    return spec
  }

  @Test(arguments: [0, 1.125]) func equalsLibrosaEndToEnd(start: Double) throws {
    let path = try golden("clip.mp3").path
    let maps = try FeatureExtractor(spec).maps(ofFile: path, windows: start == 0 ? .first : .at(start))
    let expected = try readFloats(golden("clip-mfcc-\(start).f32"))
    try #require(maps.count == 1 && maps[0].startSeconds == start)
    // The promise is 0.05 except in the first 3 frames, where decoders may differ; here they do not.
    expectClose(maps[0].values.values, expected, absolute: 0.05)
  }

  @Test func allWindowsAreThoseOfTheWholeTrack() throws {
    let path = try golden("clip.mp3").path
    let extractor = try FeatureExtractor(spec)
    let whole = try Waveform.load(path: path)
    let maps = try extractor.maps(ofFile: path, windows: .all)
    // Exactly two windows: the padding of the encoder is not part of the sound.
    #expect(maps.map(\.startSeconds) == [0, 1.2])
    for (index, map) in maps.enumerated() {
      let samples = Array(whole.samples[(index * 26_460)..<min(whole.samples.count, (index + 1) * 26_460)])
      #expect(try extractor.map(of: sound(samples)).values == map.values)
    }
  }

  @Test func theRestCountsFromHalfAWindowOn() throws {
    let path = try golden("clip.mp3").path
    // 2.4 s are 52 920 samples: 0.5 of 35 280 is left, 0.49 of 35 520; a longer window is the only one.
    func starts(_ sampleCount: Int, _ shortClip: ShortClip = .pad) throws -> [Double] {
      var spec = spec
      spec.sampleCount = sampleCount
      return try FeatureExtractor(spec).maps(ofFile: path, windows: .all, shortClip: shortClip).map(
        \.startSeconds)
    }
    #expect(try starts(35_280) == [0, 1.6])
    #expect(try starts(35_280, .refuse) == [0])
    #expect(try starts(35_520).count == 1)
    #expect(try starts(200_000) == [0])
  }

  @Test(arguments: [1, 2, 3, 5, 6, 7, 100]) func fewOfManyWindowsAreSpreadEvenly(most: Int) throws {
    let path = try golden("clip.mp3").path
    // 2.4 s are six windows of 0.4 s.
    var spec = spec
    spec.sampleCount = 8_820
    let extractor = try FeatureExtractor(spec)
    let all = try extractor.maps(ofFile: path, windows: .all)
    try #require(all.count == 6)
    let numbers = [1: [2], 2: [0, 5], 3: [0, 3, 5], 5: [0, 1, 3, 4, 5]][most] ?? Array(0..<6)
    let maps = try extractor.maps(ofFile: path, windows: .spread(most: most))
    #expect(maps.map(\.startSeconds) == numbers.map { all[$0].startSeconds })
    #expect(maps.map(\.values) == numbers.map { all[$0].values })
    // Of a segment, and with a hop.
    let segment = SoundSegment(startSeconds: 0.4, endSeconds: 2.0)
    let part = try extractor.maps(ofFile: path, windows: .spread(most: 2, hopSeconds: 0.2), segment: segment)
    #expect(part.map(\.startSeconds) == [0.4, 1.6])
  }

  @Test func shortClipsArePaddedOrRefused() throws {
    let path = try golden("clip.mp3").path
    let extractor = try FeatureExtractor(.mfcc128)
    let maps = try extractor.maps(ofFile: path)
    #expect(maps.count == 1 && abs(maps[0].paddedSeconds - 7.6) < 1e-6)
    #expect { _ = try extractor.maps(ofFile: path, shortClip: .refuse) } throws: {
      ($0 as? CodedError)?.code == .tooShort
    }
    #expect { _ = try extractor.maps(ofFile: path, windows: .at(60)) } throws: {
      [.empty, .tooShort].contains(($0 as? CodedError)?.code)
    }
  }
}
