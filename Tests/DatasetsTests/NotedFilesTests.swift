import Audio
import Features
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Notes about files that were used stand in the ledger, apart from files left out, and are never lost on the way.
@Suite(.tags(.hand)) struct NotedFilesTests {
  private let skipped = AudioNote(
    .skipped, "100 bytes that are no sound were passed over, at 0.50 s", seconds: 0.5, byteCount: 100)
  private let cut = AudioNote(.cutShort, "ends, \"early\",\nafter 1.30 s of 2.00 s", missingSeconds: 0.7)

  private func corpus() throws -> SmallCorpus {
    var corpus = try SmallCorpus(count: 8)
    corpus.notes = ["1.wav": [skipped], "5.wav": [skipped, cut], "7.wav": [cut]]
    return corpus
  }

  private func used(_ corpus: SmallCorpus) throws -> [[String]] {
    try CSVTable(path: corpus.folder["x.failures.csv"]).records.map(\.fields).filter { $0[3] == "used" }
  }

  @Test func theLedgerTellsUsedFilesFromThoseLeftOut() throws {
    let corpus = try corpus()
    let outcome = try #require(try corpus.run().outcome)
    let table = try CSVTable(path: corpus.folder["x.failures.csv"])
    #expect(table.header == ["path", "code", "reason", "outcome", "seconds"])
    #expect(table.records.map { $0.fields[3] } == ["left-out", "used", "used", "used", "used"])
    #expect(outcome.notes.map { lastName($0.path) } == ["1.wav", "5.wav", "5.wav", "7.wav"])
    #expect(outcome.failures.map { lastName($0.path) } == ["text.wav"])
    #expect(
      try used(corpus)[0] == [corpus.folder["1.wav"], "skipped", skipped.message, "used", "0.5"])
  }

  @Test func notesOutliveKillsAndReuse() throws {
    let corpus = try corpus()
    let expected = try corpus.fresh()
    for limit in [2, 3, 7] { try corpus.run(stopAfter: limit) }
    try corpus.run()
    #expect(corpus.bytes() == expected)
    // Nothing is decoded again, and nothing is forgotten.
    let (decoded, outcome) = try corpus.run()
    #expect(decoded == ["text.wav"] && outcome?.notes.count == 4)
    #expect(corpus.bytes() == expected)
    // Other files around them.
    let fewer = [corpus.clips[6], corpus.clips[1]]
    #expect(try corpus.run(fewer).decoded.isEmpty)
    #expect(try used(corpus).map { lastName($0[0]) } == ["5.wav", "5.wav", "1.wav"])
  }

  @Test func shardsKeepNotes() throws {
    let corpus = try corpus()
    let expected = try corpus.fresh()
    var paths: [String] = []
    for index in 1...3 {
      var extraction = corpus.extraction
      extraction.shard = ShardNumber("\(index)/3")
      let path = try #require(extraction.shard).path(ofWhole: "x.npy")
      try corpus.run(to: path, extraction: extraction)
      paths.append(corpus.folder[path])
    }
    let outcome = try FeatureShards.merge(paths, to: corpus.folder["x.npy"])
    #expect(corpus.bytes() == expected)
    #expect(outcome.notes.count == 4 && outcome.failures.count == 1)
  }

  @Test func anEditedNoteIsNotBelieved() throws {
    let corpus = try corpus()
    try corpus.run()
    let path = corpus.folder["x.sources.csv"]
    let list = try String(contentsOfFile: path, encoding: .utf8)
    try list.replacingOccurrences(of: "0.5", with: "0.6").write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(try corpus.run().decoded.sorted() == ["1.wav", "5.wav", "text.wav"])
  }
}
