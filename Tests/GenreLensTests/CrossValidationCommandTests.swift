import Foundation
import GenreLens
import LibrarySupport
import TestSupport
import Testing

/// `genrelens train --folds`.
@Suite(.tags(.hand, .slow)) struct CrossValidationCommandTests {
  /// SIGKILL at three moments; the command goes on and ends with the same files as an undisturbed run.
  @Test func killedCommandGoesOn() throws {
    let store = try SmallStore()
    try SmallStore.plan(epochs: 30).yaml().write(
      toFile: store.folder + "/plan.yaml", atomically: true, encoding: .utf8)
    let arguments = ["train", "x.npy", "--config", "plan.yaml", "--folds", "3", "--output"]
    let whole = try CommandRunner.run(arguments + ["whole"], in: store.folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    #expect(whole.standardOutput.contains("all 48 held-out recordings: accuracy"))
    for name in ["", "fold-1.safetensors", "fold-2.safetensors"] {
      let running = try CommandRunner.start(arguments + ["killed"], in: store.folder)
      let limit = Date().addingTimeInterval(30)
      while running.process.isRunning, Date() < limit,
        !FileManager.default.fileExists(atPath: store.folder + "/killed/" + name)
      { Thread.sleep(forTimeInterval: 0.005) }
      kill(running.process.processIdentifier, SIGKILL)
      _ = try running.finish()
    }
    let end = try CommandRunner.run(arguments + ["killed"], in: store.folder)
    #expect(
      end.status == 0 && end.standardOutput == whole.standardOutput.replacing("whole/", with: "killed/"))
    let (one, other) = (store.folder + "/whole", store.folder + "/killed")
    #expect(try SmallStore.results(in: one) == SmallStore.results(in: other))
  }

  /// A diverged fold counts with its best epoch; one that has none ends the command.
  @Test func statusesOfFoldsThatDiverge() throws {
    let store = try SmallStore()
    try SmallStore.divergingPlan().yaml().write(
      toFile: store.folder + "/plan.yaml", atomically: true, encoding: .utf8)
    let arguments = ["train", "x.npy", "--config", "plan.yaml", "--folds", "2", "--output"]
    let late = try CommandRunner.run(arguments + ["late"], in: store.folder)
    #expect(late.status == 0, "\(late.standardError)")
    let report = try String(contentsOfFile: store.folder + "/late/cross-validation.json", encoding: .utf8)
    #expect(report.ranges(of: "diverged in epoch").count == 2)
    let none = try CommandRunner.run(
      arguments + ["none", "--learning-rate", "10", "--schedule", "constant", "--batch-size", "2"],
      in: store.folder)
    #expect(none.status == ProcessStatus.diverged.rawValue && none.messages.count == 1)
    #expect(none.messages[0].contains("fold 1: no usable weights"), "\(none.standardError)")
  }

  @Test func optionsThatDoNotGoTogether() throws {
    let folder = try CommandRunner.temporaryFolder()
    for arguments in [
      ["--folds", "1", "--output", "out"], ["--folds", "3", "--output", "m.safetensors"],
      ["--all-clips", "--output", "m.safetensors"],
    ] {
      let output = try CommandRunner.run(["train", "x.npy"] + arguments, in: folder)
      #expect(output.status == 64 && output.messages.count == 1, "\(output.standardError)")
    }
  }
}
