import Foundation
import GenreLens
import TestSupport
import Testing

/// What is printed reaches somebody, or the status says that it did not.
@Suite(.tags(.hand, .hostile), .serialized) struct StandardStreamTests {
  /// Runs the command with redirections of a shell.
  private func run(
    _ arguments: [String], _ redirections: String, in folder: String = NSTemporaryDirectory()
  ) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["-c", "exec \"$0\" \"$@\" \(redirections)", CommandRunner.program] + arguments, in: folder,
      program: "/bin/sh")
  }

  @Test(arguments: [
    ["--help"], ["--version"], ["train", "--help"], ["train", "--print-config"], ["probe", "@clip"],
    ["probe", "--json", "@clip"], ["inspect", "@model"], ["inspect", "--json", "@model"],
    ["evaluate", "--model", "@model", "@features"], ["classify", "--model", "@model", "@clip", "--json"],
    ["data", "check", "@features", "--json"],
  ])
  func aFullDiskIsSaid(arguments: [String]) throws {
    let fixture = try Fixture.shared.get()
    let files = ["@clip": fixture.clips[0], "@model": fixture.model, "@features": fixture.features]
    let arguments = arguments.map { files[$0] ?? $0 }
    let full = try run(arguments, ">/dev/full")
    #expect(full.status == ProcessStatus.inputOutput.rawValue)
    #expect(
      full.messages == ["genrelens: standard output: cannot be written: No space left on device"],
      "\(full.standardError)")
    let closed = try run(arguments, ">&-")
    #expect(closed.status == ProcessStatus.inputOutput.rawValue)
    #expect(closed.messages == ["genrelens: standard output: cannot be written: Bad file descriptor"])
  }

  @Test func whatIsWrittenStaysWhenItCannotBeTold() throws {
    let (fixture, folder) = (try Fixture.shared.get(), try CommandRunner.temporaryFolder())
    let arguments = ["features", fixture.clips[0], "--spec", "mfcc20", "--output"]
    let output = try run(arguments + ["x.npy"], ">/dev/full", in: folder)
    #expect(output.status == ProcessStatus.inputOutput.rawValue)
    #expect(try FeatureStore.open(folder + "/x.npy").count == 3)
  }

  /// A file that got the number of a closed descriptor would take in all that is printed to that.
  @Test(arguments: ["<&- >&- 2>&-", "<&-", "2>&-", "<&- 2>&-"]) func closedDescriptorsAreNoFiles(
    redirections: String
  ) throws {
    let (fixture, folder) = (try Fixture.shared.get(), try CommandRunner.temporaryFolder())
    // One file that is left out, so that something is said on standard error, too.
    try "no sound".write(toFile: folder + "/text.mp3", atomically: true, encoding: .utf8)
    let arguments = ["features", "text.mp3"] + fixture.clips + ["--spec", "mfcc20", "--output"]
    #expect(try run(arguments + ["open.npy"], "", in: folder).status == 0)
    #expect(try run(arguments + ["closed.npy"], redirections, in: folder).status == 0)
    for ending in ["npy", "csv", "json", "sources.csv", "failures.csv"] {
      let files = ["open.", "closed."].map { URL(fileURLWithPath: folder + "/" + $0 + ending) }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(ending)")
    }
  }

  /// Results are lost where only standard output is closed; a command without any of the three was detached on purpose.
  @Test func detachedIsNotClosed() throws {
    let clip = try Fixture.shared.get().clips[0]
    #expect(try run(["probe", clip], ">&-").status == ProcessStatus.inputOutput.rawValue)
    #expect(try run(["probe", clip], ">&- 2>&-").status == ProcessStatus.inputOutput.rawValue)
    #expect(try run(["probe", clip], "<&- >&- 2>&-").status == 0)
  }

  /// A pipe that somebody else made non-blocking is waited for, and not cut off.
  @Test func aNonBlockingPipeGetsEverything() throws {
    var ends: [Int32] = [0, 0]
    #expect(unsafe pipe(&ends) == 0)
    #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandRunner.program)
    // Longer than the 64 KiB that a pipe holds.
    process.arguments = ["probe", "--json"] + Array(repeating: try Fixture.shared.get().clips[0], count: 250)
    process.standardOutput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
    try process.run()
    close(ends[1])
    Thread.sleep(forTimeInterval: 0.5)
    let data = try FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && data.count > 65_536)
    #expect((try JSONSerialization.jsonObject(with: data) as? [Any])?.count == 250)
  }
}
