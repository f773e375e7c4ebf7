import Analysis
import Experiments
import Files
import LibrarySupport
import Models
import TestSupport
import Testing
import Training

/// A training that is stopped keeps its best weights, however it is stopped.
@Suite(.tags(.hand)) struct StoppedTrainingTests {
  @Test func byItsTask() async throws {
    let store = try SmallStore()
    let job = Job(progress: { step in
      if step.counter.hasPrefix("epoch 2/") { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
    })
    let run = try await Task { try SmallStore.plan().train(on: store.dataset(), job: job) }.value
    #expect(run.outcome == .interrupted && run.model.provenance.bestEpoch == 1)
    // What is made of the weights is made to its end.
    #expect(run.validation?.count == 12 && run.model.temperature != nil)
  }

  @Test func byItsJob() throws {
    let watched = WatchedJob()
    let store = try SmallStore()
    let run = try SmallStore.plan().train(
      on: store.dataset(),
      job: watched.job { $0.contains { $0.counter.hasPrefix("epoch 2/") } })
    #expect(run.outcome == .interrupted && run.model.provenance.bestEpoch == 1)
    #expect(run.validation?.count == 12 && run.model.temperature != nil)
  }
}
