import Analysis
import Datasets
import Experiments
import Features
import Files
import Foundation
import Jobs
import Models
import Networks
import TestSupport
import Testing
import Training

@Suite(.tags(.hand)) struct DemoTests {
  @Test func ownCorpusIsKnownUnderAnyName() {
    var demo = Demo()
    #expect(demo.isSynthesised)
    for path in ["/Data", "/Data/", "/Tests/../Data/manifest.csv"] {
      demo.data = packageRoot + path
      #expect(demo.isSynthesised)
    }
    demo.data = "/music"
    #expect(!demo.isSynthesised)
  }

  /// Stopped in its training, the demo has a model, and does the rest with it.
  @Test(.tags(.slow)) func stoppedInTheTrainingItGoesOn() throws {
    let folder = try temporaryFolder()
    var rows: [[String]] = []
    let corpus = try Dataset.load(packageRoot + "/Data")
    for label in corpus.labels {
      for (split, count) in [(Split.train, 4), (.valid, 2), (.test, 2)] {
        for clip in corpus.clips(in: split).filter({ $0.label == label }).prefix(count) {
          rows.append([clip.path ?? "", label, split.rawValue, clip.group ?? ""])
        }
      }
    }
    try CSVTable.write(
      header: ["path", "label", "split", "group"], rows: rows, to: folder + "/manifest.csv")
    var demo = Demo()
    (demo.data, demo.output) = (folder + "/manifest.csv", folder + "/out")
    demo.plan.features = .mfcc20
    demo.plan.training.batchSize = 4
    demo.plan.training.network.firstSame = true
    let watched = WatchedJob()
    // After the first batch of the second epoch.
    let result = try demo.run(
      job: watched.job { $0.contains { $0.stage == "training" && $0.counter.hasPrefix("epoch 2/") } })
    #expect(result.training.contains("(interrupted)"))
    #expect(try GenreModel(path: result.model).provenance.outcome == "interrupted")
    #expect(FileManager.default.fileExists(atPath: result.report.page))
    #expect(result.report.evaluation.report.count == 4 && result.explanations.count >= 2)
    #expect(watched.steps.last?.stage == "pictures")
  }
}
