import Analysis
import Datasets
import Experiments
import Files
import Foundation
import LibrarySupport
import Models
import Statistics
import Synchronization
import TestSupport
import Testing
import Training

@Suite(.tags(.hand, .slow)) struct CrossValidationTests {
  private func options(_ folds: Int, includesTest: Bool = false) -> CrossValidationOptions {
    var options = CrossValidationOptions()
    (options.folds, options.includesTest) = (folds, includesTest)
    return options
  }

  @Test func everyClipIsJudgedOnceByAModelThatHasNotHeardIt() throws {
    let store = try SmallStore()
    let folder = store.folder + "/out"
    let run = try SmallStore.plan().crossValidate(
      on: store.dataset(), options: options(4), output: folder)
    let report = run.report
    #expect(report.folds.map(\.fold) == [1, 2, 3, 4] && report.unit == .group)
    // 16 albums of three clips; the other four are the test part.
    #expect(report.pooled.count == 48 && report.pooled.groupCount == 16)
    #expect(report.folds.allSatisfy { $0.count == 12 && $0.trainCount + $0.validCount == 36 })
    #expect(report.notes.contains { $0.hasPrefix("12 recordings of the test part stay out") })
    #expect(report.accuracy.mean > 0.6)
    let table = try CSVTable(path: run.predictionsPath)
    #expect(table.records.count == 48 && Set(table.records.map { $0.fields[1] }).count == 48)
    let tested = try Set(store.dataset().clips(in: .test).map(\.name))
    #expect(table.records.allSatisfy { !tested.contains($0.fields[1]) })
    // The model of fold 2 says of its clips what the table says.
    let model = try GenreModel(path: folder + "/fold-2.safetensors")
    var part = try store.dataset()
    let names = Set(table.records.filter { $0.fields[2] == "2" }.map { $0.fields[1] })
    part.clips.removeAll { !names.contains($0.name) }
    let again = try model.evaluate(on: part, selection: .all)
    #expect(again.report.accuracy == report.folds[1].accuracy)
    #expect(again.report.logLoss == report.folds[1].logLoss)
  }

  @Test func figuresAreThoseOfTheFolds() throws {
    let store = try SmallStore()
    let run = try SmallStore.plan().crossValidate(
      on: store.dataset(), options: options(4), output: store.folder + "/out")
    let values = run.report.folds.map(\.accuracy)
    let mean = values.reduce(0, +) / 4
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
    #expect(abs(run.report.accuracy.mean - mean) < 1e-12)
    #expect(abs(run.report.accuracy.standardDeviation - deviation) < 1e-12)
    let half = 3.1824463052837078 * deviation / 2
    #expect(abs(run.report.accuracy.interval.high - (mean + half)) < 1e-9)
    let corrected = 3.1824463052837078 * deviation * (0.25 + 1.0 / 3).squareRoot()
    #expect(abs(run.report.accuracy.correctedInterval.low - (mean - corrected)) < 1e-9)
    let right = run.report.folds.reduce(0) { $0 + $1.accuracy * Double($1.count) }
    #expect(abs(run.report.pooled.accuracy - right / 48) < 1e-12)
    let interval = run.report.pooled.interval
    #expect(interval.low < run.report.pooled.accuracy && run.report.pooled.accuracy < interval.high)
  }

  @Test func testPartTakesPartWhenAsked() throws {
    let store = try SmallStore()
    let run = try SmallStore.plan(epochs: 1).crossValidate(
      on: store.dataset(), options: options(3, includesTest: true),
      output: store.folder + "/out")
    #expect(run.report.pooled.count == 60)
    #expect(run.report.notes.contains { $0.contains("can no longer serve as a test") })
  }

  @Test(arguments: [1, 7, 20]) func stoppedRunGoesOnToTheSameResult(batches: Int) throws {
    let store = try SmallStore()
    let (whole, broken) = (store.folder + "/whole", store.folder + "/broken")
    _ = try SmallStore.plan().crossValidate(on: store.dataset(), options: options(3), output: whole)
    let error = #expect(throws: CodedError.self) {
      try SmallStore.plan().crossValidate(
        on: store.dataset(), options: options(3), output: broken, job: .cancelled(afterAsking: batches))
    }
    #expect(error?.code == .interrupted)
    // As a kill in the middle of a line leaves it.
    let journal = try FileHandle(forWritingTo: URL(fileURLWithPath: broken + "/journal.jsonl"))
    try journal.seekToEnd()
    try journal.write(contentsOf: Data("{\"fold\":2,\"acc".utf8))
    try journal.close()
    let run = try SmallStore.plan().crossValidate(
      on: store.dataset(), options: options(3), output: broken)
    // Five batches an epoch, three epochs: 15 batches a fold.
    #expect(run.resumedFolds == batches / 15)
    #expect(try SmallStore.results(in: broken) == SmallStore.results(in: whole))
    #expect(try FileManager.default.contentsOfDirectory(atPath: broken).allSatisfy { !$0.contains("state") })
  }

  /// The batches that a fold had done are not done again; a state that is damaged is begun anew.
  @Test(arguments: [false, true]) func stoppedFoldContinuesInside(isDamaged: Bool) throws {
    let store = try SmallStore()
    let (whole, broken) = (store.folder + "/whole", store.folder + "/broken")
    let (all, rest) = (WatchedJob(), WatchedJob())
    func validate(into folder: String, _ job: Job) throws {
      _ = try SmallStore.plan().crossValidate(
        on: store.dataset(), options: options(3), output: folder, job: job)
    }
    try validate(into: whole, all.job())
    #expect(throws: CodedError.self) { try validate(into: broken, .cancelled(afterAsking: 7)) }
    let state = broken + "/fold-1.training-state"
    #expect(FileManager.default.fileExists(atPath: state))
    if isDamaged { try Data("none".utf8).write(to: URL(fileURLWithPath: state)) }
    try validate(into: broken, rest.job())
    // A line a batch and one an epoch: eight batches and an epoch were done when the eighth asked.
    #expect(all.steps.count - rest.steps.count == (isDamaged ? 0 : 9))
    #expect(try SmallStore.results(in: broken) == SmallStore.results(in: whole))
  }

  @Test func folderOfAnotherRunIsRefused() throws {
    let store = try SmallStore()
    let folder = store.folder + "/out"
    let plan = SmallStore.plan(epochs: 1)
    _ = try plan.crossValidate(on: store.dataset(), options: options(2), output: folder)
    var other = plan
    other.training.learningRate = 0.01
    for (plan, folds, word) in [(other, 2, "settings"), (plan, 3, "folds")] {
      let error = #expect(throws: CodedError.self) {
        try plan.crossValidate(on: store.dataset(), options: options(folds), output: folder)
      }
      #expect(error?.code == .usage && error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
    var fewer = try store.dataset()
    fewer.clips.removeLast()
    let error = #expect(throws: CodedError.self) {
      try plan.crossValidate(on: fewer, options: options(2), output: folder)
    }
    #expect(error?.message.contains("data") == true)
  }

  @Test func tooManyFoldsNameTheGenre() throws {
    let store = try SmallStore()
    let error = #expect(throws: CodedError.self) {
      try SmallStore.plan().crossValidate(
        on: store.dataset(), options: options(9), output: store.folder + "/out")
    }
    #expect(error?.code == .tooFewClips && error?.message.contains("genre 'A' has 8 groups") == true)
    #expect(!FileManager.default.fileExists(atPath: store.folder + "/out"))
  }

  /// A fold whose training diverges counts with its best epoch; one without a complete epoch has no model, and says which it is.
  @Test func foldsThatDiverge() throws {
    let store = try SmallStore()
    var plan = SmallStore.divergingPlan()
    (plan.training.schedule, plan.training.learningRate, plan.training.batchSize) = (.constant, 10, 2)
    let error = #expect(throws: CodedError.self) {
      try plan.crossValidate(on: store.dataset(), options: options(3), output: store.folder + "/none")
    }
    #expect(error?.code == .diverged && error?.message.hasPrefix("fold 1: no usable weights") == true)
    #expect(error.map { Failure($0).status } == .diverged)

    let (folder, diverging) = (store.folder + "/late", SmallStore.divergingPlan())
    let run = try diverging.crossValidate(on: store.dataset(), options: options(3), output: folder)
    #expect(run.report.folds.count == 3 && run.report.pooled.count == 48)
    for fold in run.report.folds {
      #expect(fold.outcome.hasPrefix("diverged in epoch") && fold.bestEpoch >= 1, "\(fold)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.contains("state") })
  }
}
