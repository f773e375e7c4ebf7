import Datasets
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Analysis

/// The stages of an error report: what each reads, and that it gives the bits of the way that is easy to see.
@Suite(.tags(.property)) struct EvaluatedTracksTests {
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mel128
    (spec.binCount, spec.melBandCount, spec.sampleCount) = (16, 16, 22_050)
    return spec
  }()

  /// Convolutions, then dense layers: a single row is rounded otherwise than several.
  private static func model() throws -> GenreModel {
    let architecture = Architecture(
      name: "small", inputShape: [1, 16, 44],
      chain: [
        ("conv1", Convolution(outputChannels: 8, kernel: [3, 3], padding: [1, 1])), ("relu1", ReLU()),
        ("pool1", AveragePooling(kernel: [2, 2])), ("flatten", Flatten()),
        ("dense1", Dense(outputCount: 32)), ("relu2", ReLU()), ("dense2", Dense(outputCount: 2)),
      ])
    return GenreModel(
      network: try Network(architecture, seed: 3), labels: ["Folk", "Hip-Hop"], featureSpec: spec,
      normalization: FeatureNormalization(
        granularity: .perBin, mean: Tensor(repeating: -20, shape: [16, 1]),
        std: Tensor(repeating: 15, shape: [16, 1])))
  }

  /// A feature file of noise; `windows` of each recording one after another, some of which are no numbers.
  private static func dataset(_ count: Int, windows: Int = 1, broken: Set<Int> = []) throws -> Dataset {
    let path = try temporaryFolder() + "/x.npy"
    var generator = SeededGenerator(seed: 8)
    let maps = (0..<count * windows).map { row in
      let values = (0..<16 * 44).map { _ in -20 + 15 * generator.normal() }
      return Tensor(broken.contains(row) ? values.map { _ in .nan } : values, shape: [16, 44])
    }
    try NumpyFile.write(Tensor.stack(maps), to: path)
    let rows = (0..<count * windows).map { row in
      let track = row / windows
      return [
        "\(row)", "clip-\(track).wav", ["Folk", "Hip-Hop"][track % 2], "test", "\(row % windows)",
        "g\(track / 2)",
      ]
    }
    try CSVTable.write(
      header: ["row", "path", "label", "split", "start_seconds", "group"], rows: rows,
      to: String(path.dropLast(3)) + "csv")
    return try Dataset.load(path).stating(spec)
  }

  /// What a reader read.
  private final class Reads: Sendable {
    private let rows = Mutex<[Int]>([])
    /// Rows in ascending order, each as often as it was read.
    var all: [Int] { rows.withLock { $0.sorted() } }

    func reader(_ dataset: Dataset, _ model: GenreModel) throws -> RecordingReader {
      var reader = try RecordingReader(dataset: dataset, model: model)
      reader.whenRead = { [self] place in
        if case .row(let row, _) = place { rows.withLock { $0.append(row) } }
      }
      return reader
    }
  }

  private static func heard(
    _ dataset: Dataset, _ model: GenreModel, _ reader: RecordingReader
  ) throws -> [HeardRecording] {
    var heard: [HeardRecording] = []
    let hearing = try RecordingHearing(
      model, reader: reader, scorer: WindowScorer(model: model), layer: EmbeddingLayer(of: model))
    try hearing.run(Recording.recordings(of: dataset.clips), stage: "hearing", job: Job()) {
      heard.append(try $1.get())
    }
    return heard
  }

  /// The same tracks, whose maps another reader reads.
  private static func tracks(
    _ dataset: Dataset, _ model: GenreModel, read reads: Reads
  ) throws -> EvaluatedTracks {
    let own = try model.evaluatedTracks(on: dataset, selection: .all)
    return EvaluatedTracks(
      model: model, evaluation: own.evaluation, selection: .all, tracks: own.tracks,
      embeddings: own.embeddings, featuresPath: dataset.featuresPath,
      source: RecordingSource(try reads.reader(dataset, model)))
  }

  // MARK: - Reading

  @Test func aRecordingOfOneWindowIsReadOnce() throws {
    let (dataset, model, reads) = (try Self.dataset(37), try Self.model(), Reads())
    let heard = try Self.heard(dataset, model, try reads.reader(dataset, model))
    #expect(heard.count == 37 && reads.all == Array(0..<37))
  }

  /// Of several windows the chosen one is read again: only then is it known which it is.
  @Test func ofSeveralWindowsOneIsReadAgain() throws {
    let (dataset, model, reads) = (try Self.dataset(7, windows: 3), try Self.model(), Reads())
    let heard = try Self.heard(dataset, model, try reads.reader(dataset, model))
    let chosen = heard.compactMap { heard -> Int? in
      if case .row(let row, _) = heard.place { row } else { nil }
    }
    #expect(chosen.count == 7 && Set(chosen.map { $0 % 3 }).count > 1)
    #expect(reads.all == (Array(0..<21) + chosen).sorted())
  }

  @Test func explainingReadsEachMapOnce() throws {
    let (dataset, model, reads) = (try Self.dataset(37), try Self.model(), Reads())
    let explained = try Self.tracks(dataset, model, read: reads).explained(by: AnalysisOptions())
    #expect(explained.tracks.count == 37 && reads.all == Array(0..<37))
  }

  /// What was heard of evaluated tracks is not heard again for the comparison.
  @Test func referencesAreWhatWasHeard() throws {
    let (dataset, model) = (try Self.dataset(70), try Self.model())
    let evaluated = try model.evaluatedTracks(on: dataset, selection: .all)
    let known = try ReferenceTracks.heard(in: dataset, by: model, besides: evaluated, job: Job())
    let anew = try ReferenceTracks.heard(in: dataset, by: model, job: Job())
    #expect(known.embeddings == anew.embeddings && known.summaries == anew.summaries)
    #expect(known.embeddings == evaluated.embeddings)
    #expect(known.recordings.map(\.path) == evaluated.tracks.map(\.prediction.path))
  }

  // MARK: - Bits

  /// Sixteen by sixteen, the last one alone where it is left over; rows that are no numbers do not count.
  @Test(arguments: [1, 2, 16, 17, 18, 33])
  func embeddingsAreThoseOfWholeBatches(count: Int) throws {
    let (dataset, model) = (try Self.dataset(count + 1, broken: [count / 2]), try Self.model())
    let tracks = try model.evaluatedTracks(on: dataset, selection: .all)
    #expect(tracks.tracks.count == count && tracks.evaluation.leftOut.count == 1)
    let inputs = try tracks.tracks.indices.map(tracks.input)
    let network = model.network
    var expected: [Float] = []
    for start in stride(from: 0, to: count, by: 16) {
      let batch = inputs[start..<min(start + 16, count)].map { $0.reshaped(network.inputShape) }
      expected += network.forward(Tensor.stack(batch), observing: ["relu2"]).activation(at: "relu2").values
    }
    #expect(tracks.embeddings.values == expected && tracks.tracks.flatMap(\.embedding) == expected)
    #expect(tracks.tracks.map(\.summary) == (try tracks.tracks.indices.map(tracks.summary)))
  }

  @Test func embeddingsDependOnNoBatch() throws {
    let layer = EmbeddingLayer(of: try Self.model())
    #expect(layer.trunk == "pool1")
    var generator = SeededGenerator(seed: 2)
    let inputs = (0..<21).map { _ in
      Tensor((0..<16 * 44).map { _ in generator.normal() }, shape: [16, 44])
    }
    let all = layer.embeddings(of: inputs)
    for (index, input) in inputs.enumerated() {
      #expect(layer.embeddings(of: [input], isAmongOthers: true).values == all.item(index).values)
    }
  }

  /// The maps of shared passes are those of one question after another, to the bit.
  @Test func sharedPassesChangeNoBit() throws {
    let (dataset, model) = (try Self.dataset(37), try Self.model())
    var options = AnalysisOptions()
    for method in [GradCAM(), GradCAMPlusPlus(), Saliency()] as [any ExplanationMethod] {
      options.method = method
      let explained = try model.evaluatedTracks(on: dataset, selection: .all).explained(by: options)
      let explainer = Explainer(model)
      var (wrong, controls) = (0, 0)
      for (index, track) in explained.tracks.enumerated() {
        let prediction = explained.evaluated.tracks[index].prediction
        // Asked twice, so that the pass is none of a single row.
        let input = try explained.evaluated.input(index)
        func map(_ score: Score) throws -> ClassExplanation {
          try explainer.explain(batch: [input, input], method: method, scores: [score, score])[0]
        }
        let (predicted, truth) = (
          try explainer.classIndex(named: prediction.predicted),
          try explainer.classIndex(named: prediction.label)
        )
        #expect(track.predicted == ExplanationMap(try map(.logit(predicted)), upsampled: false))
        guard !prediction.isCorrect else {
          for (label, control) in track.controls {
            controls += 1
            let asked = try map(.logit(try explainer.classIndex(named: label)))
            #expect(control.map == ExplanationMap(asked, upsampled: false).grid.coarse)
          }
          continue
        }
        wrong += 1
        let own = try explained.explanations(of: index, input: input)
        let expected = try [Score.logit(predicted), .logit(truth), .contrast(predicted, truth)].map(map)
        #expect(own.map(\.signedMap) == expected.map(\.signedMap))
        #expect(track.signed == expected.prefix(2).map(\.signedMap))
      }
      #expect(wrong > 5 && controls > 5, "\(method.name): \(wrong) wrong, \(controls) controls")
    }
  }

  // MARK: - Steps

  /// Of a method that needs many passes what was explained is a step: started again, nothing is read or explained again, and every bit
  /// is the same.
  @Test func manyPassesAreMadeOnce() throws {
    let (dataset, model) = (try Self.dataset(20), try Self.model())
    var options = AnalysisOptions()
    options.method = ScoreCAM()
    let path = try temporaryFolder() + "/steps"
    func explained(_ job: Job = Job()) throws -> (tracks: ExplainedTracks, reads: [Int]) {
      let reads = Reads()
      let tracks = try Self.tracks(dataset, model, read: reads).explained(by: options, job: job)
      return (tracks, reads.all)
    }
    func steps() -> FinishedSteps { FinishedSteps(path: path, identity: { "one" }) }
    let plain = try explained()
    // Stopped in the middle, then to the end, then once more.
    let seen = WatchedJob()
    let error = #expect(throws: CodedError.self) {
      try explained(seen.job { $0.count >= 5 }.keeping(steps()))
    }
    #expect(error?.code == .interrupted)
    let done = steps().count
    #expect(done >= 4 && done < 20)
    let continued = try explained(Job().keeping(steps()))
    // A step for each track, and one for each piece.
    #expect(steps().count == 22 && continued.reads.count <= 20)
    let again = try explained(Job().keeping(steps()))
    #expect(again.reads.isEmpty)
    for (index, track) in plain.tracks.tracks.enumerated() {
      for other in [continued.tracks, again.tracks] {
        #expect(other.tracks[index].predicted == track.predicted && other.tracks[index].truth == track.truth)
        #expect(other.tracks[index].signed == track.signed)
        #expect(other.tracks[index].bands == track.bands && other.tracks[index].sound == track.sound)
        #expect(other.tracks[index].controls.mapValues(\.map) == track.controls.mapValues(\.map))
        #expect(
          other.tracks[index].explanations?.map(\.signedMap) == track.explanations?.map(\.signedMap)
            && other.tracks[index].explanations?.map(\.question) == track.explanations?.map(\.question))
      }
    }
    #expect(plain.tracks.frequencies == again.tracks.frequencies)
  }
}

extension EvaluatedTracks {
  fileprivate func summary(_ index: Int) throws -> [Double] {
    MapSummary.values(of: try map(index, try source.reader()))
  }
}
