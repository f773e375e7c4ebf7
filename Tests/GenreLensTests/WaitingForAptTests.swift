import Foundation
import TestSupport
import Testing

/// `Scripts/apt-get-when-free`, with a stand-in for apt-get that fails as the real one does.
@Suite(.tags(.hand)) struct WaitingForAptTests {
  private func run(failing message: String) throws -> CommandRunner.Output {
    let folder = try CommandRunner.temporaryFolder()
    let program = """
      #!/bin/sh
      echo "$@" >>\(folder)/calls
      [ $(wc -l <\(folder)/calls) -gt 1 ] && exit 0
      echo '\(message)' >&2
      exit 100
      """
    try writeProgram(program, to: folder + "/apt-get")
    let output = try CommandRunner.run(
      ["PATH=\(folder):/usr/bin:/bin", CommandRunner.root + "/Scripts/apt-get-when-free", "update", "-qq"],
      program: "/usr/bin/env")
    let calls = try String(contentsOfFile: folder + "/calls", encoding: .utf8)
    #expect(calls.split(separator: "\n").allSatisfy { $0.hasSuffix("DPkg::Lock::Timeout=600 update -qq") })
    return output
  }

  @Test func anotherPackageManagerIsWaitedFor() throws {
    let output = try run(
      failing: "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt)")
    #expect(output.status == 0)
    #expect(output.standardError.hasPrefix("Waiting for another package manager: Could not get lock /var"))
  }

  @Test func otherFailuresAreSaidAtOnce() throws {
    let output = try run(failing: "E: Unable to locate package libnone-dev")
    #expect(output.status == 100 && output.standardError == "E: Unable to locate package libnone-dev\n")
  }
}
