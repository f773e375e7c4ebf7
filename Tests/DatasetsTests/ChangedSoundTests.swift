import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// Rows of changed sound: for training clips, and seen by training only.
@Suite(.tags(.hand)) struct ChangedSoundTests {
  private func corpus(split: Bool) throws -> SmallCorpus {
    var corpus = try SmallCorpus(count: 7)
    for index in corpus.clips.indices {
      corpus.clips[index].label = index % 2 == 0 ? "A" : "B"
      if split { corpus.clips[index].split = [.train, .train, .valid, .train, .test][index % 5] }
    }
    corpus.extraction.windows = .first
    corpus.extraction.variants = [.stretch(0.9), .pitch(-1)]
    return corpus
  }

  @Test func trainingClipsGiveFurtherRows() throws {
    let corpus = try corpus(split: true)
    let outcome = try #require(try corpus.run().outcome)
    // The one that is no sound is named once, not for each change.
    #expect(outcome.failures.map(\.path) == [corpus.folder["text.wav"]])
    let store = try FeatureStore.open(corpus.folder["x.npy"])
    let train = store.clips.filter { $0.split == .train }
    #expect(store.clips.count == 7 && train.count == 4 && store.count == 7 + 2 * 4)
    #expect(store.clips.map(\.row) == Array(0..<7))
    #expect(
      store.variants.map(\.variant) == Array(repeating: "stretch 0.9", count: 4)
        + Array(repeating: "pitch -1", count: 4))
    #expect(store.variants.map(\.path) == (train + train).map(\.path))
    let extractor = try FeatureExtractor(SmallCorpus.spec)
    for clip in store.variants {
      var map: FeatureMap?
      try extractor.forEachMap(
        ofFile: clip.path ?? "", variant: clip.variant.flatMap(SoundVariant.init)
      ) { map = $0 }
      #expect(store.map(clip.row ?? 0) == map?.values)
    }
    let index = try CSVTable(path: corpus.folder["x.csv"])
    #expect(index.header == FeatureStoreWriter.columns + ["variant", "sound"])
  }

  @Test func onlyTrainingSeesThem() throws {
    let corpus = try corpus(split: true)
    try corpus.run()
    let dataset = try Dataset.load(corpus.folder["x.npy"])
    #expect(dataset.clips.count == 7 && dataset.clips.allSatisfy { $0.variant == nil })
    #expect(dataset.variants.count == 8)
    let trained = dataset.addingTrainingVariants()
    #expect(trained.clips(in: .train).count == 12)
    #expect(trained.clips(in: .valid) == dataset.clips(in: .valid))
    #expect(trained.clips(in: .test) == dataset.clips(in: .test))
    let maps = try LabeledMaps(store: .open(corpus.folder["x.npy"]), dataset: trained)
    #expect(maps.originals(maps.examples(in: .train)).count == 4)
  }

  /// Without splits all clips have them; those of a clip that a later split sends elsewhere stay out.
  @Test func theyFollowTheirRecordingIntoItsSplit() throws {
    let corpus = try corpus(split: false)
    try corpus.run()
    var dataset = try Dataset.load(corpus.folder["x.npy"])
    #expect(dataset.variants.count == 14)
    for index in dataset.clips.indices { dataset.clips[index].split = index < 2 ? .train : .test }
    dataset.clips[0].group = "g"
    let trained = dataset.addingTrainingVariants()
    let added = trained.clips.dropFirst(7)
    #expect(added.count == 4 && added.allSatisfy { $0.split == .train })
    #expect(Set(added.map(\.recording)) == Set(dataset.clips[..<2].map(\.recording)))
    #expect(added.filter { $0.recording == dataset.clips[0].recording }.allSatisfy { $0.group == "g" })
    #expect(try dataset.restricted(to: ["A"]).addingTrainingVariants().clips.allSatisfy { $0.label == "A" })
  }

  @Test func stoppedInTheMiddleOfThemItGoesOn() throws {
    let corpus = try corpus(split: true)
    let expected = try corpus.fresh()
    for limit in [5, 11, 14] { try corpus.run(stopAfter: limit) }
    let (decoded, outcome) = try corpus.run()
    #expect(corpus.bytes() == expected)
    // 8 clips, one of them no sound and for training, which is tried three times.
    #expect(outcome?.reusedFileCount == 12 && decoded.count == 18 - 12)
  }

  /// The same content under another change is another map.
  @Test func changesAreNotTakenForEachOther() throws {
    var corpus = try corpus(split: true)
    try corpus.run()
    corpus.extraction.variants = [.stretch(1.1), .pitch(-1)]
    let expected = try corpus.fresh()
    let (decoded, _) = try corpus.run()
    #expect(decoded.count { $0 != "text.wav" } == 4)
    #expect(corpus.bytes() == expected)
    corpus.extraction.variants = []
    #expect(try corpus.run().decoded == ["text.wav"])
    let header = try CSVTable(path: corpus.folder["x.csv"]).header
    #expect(header == FeatureStoreWriter.columns + ["sound"])
  }

  @Test func aCopyKeepsThem() throws {
    let corpus = try corpus(split: true)
    try corpus.run()
    let store = try FeatureStore.open(corpus.folder["x.npy"])
    try store.writeCopy(to: corpus.folder["y.npy"], spec: store.spec) { $0 }
    let copy = try FeatureStore.open(corpus.folder["y.npy"])
    #expect(copy.variants == store.variants && copy.map(12) == store.map(12))
  }

  /// A value that float16 cannot hold leaves its file out and says so.
  @Test func overflowInFloat16IsRefused() throws {
    let folder = try TemporaryFolder()
    var extraction = FeatureExtraction(spec: SmallCorpus.spec)
    extraction.element = .float16
    let clips = (0..<3).map { Clip(name: "\($0)", path: "/\($0)", label: "A") }
    let outcome = try extraction.run(
      clips, output: folder["x.npy"], job: Job(),
      makeExtract: {
        { path, give in
          let spec = SmallCorpus.spec
          let value: Float = path == "/1" ? -65_505 : 65_504
          try give(
            FeatureMap(values: Tensor(repeating: value, shape: [spec.binCount, spec.frameCount]), spec: spec))
        }
      })
    #expect(outcome.failures.map(\.code) == ["out-of-range"])
    #expect(outcome.failures[0].reason.contains("float16 ends at 65504"))
    #expect(try FeatureStore.open(folder["x.npy"]).map(1)[0, 0] == 65_504)
    var writer = try FeatureStoreWriter(
      path: folder["y.npy"], binCount: 1, frameCount: 1, spec: nil, element: .float16)
    let error = #expect(throws: CodedError.self) {
      try writer.append(Tensor([.infinity], shape: [1, 1]), for: clips[0])
    }
    #expect(error?.code == .outOfRange)
  }
}
