import Foundation
import TestSupport
import Testing

@testable import genrelens

/// The first signal asks, a second one ends; but one that is sent twice at once is one.
@Suite(.tags(.hand)) struct InterruptionTests {
  @Test func aSecondSigtermEnds() async {
    await #expect(processExitsWith: .exitCode(143)) {
      Terminal.prepare()
      Interruption.watch(saying: "stopping")
      raise(SIGTERM)
      usleep(400_000)
      raise(SIGTERM)
      _exit(1)
    }
  }

  @Test func ofTwoKindsTheSecondEnds() async {
    await #expect(processExitsWith: .exitCode(130)) {
      Terminal.prepare()
      Interruption.watch(saying: "stopping")
      raise(SIGTERM)
      usleep(400_000)
      raise(SIGINT)
      _exit(1)
    }
  }

  /// As `timeout` does: to the process and to its group.
  @Test func twoAtOnceAreOne() async {
    await #expect(processExitsWith: .exitCode(7)) {
      Terminal.prepare()
      Interruption.watch(saying: "stopping")
      raise(SIGTERM)
      raise(SIGTERM)
      raise(SIGINT)
      _exit(Interruption.isRequested() ? 7 : 1)
    }
  }
}
