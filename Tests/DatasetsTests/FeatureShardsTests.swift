import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// Shards of one job, put together, are the store of one run.
@Suite(.tags(.hand, .property)) struct FeatureShardsTests {
  /// A corpus with splits, changed sound and a file that is none.
  private func corpus(count: Int = 9) throws -> SmallCorpus {
    var corpus = try SmallCorpus(count: count)
    for index in corpus.clips.indices {
      corpus.clips[index].split = [.train, .valid, .test, .train][index % 4]
      corpus.clips[index].group = "g\(index)"
    }
    corpus.extraction.variants = [.stretch(0.8), .pitch(2)]
    return corpus
  }

  private func shards(_ corpus: SmallCorpus, _ count: Int, in folder: String = "") throws -> [String] {
    if !folder.isEmpty { try corpus.folder.write("", to: folder + "keep") }
    return try (1...count).map { index in
      var extraction = corpus.extraction
      let number = ShardNumber(index, of: count)
      extraction.shard = number
      let name = folder + number.path(ofWhole: "x.npy")
      try corpus.run(to: name, extraction: extraction)
      return corpus.folder[name]
    }
  }

  @Test(arguments: [1, 3, 16]) func mergedIsWhatOneRunGives(count: Int) throws {
    let corpus = try corpus()
    let expected = try corpus.fresh()
    let paths = try shards(corpus, count)
    #expect(paths[0].hasSuffix(count == 16 ? "/x.shard-01-of-16.npy" : "/x.shard-1-of-\(count).npy"))
    let outcome = try FeatureShards.merge(paths.reversed(), to: corpus.folder["x.npy"])
    #expect(corpus.bytes() == expected)
    #expect(outcome.failures.map(\.code) == ["unknown-format"])
    #expect(try corpus.hidden.isEmpty)
    // A later run takes its maps from the merged store.
    #expect(try corpus.run().decoded.allSatisfy { $0 == "text.wav" })
    #expect(corpus.bytes() == expected)
  }

  /// Paths are relative to the store: shards in another folder give the same.
  @Test func shardsMayLieElsewhere() throws {
    let corpus = try corpus()
    let expected = try corpus.fresh()
    // The list of files is named as seen from the store, so that shards of one job lie in one folder.
    let paths = try shards(corpus, 2, in: "parts/")
    _ = try FeatureShards.merge(paths, to: corpus.folder["x.npy"])
    #expect(corpus.bytes() == expected)
  }

  @Test func whatIsNotOneJobIsRefused() throws {
    let corpus = try corpus()
    let three = try shards(corpus, 3)
    var other = corpus
    other.clips.swapAt(0, 1)
    let others = try shards(other, 3, in: "other/")
    other = corpus
    other.extraction.spec.topDecibels = 60
    let recipe = try shards(other, 3, in: "recipe/")
    try corpus.run(to: "whole.npy")
    let output = corpus.folder["x.npy"]
    for (paths, words) in [
      ([three[0], three[2]], "1 of 3 shards is missing: 2"),
      ([three[0], three[1], three[2], three[1]], "shard 2 of 3, as"),
      ([three[0], others[1], three[2]], "not of the same files and settings"),
      ([three[0], recipe[1], three[2]], "not of the same files and settings"),
      ([corpus.folder["whole.npy"]], "not a shard"), ([], "no shard is given"),
    ] as [([String], String)] {
      let error = try #require(throws: CodedError.self) { _ = try FeatureShards.merge(paths, to: output) }
      #expect(error.code == .wrongShards && error.message.contains(words), "\(error)")
    }
    let error = #expect(throws: CodedError.self) { _ = try FeatureShards.merge(three, to: three[0]) }
    #expect(error?.code == .wrongShards)
    #expect(!FileManager.default.fileExists(atPath: output))
    #expect(try corpus.hidden.isEmpty)
  }

  /// More shards than files: some are empty, and one has only a file that is no sound.
  @Test func emptyShardsCount() throws {
    var corpus = try SmallCorpus(count: 3)
    corpus.extraction.element = .float16
    let expected = try corpus.fresh()
    let paths = try shards(corpus, 7)
    #expect(try FeatureStore.open(paths[0]).count == 0)
    _ = try FeatureShards.merge(paths, to: corpus.folder["x.npy"])
    #expect(corpus.bytes() == expected)
  }

  @Test func numbersAreReadAndRefused() {
    #expect(ShardNumber("2/8")?.description == "2/8")
    for text in ["", "2", "0/8", "9/8", "2/8/1", "a/8", "-1/8", "1/999999999", "2 /8"] {
      #expect(ShardNumber(text) == nil, "\(text)")
    }
    let ranges = (1...7).map { ShardNumber($0, of: 7).range(of: 100) }
    #expect(
      ranges.flatMap { Array($0) } == Array(0..<100) && ranges.allSatisfy { [14, 15].contains($0.count) })
  }
}
