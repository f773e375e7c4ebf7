import Foundation
import GenreLens
import LibrarySupport
import TestSupport
import Testing

/// `genrelens search` that is killed.
@Suite(.tags(.hand, .slow)) struct SearchCommandTests {
  /// SIGKILL at growing lengths of the journal.
  @Test func killedCommandGoesOn() throws {
    let store = try SmallStore()
    try SmallStore.plan(epochs: 9).yaml().write(
      toFile: store.folder + "/plan.yaml", atomically: true, encoding: .utf8)
    try "learningRate: {min: 0.001, max: 0.1, log: true}\nnetwork: {channels: [[2], [4]]}\n".write(
      toFile: store.folder + "/space.yaml", atomically: true, encoding: .utf8)
    let arguments = [
      "search", "x.npy", "--config", "plan.yaml", "--space", "space.yaml", "--trials", "9", "--strategy",
      "halving", "--min-epochs", "1", "--output",
    ]
    let whole = try CommandRunner.run(arguments + ["whole"], in: store.folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    for lines in [1, 4, 10] {
      let running = try CommandRunner.start(arguments + ["killed"], in: store.folder)
      let limit = Date().addingTimeInterval(30)
      while running.process.isRunning, Date() < limit, journalLines(store.folder + "/killed") < lines {
        Thread.sleep(forTimeInterval: 0.002)
      }
      kill(running.process.processIdentifier, SIGKILL)
      _ = try running.finish()
    }
    let end = try CommandRunner.run(arguments + ["killed"], in: store.folder)
    #expect(
      end.status == 0 && end.standardOutput == whole.standardOutput.replacing("whole/", with: "killed/"))
    let (one, other) = (store.folder + "/whole", store.folder + "/killed")
    #expect(try SmallStore.results(in: one) == SmallStore.results(in: other))
  }

  private func journalLines(_ folder: String) -> Int {
    (try? String(contentsOfFile: folder + "/journal.jsonl", encoding: .utf8))?.count { $0 == "\n" } ?? 0
  }
}
