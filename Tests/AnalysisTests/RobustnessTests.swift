import Analysis
import Audio
import Datasets
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// A small network of random weights on sounds of two kinds, written as WAV files.
@Suite(.tags(.hand)) struct RobustnessTests {
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mel128
    (spec.binCount, spec.melBandCount, spec.sampleCount) = (16, 16, 22_050)
    return spec
  }()

  private func model() throws -> GenreModel {
    let architecture = Architecture(
      name: "small", inputShape: [1, 16, 44],
      chain: [
        ("conv1", Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1])),
        ("relu1", ReLU()), ("gap", GlobalAveragePooling()), ("flatten", Flatten()),
        ("dense1", Dense(outputCount: 2)),
      ])
    return GenreModel(
      network: try Network(architecture, seed: 3), labels: ["Folk", "Hip-Hop"], featureSpec: Self.spec,
      normalization: FeatureNormalization(
        granularity: .perBin, mean: Tensor(repeating: -20, shape: [16, 1]),
        std: Tensor(repeating: 15, shape: [16, 1])))
  }

  /// Six tracks of 4 s: chords, the even ones low-passed by a moving sum.
  private func tracks(in folder: String, seconds: Double = 4) throws -> [RobustnessTrack] {
    try (0..<6).map { index in
      var samples = SyntheticSound.samples(count: Int(seconds * 22_050), seed: UInt32(index + 1))
      if index % 2 == 0 {
        samples = samples.indices.map { place in
          samples[max(0, place - 30)...place].reduce(0, +) / 31
        }
      }
      let path = folder + "/\(index).wav"
      try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
      return RobustnessTrack(
        path: path, label: ["Folk", "Hip-Hop"][index % 2], group: "group \(index / 2)",
        source: .sound(path: path, startSeconds: 0.25))
    }
  }

  private func options(_ changes: [SoundChange] = []) -> RobustnessOptions {
    var options = RobustnessOptions()
    (options.changes, options.epsilons, options.exampleCount) = (changes, [], 0)
    return options
  }

  @Test func everyChangeIsMeasured() throws {
    let tracks = try tracks(in: temporaryFolder())
    var options = options(SoundChange.standard)
    (options.epsilons, options.attackSteps, options.exampleCount) = ([0.5, 0.01], 3, 2)
    let measured = try model().measureRobustness(tracks: tracks, options: options)
    let report = measured.report
    #expect(report.changes.map(\.name) == SoundChange.standard.map(\.description))
    #expect(report.trackCount == 6 && report.candidateCount == 6 && report.leftOut.isEmpty)
    #expect(report.layer == "conv1" && report.method == "grad-cam" && report.windowSeconds == 1)
    for change in report.changes {
      let effect = try #require(change.effect, "\(change.name)")
      #expect(effect.trackCount == 6 && change.skipped.isEmpty && effect.differenceInterval != nil)
      #expect(effect.accuracyBefore == report.changes[0].effect?.accuracyBefore)
      #expect(effect.outcomes.map(\.path) == tracks.map(\.path))
    }
    #expect(report.attacks.map(\.method) == ["fgsm", "fgsm", "pgd", "pgd"])
    #expect(report.attacks.map(\.epsilon) == [Double(Float(0.01)), 0.5, Double(Float(0.01)), 0.5])
    for attack in report.attacks {
      // Every cell moves by epsilon deviations of 15 dB, in FGSM and nearly so in PGD.
      let decibels = try #require(attack.meanDecibels)
      #expect(decibels <= 15 * attack.epsilon + 1e-3 && decibels > 0.3 * 15 * attack.epsilon)
    }
    #expect(report.differentTracks?.count == 6)
    #expect(measured.examples.count == 2 * min(2, Int(6 * report.attacks[0].effect.accuracyBefore)))
    for example in measured.examples {
      #expect(example.before.binCount == 16 && example.perturbationDecibels?.binCount == 16)
      #expect(example.explanationBefore.className == example.predictedBefore)
      #expect(example.explanationAfter.className == example.predictedBefore)
    }
    #expect(try JSONDecoder().decode(RobustnessReport.self, from: JSONEncoder().encode(report)) == report)
  }

  @Test func whatChangesNothingMovesNothing() throws {
    let tracks = try tracks(in: temporaryFolder())
    let report = try model().measureRobustness(
      tracks: tracks, options: options([.noise(signalToNoiseDecibels: 100)])
    ).report
    let effect = try #require(report.changes[0].effect)
    #expect(effect.brokenCount == 0 && effect.fixedCount == 0 && abs(effect.probabilityDrop) < 1e-3)
    #expect(try #require(effect.maps).lowerQuartile > 0.99)
  }

  /// A convolution knows no place: the map of the later window is the map moved in time, and is moved back.
  @Test func mapsOfLaterWindowsAreMovedBack() throws {
    let tracks = try tracks(in: temporaryFolder())
    // A whole number of frames.
    let later = SoundChange.later(seconds: 10 * 512 / 22_050.0)
    let effect = try #require(
      try model().measureRobustness(tracks: tracks, options: options([later])).report.changes[0].effect)
    // Not 1: frames at either end hear silence beyond it, in one of the two windows only.
    #expect(try #require(effect.maps).lowerQuartile > 0.9)
  }

  @Test func tooLittleSoundIsCounted() throws {
    let tracks = try tracks(in: temporaryFolder(), seconds: 1.5)
    let changes: [SoundChange] = [
      .later(seconds: 0.1), .later(seconds: 0.5), .variant(.stretch(1.05)), .variant(.stretch(2)),
      .mp3(bitRate: 320_000),
    ]
    let report = try model().measureRobustness(tracks: tracks, options: options(changes)).report
    #expect(report.changes.map { $0.effect?.trackCount ?? 0 } == [6, 0, 6, 0, 0])
    #expect(report.changes.map(\.skipped.count) == [0, 6, 0, 6, 6])
    #expect(report.changes[1].skippedReasons.map(\.reason) == ["too little sound after the window"])
    // MP3 has no 320 kbit/s at 22 050 Hz: one reason for all tracks, without their paths.
    #expect(report.changes[4].skippedReasons.map(\.count) == [6])
  }

  @Test func oneSeedOneResultOnAnyNumberOfThreads() throws {
    let tracks = try tracks(in: temporaryFolder())
    func report(threads: Int, seed: UInt64 = 1) throws -> RobustnessReport {
      var options = options([.noise(signalToNoiseDecibels: 5), .mp3(bitRate: 64_000)])
      (options.threads, options.seed, options.epsilons, options.trackLimit) = (threads, seed, [0.1], 4)
      return try model().measureRobustness(tracks: tracks, options: options).report
    }
    let first = try report(threads: 1)
    #expect(try report(threads: 2) == first && first.trackCount == 4)
    #expect(first.changes[0].effect?.outcomes.count { $0.label == "Folk" } == 2)
    #expect(try report(threads: 2, seed: 2) != first)
  }

  @Test func featuresAloneAllowLevelOnly() throws {
    let (model, folder) = (try model(), try temporaryFolder())
    let sounds = try tracks(in: folder)
    let changes: [SoundChange] = [.gain(decibels: -12), .mp3(bitRate: 64_000)]
    let expected = try model.measureRobustness(tracks: sounds, options: options(changes)).report
    let maps = sounds.map { track in
      var track = track
      let path = track.path
      track.source = .input {
        let sound = try Waveform.load(path: path, startSeconds: 0.25, seconds: 1)
        return model.normalization.apply(to: try FeatureExtractor(Self.spec).map(of: sound).values)
      }
      return track
    }
    let report = try model.measureRobustness(tracks: maps, options: options(changes)).report
    let (one, other) = (
      try #require(report.changes[0].effect), try #require(expected.changes[0].effect)
    )
    for (a, b) in zip(one.outcomes, other.outcomes) {
      #expect(a.predictedAfter == b.predictedAfter && abs(a.probabilityAfter - b.probabilityAfter) < 1e-3)
    }
    #expect(report.changes[1].effect == nil)
    #expect(
      report.changes[1].skippedReasons.map(\.reason) == ["needs the sound, and there are only features"])
  }

  @Test func slowMethodsAreReplacedAndSaid() throws {
    let tracks = try tracks(in: temporaryFolder())
    var options = options([.gain(decibels: -6)])
    options.method = RISE()
    let report = try model().measureRobustness(tracks: tracks, options: options).report
    #expect(report.method == "grad-cam" && report.notes.contains { $0.contains("rise needs many passes") })
    options.method = .saliency
    let input = try model().measureRobustness(tracks: tracks, options: options).report
    #expect(input.method == "saliency" && input.layer == "input")
    #expect(!input.notes.contains { $0.contains("passes") })
  }

  @Test func badTracksAreLeftOutWithTheirReasons() throws {
    let folder = try temporaryFolder()
    var tracks = try tracks(in: folder)
    tracks[0].source = .sound(path: folder + "/none.wav", startSeconds: 0)
    tracks[1].source = .sound(path: tracks[1].path, startSeconds: 90)
    tracks[2].label = "Jazz"
    tracks[3].source = .input { Tensor(shape: [3, 3]) }
    tracks[4].source = .input { Tensor(repeating: .nan, shape: [16, 44]) }
    let report = try model().measureRobustness(
      tracks: tracks, options: options([.gain(decibels: -6)])
    ).report
    #expect(report.trackCount == 1 && report.changes[0].effect?.trackCount == 1)
    #expect(Set(report.leftOut.map(\.path)) == Set(tracks[..<5].map(\.path)))
    #expect(throws: CodedError.self) {
      try model().measureRobustness(tracks: Array(tracks[..<5]), options: options())
    }
    #expect(throws: CodedError.self) {
      try model().measureRobustness(tracks: [], options: options())
    }
  }

  @Test func meaninglessOptionsAreRefused() throws {
    let tracks = try tracks(in: temporaryFolder())
    for change: (inout RobustnessOptions) -> Void in [
      { $0.trackLimit = 0 }, { $0.epsilons = [-1] }, { $0.attackSteps = 0 }, { $0.threads = 0 },
      { $0.resampleCount = 0 }, { $0.exampleCount = -1 }, { $0.layer = "nowhere" },
    ] {
      var options = options()
      change(&options)
      #expect(throws: (any Error).self) {
        try model().measureRobustness(tracks: tracks, options: options)
      }
    }
  }

  @Test func evaluatedTracksAreHeardInTheirWindows() throws {
    let folder = try temporaryFolder()
    let tracks = try tracks(in: folder)
    let manifest = folder + "/manifest.csv"
    try CSVTable.write(
      header: ["path", "label", "split"], rows: tracks.map { [$0.path, $0.label, "test"] }, to: manifest)
    let (model, dataset) = (try model(), try Dataset.load(manifest))
    let evaluation = try model.evaluate(on: dataset)
    let report = try model.measureRobustness(
      evaluation: evaluation, dataset: dataset, options: options([.gain(decibels: -12)])
    ).report
    #expect(report.trackCount == 6 && report.changes[0].effect?.trackCount == 6)
  }
}
