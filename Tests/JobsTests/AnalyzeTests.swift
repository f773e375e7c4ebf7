import Analysis
import Datasets
import Experiments
import Explanation
import Files
import Foundation
import Jobs
import LibrarySupport
import Models
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

/// The error report on stored features: what is found in a data set with planted problems, and what a bad one leaves.
@Suite(.tags(.hand, .slow)) struct AnalyzeTests {
  /// Maps of two genres in albums of three; changed by `plant` before they are written.
  private struct Made {
    let folder: String
    let model: GenreModel
    var path: String { folder + "/x.npy" }
    var report: String { folder + "/report" }

    init(
      groups: Int = 24, frames: Int = 24, plant: (inout [Tensor], inout [[String]]) -> Void = { _, _ in }
    ) throws {
      let store = try SmallStore(groups: groups, testGroups: 6, frames: frames)
      model = try SmallStore.plan().train(on: try store.dataset()).model
      folder = store.folder
      let features = try FeatureStore.open(store.path)
      var maps = (0..<features.count).map { features.map($0) }
      var rows = try CSVTable(path: store.folder + "/x.csv").records.map(\.fields)
      plant(&maps, &rows)
      try NumpyFile.write(Tensor.stack(maps), to: path)
      try CSVTable.write(
        header: ["row", "path", "label", "split", "group"], rows: rows, to: folder + "/x.csv")
    }

    func analyze(_ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> AnalysisResult {
      var options = AnalysisOptions()
      options.robustnessTracks = 0
      change(&options)
      let report = try model.analyzeErrors(on: try Dataset.load(path), options: options, output: report)
      return try JSONDecoder().decode(
        AnalysisResult.self, from: Data(contentsOf: URL(fileURLWithPath: report.json)))
    }
  }

  /// The set as it is and its report, for tests that change neither.
  private static let unchanged = Result { () throws -> (made: Made, result: AnalysisResult) in
    let made = try Made()
    return (made, try made.analyze())
  }

  @Test func everyPartIsThere() throws {
    let (made, result) = try Self.unchanged.get()
    #expect(result.report.count == 18 && result.predictions.count == 18)
    #expect(result.errors.count == result.report.errorCount && result.typical.count == 2)
    #expect(result.calibration != nil && result.baselines.map(\.name) == ["majority", "nearest-centroid"])
    #expect(result.errors.allSatisfy { $0.evidence.map(\.role) == [.predicted, .truth, .contrast] })
    #expect(result.errors.allSatisfy { $0.neighbors.count == 3 && $0.sentence != nil })
    #expect(result.coherence.count >= 2 && result.dataProblems?.labelIssues != nil)
    let files = try FileManager.default.contentsOfDirectory(atPath: made.report)
    #expect(
      Set(files).isSuperset(of: ["report.html", "report.json", "predictions.csv", "misclassified.csv"]))
  }

  @Test func stagesAreNamedAndTimed() throws {
    let made = try Made()
    let steps = Mutex<[StageProgress]>([])
    var options = AnalysisOptions()
    options.robustnessTracks = 2
    func names() throws -> [String] {
      steps.withLock { $0 = [] }
      let report = try made.model.analyzeErrors(
        on: try Dataset.load(made.path), options: options, output: made.report,
        job: Job(progress: { step in steps.withLock { $0.append(step) } }))
      var names: [String] = []
      for step in steps.withLock({ $0 }) where names.last != step.stage { names.append(step.stage) }
      #expect(
        names
          == report.stages.enumerated().map {
            "\($0.offset + 1) of \(report.stages.count): \($0.element.name)"
          })
      #expect(report.stages.allSatisfy { $0.seconds >= 0 })
      return names
    }
    let all = try names()
    #expect(all.count == 7 && all.first == "1 of 7: hearing the tracks" && all.contains("6 of 7: robustness"))
    options.robustnessTracks = 0
    #expect(try names().count == 6)
  }

  /// The column `loss` is that of each row's own probability, and its mean is the report's log loss; the maps of the errors are
  /// the explainer's, signs included.
  @Test func tableAndMapsHoldWhatTheyPromise() throws {
    let (made, result) = try Self.unchanged.get()
    let rows = try CSVTable(path: made.report + "/predictions.csv").records.map(\.fields)
    var losses: [Double] = []
    for row in rows {
      let loss = try #require(Double(row[7]))
      #expect(loss == -log(try #require(Double(row[row[2] == "A" ? 8 : 9]))))
      losses.append(loss)
    }
    let logLoss = try #require(result.report.logLoss)
    // Two orders of one sum of 18 terms.
    #expect(abs(losses.reduce(0, +) / Double(losses.count) - logLoss) < 1e-12)

    let errors = try CSVTable(path: made.report + "/misclassified.csv").records.map(\.fields)
    #expect(errors.count == result.report.errorCount && !errors.isEmpty)
    let dataset = try Dataset.load(made.path)
    let explainer = Explainer(network: made.model.network, labels: made.model.labels)
    var negatives = 0
    for error in errors {
      let track = try #require(dataset.clips.firstIndex { $0.recording == error[0] })
      let input = made.model.input(try FeatureStore.open(made.path).map(track))
      for (place, label) in [(4, error[2]), (5, error[1])] {
        let stored = try NumpyFile.read(made.report + "/" + error[place])
        let map = try explainer.explain(input, score: .logit(try explainer.classIndex(named: label)))
          .signedMap
        // A batch's scores and gradients differ from a single pass's by roundings.
        let largest = map.values.map(abs).max() ?? 0
        #expect(stored.shape == map.shape)
        #expect(zip(stored.values, map.values).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
        negatives += stored.values.count { $0 < 0 }
      }
    }
    #expect(negatives > 0)
  }

  /// The page of a real result, in a real browser.
  @Test(.enabled(if: Browser.isExpected, "\(Browser.missing)")) func thePageOpensWithoutComplaint() throws {
    let made = try Made { maps, rows in
      maps[rows.firstIndex { $0[3] == "test" } ?? 0][0, 0] = .nan
    }
    let result = try made.analyze { $0.robustnessTracks = 6 }
    let page = try Browser.shared.get().newPage()
    defer { page.close() }
    try page.open(file: made.report + "/report.html")
    let sections = try page.value("[...document.querySelectorAll('main > section')].map(s => s.id)")
    #expect(
      Set(sections as? [String] ?? []).isSuperset(of: [
        "overview", "confusion", "calibration", "mistakes", "coherence", "data-problems", "robustness",
        "left-out",
      ]))
    #expect(
      try page.number("document.querySelectorAll('#tracks .card').length") == Double(result.errors.count))
    try page.value("document.querySelectorAll('.card').forEach(c => c.scrollIntoView())")
    _ = try page.pdf()
    #expect(try page.number("document.querySelectorAll('.later').length") == 0)
    #expect(page.complaints == [])
    #expect(page.requests.allSatisfy { $0.hasPrefix("file://") })
  }

  /// Cards for tracks that were heard right: all of them, single ones, and the nearly misclassified ones by default.
  @Test func chosenTracksHaveCards() throws {
    let made = try Made()
    let usual = try made.analyze()
    let ambiguous = usual.ambiguous.map(\.path)
    let typical = Set(usual.typical.map(\.prediction.path))
    #expect(usual.correct.map(\.prediction.path) == ambiguous.filter { !typical.contains($0) })
    #expect(!usual.correct.isEmpty && usual.correct.allSatisfy { $0.evidence.map(\.role) == [.predicted] })
    let page = try String(contentsOfFile: made.report + "/report.html", encoding: .utf8)
    for (index, track) in usual.correct.enumerated() {
      #expect(page.contains("id=\"correct-\(index + 1)\""), "\(track.prediction.path)")
      #expect(page.contains("href=\"#correct-\(index + 1)\""), "\(track.prediction.path)")
    }

    let all = try made.analyze { $0.shown = [.correct] }
    #expect(all.errors.isEmpty && all.report.errorCount > 0)
    #expect(all.correct.count + all.typical.count == all.report.count - all.report.errorCount)
    let (right, wrong) = (
      try #require(all.correct.last?.prediction), try #require(usual.errors.last?.prediction)
    )
    let two = try made.analyze { $0.shown = [.track(right.path), .track(wrong.name)] }
    #expect(two.correct.map(\.prediction.path) == [right.path])
    #expect(two.errors.map(\.prediction.path) == [wrong.path])
    let error = #expect(throws: CodedError.self) {
      try made.analyze { $0.shown = [.track(right.name + "x")] }
    }
    #expect(error?.code == .usage && error?.message.contains("did you mean") == true)
    #expect(
      ShownTracks.list("errors,correct,a b.mp3,ambiguous") == [
        .errors, .correct, .track("a b.mp3"), .ambiguous,
      ])
  }

  /// Each picture with axes as PNG, SVG and PDF; without being asked the latter go.
  @Test func picturesAreVectorsToo() throws {
    let made = try Made()
    let count = try made.analyze { $0.writesVectors = true }.studies.count
    let names = try FileManager.default.contentsOfDirectory(atPath: made.report + "/pictures").sorted()
    let stems = Set(names.map { withoutExtension($0) })
    #expect(stems.isSuperset(of: ["confusion", "mean-1"]) && count > 0)
    #expect(Set(names) == Set(stems.flatMap { stem in ["png", "svg", "pdf"].map { "\(stem).\($0)" } }))
    #expect(stems.contains { $0.hasPrefix("track-") })
    for (name, start) in [("confusion.svg", "<?xml"), ("confusion.pdf", "%PDF")] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: made.report + "/pictures/" + name))
      #expect(bytes.starts(with: Data(start.utf8)))
    }
    _ = try made.analyze()
    let rest = try FileManager.default.contentsOfDirectory(atPath: made.report + "/pictures")
    #expect(rest.allSatisfy { $0.hasSuffix(".png") } && rest.contains("confusion.png"))
  }

  @Test func neighborsAreTrainingTracks() throws {
    let (made, result) = try Self.unchanged.get()
    let training = Set(try Dataset.load(made.path).clips(in: .train).map(\.recording))
    for study in result.errors {
      #expect(study.neighbors.allSatisfy { training.contains($0.path) })
      #expect(zip(study.neighbors, study.neighbors.dropFirst()).allSatisfy { $0.distance <= $1.distance })
    }
  }

  @Test func plantedCopiesAreFoundAndNothingElse() throws {
    // Test clips that are training clips: as they are, with noise, and two frames later.
    var generator = SeededGenerator(seed: 9)
    let made = try Made { maps, rows in
      let (test, train) = (
        rows.indices.filter { rows[$0][3] == "test" }, rows.indices.filter { rows[$0][3] == "train" }
      )
      maps[test[0]] = maps[train[0]]
      maps[test[1]] = maps[train[1]].map { $0 + 0.1 * generator.normal() }
      var later = maps[train[2]]
      for bin in 0..<6 { for frame in 2..<24 { later[bin, frame - 2] = maps[train[2]][bin, frame] } }
      maps[test[2]] = later
    }
    let problems = try #require(try made.analyze().dataProblems)
    #expect(problems.duplicates.map(\.kind) == [.equal, .similar, .similar])
    #expect(Set(problems.duplicates.map { $0.shiftFrames ?? -1 }) == [0, 2])
    #expect(problems.duplicates.allSatisfy { $0.members.map(\.split) == ["test", "train"] })
    #expect(problems.findings.contains { $0.code == "sound-leak" && $0.severity == "error" })
  }

  @Test func plantedLeakageIsFound() throws {
    let clean = try Self.unchanged.get().result
    #expect(clean.dataProblems?.duplicates == [])
    #expect(clean.dataProblems?.findings.contains { $0.severity == "error" } == false)
    // Three albums get a clip into another split.
    let made = try Made { _, rows in
      for album in [0, 1, 5] {
        let first = rows.firstIndex { $0[4] == "album-\(album)" } ?? 0
        rows[first][3] = rows[first][3] == "train" ? "test" : "train"
      }
    }
    let leak = try #require(try made.analyze().dataProblems?.findings.first { $0.code == "group-leak" })
    #expect(leak.items.count == 3 && leak.severity == "error")
  }

  @Test func orderOfTheRowsChangesNoFigure() throws {
    let made = try Made()
    let first = try made.analyze()
    var rows = try CSVTable(path: made.folder + "/x.csv").records.map(\.fields)
    var generator = SeededGenerator(seed: 3)
    rows.shuffle(using: &generator)
    try CSVTable.write(
      header: ["row", "path", "label", "split", "group"], rows: rows, to: made.folder + "/x.csv")
    let second = try made.analyze()
    #expect(first.report == second.report && first.calibration == second.calibration)
    #expect(first.baselines == second.baselines && first.coherence == second.coherence)
    #expect(first.dataProblems == second.dataProblems)
    #expect(first.errors.map(\.prediction.path) == second.errors.map(\.prediction.path))
    #expect(first.errors.map(\.sentence) == second.errors.map(\.sentence))
    #expect(first.errors.map(\.neighbors) == second.errors.map(\.neighbors))
  }

  @Test func strangeGenresAreListedAndTheRestReported() throws {
    let made = try Made { _, rows in
      for index in rows.indices where rows[index][4] == "album-20" { rows[index][2] = "Jazz" }
    }
    let result = try made.analyze()
    #expect(result.report.count == 15)
    #expect(result.leftOut.count == 3 && result.leftOut.allSatisfy { $0.code == "unknown-label" })
    #expect(result.leftOut[0].reason.contains("“Jazz” is none of the model's (A, B)"))
  }

  @Test func aRowThatIsNoNumberIsLeftOut() throws {
    let made = try Made { maps, rows in
      maps[rows.firstIndex { $0[3] == "test" } ?? 0][0, 0] = .nan
      maps[rows.firstIndex { $0[3] == "train" } ?? 0][0, 0] = .infinity
    }
    let result = try made.analyze()
    #expect(result.report.count == 17 && result.leftOut.count == 1)
  }

  @Test func aTestSetAloneHasNoTrainingTracksToCompareWith() throws {
    let made = try Made { _, rows in for index in rows.indices { rows[index][3] = "test" } }
    let result = try made.analyze()
    #expect(result.report.count == 72 && result.baselines.isEmpty)
    #expect(result.errors.allSatisfy { $0.neighbors.isEmpty })
    let calibration = try #require(result.calibration)
    // The model's own temperature, which stays 1 where none was shown to help.
    #expect(calibration.scaled != nil || calibration.source.hasPrefix("1, so that nothing changes"))
  }

  /// A stopped analysis takes up what it found in the data only where the tables that it read are still the same.
  @Test func tablesThatChangedAreReadAgain() throws {
    let made = try Made()
    var options = AnalysisOptions()
    (options.robustnessTracks, options.slicesPath) = (0, made.folder + "/slices.csv")
    func columns(_ job: Job = Job()) throws -> [String] {
      let report = try made.model.analyzeErrors(
        on: try Dataset.load(made.path), options: options, output: made.report, job: job)
      let slices = try #require(report.result.dataProblems?.slices)
      return slices.columns.map(\.name) + slices.leftOut.map(\.name)
    }
    func write(_ column: String) throws {
      let rows = try CSVTable(path: made.folder + "/x.csv").records.enumerated().map {
        [$1.fields[1], ["even", "odd"][$0 % 2]]
      }
      try CSVTable.write(header: ["path", column], rows: rows, to: made.folder + "/slices.csv")
    }
    func stopBeforeDrawing() throws {
      let watched = WatchedJob()
      let error = #expect(throws: CodedError.self) {
        _ = try columns(watched.job { $0.contains { $0.stage.contains("pictures") } })
      }
      #expect(error?.code == .interrupted)
      #expect(FileManager.default.fileExists(atPath: made.report + "/.genrelens.steps"))
    }
    try write("shelf")
    try stopBeforeDrawing()
    #expect(try columns().contains("shelf"))
    try stopBeforeDrawing()
    try write("cupboard")
    #expect(try columns().contains("cupboard"))
    #expect(!FileManager.default.fileExists(atPath: made.report + "/.genrelens.steps"))
  }

  @Test func aCrossValidationWithoutTheCheckIsRefused() throws {
    let made = try Made()
    let error = #expect(throws: CodedError.self) {
      try made.analyze { options in (options.checksData, options.crossValidationPath) = (false, "folds") }
    }
    #expect(error?.code == .usage)
  }

  @Test func nothingToEvaluateIsOneLineAndAReportOfTheRest() throws {
    func leftBy(_ made: Made) throws -> AnalysisResult {
      let error = #expect(throws: CodedError.self) { try made.analyze() }
      #expect(error?.code == .badInput && error?.message.contains("report.html says") == true)
      return try JSONDecoder().decode(
        AnalysisResult.self, from: Data(contentsOf: URL(fileURLWithPath: made.report + "/report.json")))
    }
    let empty = try leftBy(try Made { _, rows in for index in rows.indices { rows[index][3] = "train" } })
    #expect(empty.report.count == 0 && empty.leftOut.isEmpty)
    #expect(empty.notes.first?.contains("no clip in the split \"test\" (train 72, valid 0, test 0)") == true)
    #expect(empty.dataProblems != nil)
    let strange = try Made { _, rows in for index in rows.indices { rows[index][2] += "z" } }
    let result = try leftBy(strange)
    #expect(result.report.count == 0 && result.leftOut.count == 18)
    #expect(
      result.notes.count == 3 && result.notes[1].hasPrefix("Az, which the model does not know, is heard as"))
    let page = try String(contentsOfFile: strange.report + "/report.html", encoding: .utf8)
    #expect(page.contains("Nothing could be evaluated") && !page.contains("id=\"confusion\""))
  }
}
