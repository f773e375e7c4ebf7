import Analysis
import Audio
import Explanation
import Features
import Files
import Jobs
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing
import Training

/// A small self-attention tagger that learns two synthesised instruments tells them apart in time.
@Suite(.tags(.property, .slow)) struct TwoInstrumentTests {
  /// One second in 16 mel bands.
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.selfAttentionTagger
    (spec.binCount, spec.melBandCount, spec.sampleCount) = (16, 16, 16_000)
    return spec
  }()

  /// Standardised maps of clips of one instrument each.
  private struct Clips: ExampleSource {
    let labels: [Int]
    let maps: [Tensor]
    let normalization: FeatureNormalization
    var mapShape: Shape { maps[0].shape }

    init(count: Int) throws {
      var generator = SeededGenerator(seed: 3)
      labels = (0..<count).map { $0 % 2 }
      let raw = try labels.map {
        try TwoInstrumentTests.map(TwoInstruments.allCases[$0].melody(seconds: 1, &generator))
      }
      let values = raw.flatMap(\.values)
      let mean = values.reduce(0, +) / Float(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
      normalization = FeatureNormalization(
        granularity: .perBin, mean: Tensor(repeating: mean, shape: [16, 1]),
        std: Tensor(repeating: variance.squareRoot(), shape: [16, 1]))
      maps = raw.map(normalization.apply(to:))
    }

    func inputs(_ examples: [Int]) -> Tensor {
      Tensor.stack(examples.map { maps[$0].reshaped([1, mapShape[0], mapShape[1]]) })
    }
  }

  private static func map(_ samples: [Float]) throws -> Tensor {
    var spec = spec
    spec.sampleCount = samples.count
    return try FeatureExtractor(spec).map(
      of: Waveform(samples: samples, sampleRateHz: TwoInstruments.rateHz)
    ).values
  }

  private static func untrained() throws -> Network {
    var options = SelfAttentionTaggerOptions()
    (options.filters, options.width, options.depth, options.headCount, options.hiddenCount) = (
      1, 16, 1, 2, 32
    )
    (options.dropout, options.headDropout) = (0, 0)
    let frames = try map([Float](repeating: 0, count: spec.sampleCount)).shape[1]
    return try Network(
      .selfAttentionTagger(bins: 16, frames: frames, classCount: 2, options: options), seed: 2)
  }

  /// Over splices of both: the share of pairs of a step of each instrument that the contribution puts in the right order.
  private static func share(_ network: Network, _ clips: Clips) throws -> Double {
    var generator = SeededGenerator(seed: 77)
    let explainer = Explainer(network: network)
    var (right, count) = (0, 0)
    for order in [[0, 1], [1, 0], [0, 1], [1, 0], [0, 1], [1, 0]] {
      let samples = order.flatMap { TwoInstruments.allCases[$0].melody(seconds: 0.5, &generator) }
      let map = try explainer.explain(
        clips.normalization.apply(to: Self.map(samples)), method: TagContribution(reference: .zero),
        score: .contrast(0, 1)
      ).signedMap.values
      let halves = [map[..<(map.count / 2)], map[(map.count / 2)...]]
      let (plucked, reed) = (halves[order[0]], halves[order[1]])
      for value in plucked { right += reed.count { $0 < value } }
      count += plucked.count * reed.count
    }
    return Double(right) / Double(count)
  }

  @Test func aSpliceOfTwoInstrumentsIsToldApartInTime() throws {
    let clips = try Clips(count: 60)
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.learningRate) = (12, 8, 3e-3)
    let random = try Self.untrained()
    let trained = Trainer(configuration).fit(
      random, source: clips, train: Array(0..<48), valid: Array(48..<60)
    ).network
    let (own, control) = (try Self.share(trained, clips), try Self.share(random, clips))
    // Half by chance.
    #expect(own > 0.8, "\(own) of the pairs, \(control) with random weights")
    #expect(own > control + 0.2, "\(own) of the pairs, \(control) with random weights")

    // The whole of a longer splice as a page, with both views.
    var generator = SeededGenerator(seed: 5)
    let folder = try temporaryFolder()
    let samples = TwoInstruments.allCases.flatMap { $0.melody(seconds: 1, &generator) }
    try Waveform(samples: samples, sampleRateHz: TwoInstruments.rateHz).writeWAV(to: folder + "/splice.wav")
    let model = GenreModel(
      network: trained, labels: ["plucked", "reed"], featureSpec: Self.spec,
      normalization: clips.normalization)
    var request = ExplanationRequest()
    request.scoring.wholeTrack = WholeTrackOptions()
    for name in ["attention", "attention-rollout", "tag-contribution"] {
      request.method = try ExplanationCatalogue.method(named: name)
      request.className = "reed"
      _ = try model.explain(folder + "/splice.wav", request, output: folder + "/\(name)")
      let map = try NumpyFile.read(folder + "/\(name)/map.npy")
      #expect(map.shape == [1, 126])
      guard name == "tag-contribution" else { continue }
      let values = map.values
      let half = values.count / 2
      #expect(values[half...].reduce(0, +) > values[..<half].reduce(0, +) + 1)
    }
  }
}
