import Foundation
import GenreLens
import LibrarySupport
import TestSupport
import Testing

/// Two commands on one output, a disk that is full, a folder that goes: the second is refused, and nothing is half there.
@Suite(.tags(.property), .serialized) struct SharedOutputTests {
  /// Holds a lock file as another process would.
  private func holding(_ path: String, _ body: () throws -> Void) throws {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    #expect(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    defer { close(descriptor) }
    try body()
  }

  /// `@model`, `@clip` and `@features` stand for the fixture's files.
  private func run(_ arguments: String, in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(words(arguments), in: folder)
  }

  private func words(_ arguments: String) throws -> [String] {
    let fixture = try Fixture.shared.get()
    let files = ["@model": fixture.model, "@clip": fixture.clips[0], "@features": fixture.features]
    return arguments.split(separator: " ").map { files[String($0)] ?? String($0) }
  }

  @Test(arguments: [
    "explain --model @model @clip --output out", "explain --model @model @clip --layer all --output out",
    "classify --model @model @clip --output out",
    "analyze --model @model @features --output out", "train @features --folds 2 --output out",
    "benchmark-explanations --model @model @features --output out",
    "dissect --model @model @features --output out",
    "reproduce founding-report --model @model @features --output out",
    "search @features --space space.yaml --output out",
    "compare report.json report.json --output out",
  ]) func aFolderHasOneWriter(arguments: String) throws {
    let folder = try makeFolder()
    try holding(folder + "/out/.genrelens.lock") {
      let output = try run(arguments, in: folder)
      #expect(output.status == ProcessStatus.busy.rawValue, "\(output.standardError)")
      #expect(
        output.messages.count == 1
          && output.messages[0].contains("out: another process is writing into this folder"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out") == [".genrelens.lock"])
    }
  }

  @Test(arguments: [
    "data folder music --output list.csv", "data gtzan music --split none --output list.csv",
    "data csv table.csv --output list.csv", "data check @features --output list.csv",
    "data fma --audio music --metadata tracks.csv --output list.csv",
  ]) func aFileHasOneWriter(arguments: String) throws {
    let folder = try makeFolder()
    try holding(folder + "/.list.csv.lock") {
      let output = try run(arguments, in: folder)
      #expect(output.status == ProcessStatus.busy.rawValue, "\(output.standardError)")
      #expect(
        output.messages.count == 1
          && output.messages[0].contains("list.csv: another process is writing this file"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder + "/list.csv"))
  }

  private func makeFolder() throws -> String {
    let (folder, fixture) = (try CommandRunner.temporaryFolder(), try Fixture.shared.get())
    for name in ["out", "music/blues"] {
      try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(atPath: fixture.clips[0], toPath: folder + "/music/blues/a.mp3")
    try FileManager.default.copyItem(atPath: fixture.manifest, toPath: folder + "/table.csv")
    for (name, text) in [
      ("space.yaml", "batchSize: [8, 16]\n"), ("tracks.csv", ""), ("report.json", Self.report),
    ] {
      try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }
    return folder
  }

  private static let report = """
    {"title": "A", "report": {"labels": ["A", "B"]}, "predictions": [
      {"path": "a", "name": "a", "label": "A", "predicted": "A", "probabilities": [1, 0]},
      {"path": "b", "name": "b", "label": "B", "predicted": "A", "probabilities": [1, 0]}]}
    """

  // MARK: - Half written

  /// All but the finished steps of a job that failed, which the next one continues, and their folder.
  private func content(_ folder: String) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return names.filter { $0 != "out" && !$0.hasSuffix(".genrelens.steps") }.reduce(into: [:]) {
      content, name in
      content[name] = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
    }
  }

  /// A limit on the size of files stands for a full disk. `kilobytes` lets some of the files pass, and one not.
  @Test(arguments: [
    ("explain --model @model @clip --output out", 20),
    ("explain --model @model @clip --layer all --output out", 20),
    ("analyze --model @model @features --split all --robustness 0 --output out", 40),
    ("benchmark-explanations --model @model @features --split all --metrics masking --output out", 4),
    ("compare a/report.json b/report.json --output out", 1),
  ]) func onAFullDiskNothingChanges(arguments: String, kilobytes: Int) throws {
    let folder = try CommandRunner.temporaryFolder()
    if arguments.hasPrefix("compare") {
      for name in ["a", "b"] {
        let made = try run(
          "analyze --model @model @features --split all --robustness 0 --output \(name)", in: folder)
        #expect(made.status == 0, "\(made.standardError)")
      }
    }
    let before = try content(folder)
    func full() throws {
      // bash counts in kilobytes.
      let command = "ulimit -f \(kilobytes) && exec env OMP_WAIT_POLICY=passive \"$0\" \"$@\""
      let output = try CommandRunner.run(
        ["-c", command, CommandRunner.program] + words(arguments), in: folder, program: "/bin/bash")
      #expect(output.status == ProcessStatus.inputOutput.rawValue, "\(output.standardError)")
      #expect(output.messages.count == 1 && output.messages[0].contains("out/"), "\(output.standardError)")
      #expect(!output.standardError.contains(".genrelens.part"), "\(output.standardError)")
    }
    try full()
    #expect(try content(folder) == before)
    // An earlier result stays whole.
    let made = try run(arguments, in: folder)
    #expect(made.status == 0, "\(made.standardError)")
    let whole = try content(folder)
    #expect(whole.count > before.count && whole.keys.allSatisfy { !$0.contains(".genrelens") })
    #expect(!FileManager.default.fileExists(atPath: folder + "/out/.genrelens.steps"))
    try full()
    #expect(try content(folder) == whole)
  }

  /// What a killed process left goes, and nothing is in the way.
  @Test func leftoversOfAKilledProcessGo() throws {
    let folder = try makeFolder()
    try FileManager.default.createDirectory(
      atPath: folder + "/out/.genrelens.part/sounds", withIntermediateDirectories: true)
    try "half".write(toFile: folder + "/out/.genrelens.part/map.npy", atomically: false, encoding: .utf8)
    try "".write(toFile: folder + "/out/.genrelens.lock", atomically: false, encoding: .utf8)
    let output = try run("explain --model @model @clip --output out --no-audio", in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/out").sorted()
    #expect(
      names == [
        "bands.csv", "evidence.audacity.txt", "evidence.csv", "explanation.html", "explanation.json",
        "explanation.png", "map.npy", "mel.npy", "times.csv", "upsampled.npy",
      ])
  }

  @Test(arguments: [
    "train x.npy --folds 3 --output out --epochs 40",
    "search x.npy --space space.yaml --output out --trials 3",
  ])
  func aFolderThatIsRemovedIsNoSuccess(arguments: String) throws {
    let store = try SmallStore()
    let yaml = try SmallStore.plan(epochs: 40).yaml()
    try yaml.write(toFile: store.folder + "/plan.yaml", atomically: false, encoding: .utf8)
    try "batchSize: [8, 12, 16]\n".write(
      toFile: store.folder + "/space.yaml", atomically: false, encoding: .utf8)
    let running = try CommandRunner.start(
      arguments.split(separator: " ").map(String.init) + ["--config", "plan.yaml"], in: store.folder)
    let journal = store.folder + "/out/journal.jsonl"
    // With its first line and one step.
    while running.process.isRunning,
      (FileManager.default.contents(atPath: journal) ?? Data()).count(where: { $0 == 0x0A }) < 2
    { usleep(1000) }
    try FileManager.default.moveItem(atPath: store.folder + "/out", toPath: store.folder + "/gone")
    let output = try running.finish()
    #expect(output.status == ProcessStatus.inputOutput.rawValue, "\(output.standardError)")
    #expect(output.messages.count == 1 && output.messages[0].contains("removed"), "\(output.standardError)")
  }
}
