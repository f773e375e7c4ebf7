import Analysis
import Audio
import Datasets
import Features
import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Windows of sound that begin a hop behind each other, through `classify` with a network that hears loudness.
@Suite(.tags(.hand, .property)) struct OverlappingWindowsTests {
  /// One second at 22 050 Hz.
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    spec.sampleCount = 22_050
    return spec
  }()

  private func model() throws -> GenreModel {
    let architecture = Architecture(
      name: "mean", inputShape: [1, 20, 44],
      chain: [
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 2)),
      ])
    let network = try Network(architecture, seed: 1)
    let normalization = FeatureNormalization(
      granularity: .none, mean: Tensor(repeating: 0, shape: [20, 1]),
      std: Tensor(repeating: 1, shape: [20, 1]))
    return GenreModel(
      network: network, labels: ["A", "B"], featureSpec: Self.spec, normalization: normalization)
  }

  /// A file of noise of so many seconds.
  private func sound(_ seconds: Double, silent: Bool = false) throws -> String {
    var generator = SeededGenerator(seed: 2)
    let samples = (0..<Int(seconds * 22_050)).map { _ in silent ? 0 : 0.1 * generator.normal() }
    let path = try temporaryFolder() + "/noise.wav"
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
    return path
  }

  private func windows(_ seconds: Double, hop: Double?) throws -> TrackClassification {
    var options = ScoringOptions()
    options.hopSeconds = hop
    let batch = try model().classify([try sound(seconds)], options: options)
    if let failure = batch.failures.first { throw failure }
    return try #require(batch.values.first)
  }

  @Test func hopOfAWindowIsWindowBehindWindow() throws {
    for seconds in [0.3, 1, 3, 3.4, 3.6] {
      let (plain, hopped) = (try windows(seconds, hop: nil), try windows(seconds, hop: 1))
      #expect(plain.windows == hopped.windows, "\(seconds) s")
      expectClose(
        [Float(plain.probabilities["A"] ?? 0)], [Float(hopped.probabilities["A"] ?? 1)], absolute: 1e-6)
    }
  }

  /// Starts at 0, 0.25, ... as long as a whole window is left.
  @Test(arguments: [
    (3.0, 0.25, 9), (3.1, 0.25, 9), (3.0, 0.5, 5), (0.4, 0.1, 1), (4.0, 2.0, 2), (5.6, 2.0, 3),
  ])
  func windowsThatFit(seconds: Double, hop: Double, count: Int) throws {
    #expect(try windows(seconds, hop: hop).windows.count == count)
  }

  @Test func silenceIsRefused() throws {
    var options = ScoringOptions()
    options.hopSeconds = 0.5
    let batch = try model().classify([try sound(2, silent: true)], options: options)
    #expect(batch.failures.map(\.code) == ["silent"])
  }

  /// A break inside a track is no music of any genre: it is in no mean, in no segment, and a note tells of it.
  @Test func aSilentBreakIsHeardAsNothing() throws {
    var generator = SeededGenerator(seed: 3)
    let noise = (0..<88_200).map { (index: Int) -> Float in
      (22_050..<66_150).contains(index) ? 0 : 0.1 * generator.normal()
    }
    let path = try temporaryFolder() + "/break.wav"
    try Waveform(samples: noise, sampleRateHz: 22_050).writeWAV(to: path)
    let track = try #require(try model().classify([path]).values.first)
    #expect(track.windows.map(\.startSeconds) == [0, 3])
    let mean = track.windows.map { $0.probabilities[0] }.reduce(0, +) / 2
    #expect(abs(try #require(track.probabilities["A"]) - mean) < 1e-6)
    #expect(track.notes.map(\.message) == ["2 of 4 windows are digital silence and left out"])
    let segments = track.timeline.segments(SegmentRule())
    #expect(segments.map(\.startSeconds) == [0, 3] && segments.map(\.endSeconds) == [1, 4])
  }

  @Test func shiftedCopiesAreAveraged() throws {
    var options = ScoringOptions()
    options.crops = 5
    // Global pooling hears no shift: the copies' mean is the window itself.
    let path = try sound(2)
    let plain = try model().classify([path])
    let shifted = try model().classify([path], options: options)
    #expect(
      plain.values[0].windows.map(\.startSeconds) == shifted.values[0].windows.map(\.startSeconds))
    expectClose(
      [Float(plain.values[0].probabilities["A"] ?? 0)], [Float(shifted.values[0].probabilities["A"] ?? 1)],
      absolute: 1e-6)
  }
}
