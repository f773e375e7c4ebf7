import Datasets
import Experiments
import Files
import Foundation
import LibrarySupport
import Models
import Synchronization
import TestSupport
import Testing
import Training

@Suite(.tags(.hand, .slow)) struct SearchTests {
  private static let space = SearchSpace([
    .init(key: "learningRate", choice: .range(1e-3...1e-1, logarithmic: true, whole: false)),
    .init(key: "network.channels", choice: .values(["[2]", "[4]", "[4, 4]"])),
  ])

  private func options(_ strategy: SearchOptions.Strategy = .random, trials: Int = 6) -> SearchOptions {
    var options = SearchOptions()
    (options.strategy, options.trials, options.minimumEpochs, options.eta) = (strategy, trials, 1, 2)
    return options
  }

  private func run(
    _ store: SmallStore, _ options: SearchOptions, in folder: String, space: SearchSpace = space,
    epochs: Int = 4,
    dataset: Dataset? = nil, stopAfter batches: Int = .max
  ) throws -> SearchResult {
    try space.search(
      on: dataset ?? store.dataset(), plan: SmallStore.plan(epochs: epochs), options: options,
      output: store.folder + "/" + folder, job: .cancelled(afterAsking: batches))
  }

  @Test func randomSearchRanksAllTrials() throws {
    let store = try SmallStore()
    let result = try run(store, options(), in: "out")
    #expect(result.trials.count == 6 && result.best == result.trials[0])
    let losses = result.trials.compactMap(\.validLoss)
    #expect(losses.count == 6 && losses == losses.sorted())
    #expect(result.trials.allSatisfy { $0.epochs == 4 && $0.rung == 1 && $0.failure == nil && $0.seed == 1 })
    let table = try CSVTable(path: store.folder + "/out/trials.csv")
    #expect(table.header.suffix(2) == ["learningRate", "network.channels"] && table.records.count == 6)
  }

  @Test func bestConfigurationTrainsTheBestTrial() throws {
    let store = try SmallStore()
    let result = try run(store, options(), in: "out")
    let again = try TrainingPlan(path: result.bestPath).train(on: store.dataset())
    #expect(again.model.provenance.validLoss.map(Double.init) == result.best.validLoss)
    #expect(again.model.provenance.bestEpoch == result.best.bestEpoch)
  }

  /// Another test part, another set of figures in it: nothing changes.
  @Test func testPartIsNeverTouched() throws {
    let store = try SmallStore()
    let one = try run(store, options(trials: 3), in: "one")
    var poisoned = try store.dataset()
    for index in poisoned.clips.indices where poisoned.clips[index].split == .test {
      // A row that is not there: whoever reads it fails.
      (poisoned.clips[index].row, poisoned.clips[index].label) = (999, "A")
    }
    let other = try run(store, options(trials: 3), in: "other", dataset: poisoned)
    #expect(one.trials.map(\.validLoss) == other.trials.map(\.validLoss))
    // A division of its own takes a test part away too.
    var bare = try store.dataset()
    for index in bare.clips.indices { bare.clips[index].split = nil }
    _ = try run(store, options(trials: 1), in: "bare", dataset: bare)
    let journal = try String(contentsOfFile: store.folder + "/bare/journal.jsonl", encoding: .utf8)
    #expect(journal.split(separator: "\n").count == 2)
  }

  @Test func halvingKeepsTheBest() throws {
    let store = try SmallStore()
    let result = try run(store, options(.halving, trials: 8), in: "out")
    // Rungs of 1, 2 and 4 epochs with 8, 4 and 2 trials.
    let journal = try String(contentsOfFile: store.folder + "/out/journal.jsonl", encoding: .utf8)
    let records = try journal.split(separator: "\n").dropFirst().map {
      try JSONDecoder().decode(TrialRecord.self, from: Data($0.utf8))
    }
    #expect(records.map(\.rung) == [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3])
    #expect(records.map(\.epochs).suffix(6) == [2, 2, 2, 2, 4, 4])
    for (rung, count) in [(1, 4), (2, 2)] {
      let passed = records.filter { $0.rung == rung }.sorted { $0.validLoss ?? 9 < $1.validLoss ?? 9 }
      let next = records.filter { $0.rung == rung + 1 }
      #expect(Set(passed.prefix(count).map(\.trial)) == Set(next.map(\.trial)))
      // The same settings under the same number.
      for record in next {
        #expect(passed.contains { ($0.trial, $0.settings) == (record.trial, record.settings) })
      }
    }
    #expect(result.best.rung == 3 && result.trials.count == 8)
    #expect(result.trials.map(\.rung) == [3, 3, 2, 2, 1, 1, 1, 1])
    #expect(try TrainingPlan(path: result.bestPath).training.epochs == 4)
  }

  @Test(arguments: SearchOptions.Strategy.allCases, [1, 25, 60])
  func stoppedSearchGoesOnToTheSameResult(_ strategy: SearchOptions.Strategy, batches: Int) throws {
    let store = try SmallStore()
    let whole = try run(store, options(strategy), in: "whole")
    let error = #expect(throws: CodedError.self) {
      try run(store, options(strategy), in: "broken", stopAfter: batches)
    }
    #expect(error?.code == .interrupted)
    let rest = try run(store, options(strategy), in: "broken")
    #expect(rest.best.trial == whole.best.trial && rest.best.validLoss == whole.best.validLoss)
    let names = try FileManager.default.contentsOfDirectory(atPath: store.folder + "/broken")
    #expect(names.allSatisfy { !$0.contains("state") })
    #expect(
      try SmallStore.results(in: store.folder + "/broken") == SmallStore.results(in: store.folder + "/whole"))
  }

  @Test func finishedRandomSearchTakesMoreTrials() throws {
    let store = try SmallStore()
    _ = try run(store, options(trials: 2), in: "grown", epochs: 1)
    let grown = try run(store, options(trials: 5), in: "grown", epochs: 1)
    #expect(grown.resumedCount == 2 && grown.trials.count == 5)
    _ = try run(store, options(trials: 5), in: "whole", epochs: 1)
    #expect(
      try SmallStore.results(in: store.folder + "/grown") == SmallStore.results(in: store.folder + "/whole"))
  }

  @Test func failedTrialIsRecordedAndTheRestGoesOn() throws {
    let store = try SmallStore()
    // Pooling by 64 leaves nothing of 6 bins: such a network cannot be built.
    let space = SearchSpace([
      .init(key: "network.pools", choice: .values(["[[1, 1]]", "[[64, 1]]", "[[2, 2]]"]))
    ])
    let result = try run(store, options(trials: 3), in: "out", space: space, epochs: 1)
    #expect(result.trials.count { $0.failure != nil } == 1)
    #expect(result.trials.last?.failure?.contains("cannot be built") == true)
    #expect(result.trials.last?.settings == ["network.pools": "[[64, 1]]"])
    #expect(result.table().contains("3 trials, 1 failed"))
    let none = SearchSpace([.init(key: "network.pools", choice: .values(["[[64, 1]]"]))])
    let error = #expect(throws: CodedError.self) {
      try run(store, options(trials: 3), in: "none", space: none)
    }
    #expect(error?.message.contains("all 1 trials failed") == true)
  }

  @Test func accuracyChoosesWhenAsked() throws {
    let store = try SmallStore()
    var options = options()
    options.metric = .accuracy
    let result = try run(store, options, in: "out", epochs: 2)
    let accuracies = result.trials.compactMap(\.validAccuracy)
    #expect(accuracies == accuracies.sorted(by: >))
  }

  @Test func folderOfAnotherSearchIsRefused() throws {
    let store = try SmallStore()
    _ = try run(store, options(trials: 1), in: "out", epochs: 1)
    var other = options(trials: 1)
    other.seed = 9
    let error = #expect(throws: CodedError.self) { try run(store, other, in: "out", epochs: 1) }
    #expect(error?.code == .usage && error?.message.contains("options") == true)
    #expect(throws: CodedError.self) { try run(store, options(trials: 1), in: "out", epochs: 2) }
    let file = store.folder + "/out/journal.jsonl"
    try "no journal\n".write(toFile: file, atomically: true, encoding: .utf8)
    let damaged = #expect(throws: CodedError.self) {
      try run(store, options(trials: 1), in: "out", epochs: 1)
    }
    #expect(damaged?.code == .badInput && damaged?.message.hasPrefix("line 1") == true)
  }
}
