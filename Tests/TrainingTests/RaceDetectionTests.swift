import Foundation
import Synchronization
import TestSupport
import Testing

/// Shows that `make races` would see a race: ThreadSanitizer is in this program, and knows a lock from none.
@Suite(
  .tags(.property), .enabled(if: ProcessInfo.processInfo.environment["GENRELENS_RACES"] != nil, "make races"))
struct RaceDetectionTests {
  @Test("two threads that add to one number without a lock are reported")
  func aPlainRaceIsReported() async throws {
    let result = await #expect(processExitsWith: .exitCode(66), observing: [\.standardErrorContent]) {
      nonisolated(unsafe) var count = 0
      let hasEnded = DispatchSemaphore(value: 0)
      for _ in 0..<2 {
        Thread {
          for _ in 0..<1_000 { unsafe count += 1 }
          hasEnded.signal()
        }.start()
      }
      for _ in 0..<2 { hasEnded.wait() }
    }
    let report = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(report.contains("WARNING: ThreadSanitizer: "), "\(report)")
  }

  @Test("threads that wait for each other at a lock are not reported")
  func aLockIsKnown() async {
    await #expect(processExitsWith: .success) {
      let count = Mutex([0])
      let hasEnded = DispatchSemaphore(value: 0)
      for _ in 0..<2 {
        Thread {
          for _ in 0..<20 {
            count.withLock {
              $0[0] += 1
              // Long enough for the other one to have to wait.
              Thread.sleep(forTimeInterval: 0.001)
            }
          }
          hasEnded.signal()
        }.start()
      }
      for _ in 0..<2 { hasEnded.wait() }
      precondition(count.withLock { $0[0] } == 40)
    }
  }
}
