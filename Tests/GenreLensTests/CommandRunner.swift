import Foundation
import GenreLens
import TestSupport
import Testing

/// Runs the built `genrelens` as a user does.
enum CommandRunner {
  struct Output {
    let status: Int32
    let standardOutput: String
    let standardError: String

    /// Lines of standard error that are no progress.
    var messages: [String] {
      standardError.split(separator: "\n").map(String.init).filter { $0.hasPrefix("genrelens: ") }
    }
  }

  /// The program is in the build folder, beside the program of the tests.
  static let program = Bundle.main.bundleURL.appending(path: "genrelens").path

  static let root = packageRoot

  /// Starts it; `finish` waits for the end.
  static func start(
    _ arguments: [String], in folder: String, program: String = program, environment: [String: String] = [:]
  ) throws -> Running {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // What commands remember of work that was stopped stays out of the user's cache folder.
    let cache = ["XDG_CACHE_HOME": NSTemporaryDirectory() + "/genrelens-tests-cache"]
    process.environment = ProcessInfo.processInfo.environment.merging(cache) { $1 }
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a full pipe would stop the program.
    let running = Running(process: process, folder: try temporaryFolder())
    process.standardOutput = try running.file("out")
    process.standardError = try running.file("err")
    try process.run()
    return running
  }

  static func run(
    _ arguments: [String], in folder: String = NSTemporaryDirectory(), program: String = program,
    environment: [String: String] = [:]
  ) throws -> Output {
    try start(arguments, in: folder, program: program, environment: environment).finish()
  }

  static func temporaryFolder() throws -> String { try TestSupport.temporaryFolder() }
}

/// A program under way.
struct Running {
  let process: Process
  fileprivate let folder: String

  fileprivate func file(_ name: String) throws -> FileHandle {
    try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
    return try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/" + name))
  }

  /// What it has written to standard error so far.
  var standardError: String { (try? String(contentsOfFile: folder + "/err", encoding: .utf8)) ?? "" }

  func finish() throws -> CommandRunner.Output {
    let limit = Date().addingTimeInterval(120)
    while process.isRunning, Date() < limit { Thread.sleep(forTimeInterval: 0.01) }
    if process.isRunning {
      Issue.record("still running after two minutes: \(process.arguments ?? [])")
      kill(process.processIdentifier, SIGKILL)
    }
    process.waitUntilExit()
    let output = try String(contentsOfFile: folder + "/out", encoding: .utf8)
    let error = standardError
    try FileManager.default.removeItem(atPath: folder)
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return CommandRunner.Output(status: status, standardOutput: output, standardError: error)
  }
}

/// What several tests need once: a folder with a manifest of a few of the project's own clips and a small trained model.
struct Fixture: Sendable {
  let folder: String
  /// 4 clips for train, 2 for valid, 2 for test, of each genre; with splits.
  let manifest: String
  /// The feature file of the manifest (20 x 130 MFCC).
  let features: String
  /// Trained on it for three epochs.
  let model: String
  /// A clip of each genre.
  let clips: [String]

  /// Made by the command itself; a failure shows in every test that asks for it.
  static let shared = Result { try Fixture() }

  private init() throws {
    folder = try CommandRunner.temporaryFolder()
    (manifest, features) = (folder + "/manifest.csv", folder + "/features.npy")
    model = folder + "/model.safetensors"
    let dataset = try Dataset.load(CommandRunner.root + "/Data")
    var rows: [[String]] = []
    for label in ["Folk", "Hip-Hop"] {
      for (split, count) in [(Split.train, 4), (.valid, 2), (.test, 2)] {
        for track in dataset.clips(in: split).filter({ $0.label == label }).prefix(count) {
          rows.append([track.path ?? "", label, split.rawValue, track.group ?? ""])
        }
      }
    }
    clips = [rows[6][0], rows[14][0]]
    try CSVTable.write(header: ["path", "label", "split", "group"], rows: rows, to: manifest)
    let extraction = try CommandRunner.run([
      "features", manifest, "--output", features, "--spec", "mfcc20", "--windows", "first",
    ])
    #expect(extraction.status == 0, "\(extraction.standardError)")
    let config = folder + "/config.yaml"
    try "epochs: 3\nbatchSize: 4\nnetwork:\n  firstSame: true\n".write(
      toFile: config, atomically: true, encoding: .utf8)
    let training = try CommandRunner.run(["train", features, "--output", model, "--config", config])
    #expect(training.status == 0, "\(training.standardError)")
    #expect(training.standardOutput.contains("of 3, validation accuracy"))
  }
}
