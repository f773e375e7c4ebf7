import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Files

@Suite(.tags(.hand)) struct JobTests {
  private func path() -> String { NSTemporaryDirectory() + "genrelens-job-\(UUID())" }

  @Test func isCancelledByAnyOfItsWays() async {
    #expect(!Job().isCancelled)
    let job = Job()
    let part = job.part { $0.stage = "part" }.quiet
    job.cancel()
    #expect(job.isCancelled && part.isCancelled)
    #expect(Job(isCancelled: { true }).part { _ in }.isCancelled)
    // A part asks the whole, which asks its task.
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      let job = Job()
      return [job.isCancelled, job.branch.isCancelled, job.toItsEnd.isCancelled]
    }
    task.cancel()
    #expect(await task.value == [true, true, false])
    let error = #expect(throws: CodedError.self) { try job.requireGoingOn("stopped here", path: "x") }
    #expect(error == CodedError(.interrupted, "stopped here", path: "x"))
  }

  /// A branch ends alone; what is done to its end tells on, and nothing ends it.
  @Test func aBranchAndTheEnd() {
    let watched = WatchedJob()
    let job = watched.job()
    let branch = job.branch
    branch.cancel()
    #expect(branch.isCancelled && !job.isCancelled)
    job.cancel()
    #expect(job.branch.isCancelled && !job.toItsEnd.isCancelled && !job.toItsEnd.branch.isCancelled)
    branch.tell("part", 1, of: 2)
    job.toItsEnd.tell("end", 2, of: 2)
    #expect(watched.steps.map(\.stage) == ["part", "end"])
  }

  @Test func aPartChangesWhatIsTold() {
    let watched = WatchedJob()
    let job = watched.job()
    job.part { ($0.stage, $0.completed) = ("whole", $0.completed + 10) }.tell("part", 1, of: 2)
    job.quiet.tell("never", 1, of: 1)
    job.tell("own", 2, of: 3)
    #expect(
      watched.steps == [
        StageProgress("whole", completed: 11, of: 2), StageProgress("own", completed: 2, of: 3),
      ])
  }

  @Test func aDelayedJobIsToldLater() {
    let watched = WatchedJob()
    let job = watched.job()
    job.told(after: .seconds(3_600)).tell("early", 1, of: 2)
    job.told(after: .zero).tell("now", 1, of: 2)
    #expect(watched.steps.map(\.stage) == ["now"])
    let delayed = job.told(after: .seconds(3_600))
    job.cancel()
    #expect(delayed.isCancelled)
  }

  /// Runs three steps; returns what was done now.
  private func run(_ path: String, identity: String = "one", failing: Int? = nil) -> (
    done: [Int], values: [[Double]]
  ) {
    let job = Job().keeping(FinishedSteps(path: path, identity: { identity }))
    var (done, values): ([Int], [[Double]]) = ([], [])
    for number in 0..<3 {
      let value = try? job.step("step \(number)") {
        if number == failing { throw CodedError(.badInput, "no") }
        done.append(number)
        return [Double(number) / 3, .pi]
      }
      if let value { values.append(value) }
    }
    return (done, values)
  }

  @Test func stepsAreDoneOnceAndHaveTheSameBits() {
    let path = path()
    defer { FileSystem.remove(path) }
    let first = run(path, failing: 1)
    #expect(first.done == [0, 2])
    let second = run(path)
    #expect(second.done == [1] && second.values == (0..<3).map { [Double($0) / 3, .pi] })
    #expect(run(path).done.isEmpty)
    // Another job begins anew, and the first one after it.
    #expect(run(path, identity: "two").done == [0, 1, 2])
    #expect(run(path).done == [0, 1, 2])
    FinishedSteps(path: path, identity: { "one" }).remove()
    #expect(!FileSystem.exists(path))
  }

  /// A kill at any byte loses the step that was being written and no other.
  @Test func aCutFileLosesItsLastStepAlone() throws {
    let path = path()
    defer { FileSystem.remove(path) }
    #expect(run(path).done == [0, 1, 2])
    let bytes = try FileSystem.contents(path)
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
    #expect(ends.count == 4)
    for length in 0...bytes.count {
      try Data(bytes[..<length]).write(to: URL(fileURLWithPath: path))
      let whole = ends.count { $0 < length }
      #expect(run(path).done.count == (whole == 0 ? 3 : 4 - whole), "cut to \(length)")
      #expect(run(path).done.isEmpty)
    }
  }

  @Test func aDamagedLineAndAValueOfAnotherKindAreDoneAgain() throws {
    let path = path()
    defer { FileSystem.remove(path) }
    #expect(run(path).done == [0, 1, 2])
    var lines = String(decoding: try FileSystem.contents(path), as: UTF8.self).split(separator: "\n").map(
      String.init)
    lines[2] = "{\"step\": 7"
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    #expect(run(path).done == [1])
    let job = Job().keeping(FinishedSteps(path: path, identity: { "one" }))
    #expect(try job.step("step 0") { "a text" } == "a text")
  }

  /// What cannot be written down costs time and nothing else.
  @Test func withoutAPlaceTheWorkIsDone() {
    #expect(run("/proc/none/steps").done == [0, 1, 2])
  }

  /// Asked again in the same run a step is not done again either.
  @Test func aStepIsKnownAtOnce() throws {
    let path = path()
    defer { FileSystem.remove(path) }
    let steps = FinishedSteps(path: path, identity: { "one" })
    let job = Job().keeping(steps)
    #expect(try job.step("first") { [1, 2] } == [1, 2])
    #expect(try job.step("first") { [3] } == [1, 2])
    #expect(steps.count == 0)
    steps.remove()
    #expect(try job.step("first") { [3] } == [3])
    #expect(!FileSystem.exists(path))
  }

  /// Lines may be longer than what is read at a time, and their ends may be anywhere in it.
  @Test func longValuesComeBack() throws {
    let path = path()
    defer { FileSystem.remove(path) }
    let lengths = [3, 1 << 20, 10, (1 << 20) - 137, 786_432, 2_500_000, 0, 7]
    func value(_ number: Int) -> String { String(repeating: "\(number)", count: lengths[number]) }
    let first = Job().keeping(FinishedSteps(path: path, identity: { "one" }))
    for number in lengths.indices { _ = try first.step("step \(number)") { value(number) } }
    let steps = FinishedSteps(path: path, identity: { "one" })
    #expect(steps.count == lengths.count)
    for number in lengths.indices.reversed() {
      let found = try Job().keeping(steps).step("step \(number)") { "done again" }
      #expect(found == value(number), "step \(number)")
    }
  }

  /// Escapes of a path that is no text stay what they are.
  @Test func namesThatAreNoTextComeBack() throws {
    let path = path()
    defer { FileSystem.remove(path) }
    let name = String(decoding: [0x61, 0x5C], as: UTF8.self) + "\u{9B}\\udce9\u{202E}"
    for _ in 0..<2 {
      let job = Job().keeping(FinishedSteps(path: path, identity: { name }))
      #expect(try job.step(name) { name } == name)
    }
    #expect(FinishedSteps(path: path, identity: { name }).count == 1)
  }
}
