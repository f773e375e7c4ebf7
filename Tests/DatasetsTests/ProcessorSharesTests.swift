import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand)) struct ProcessorSharesTests {
  @Test func processorsAreDealtOut() {
    #expect(ProcessorShares(workers: 2, processors: [3, 7]).shares == [[3], [7]])
    #expect(ProcessorShares(workers: 2, processors: [0, 1, 2, 3, 4]).shares == [[0, 2, 4], [1, 3]])
    #expect(ProcessorShares(workers: 1, processors: [0, 1]).shares.isEmpty)
    #expect(ProcessorShares(workers: 3, processors: [0, 1]).shares.isEmpty)
    #expect(ProcessorShares(workers: 2, processors: []).shares.isEmpty)
  }

  /// Shares are made of what the thread may run on, and hold for the thread that adopts one, for no other.
  @Test func aThreadKeepsToItsShare() async {
    await #expect(processExitsWith: .success) {
      let all = ProcessorInfo.allowed()
      try #require(!all.isEmpty)
      let count = all.count
      guard count > 1 else { return }
      let shares = ProcessorShares(workers: count)
      try #require(shares.shares == all.map { [$0] })
      final class Seen: @unchecked Sendable { var processors: [Int] = [] }
      let (seen, done) = (Seen(), DispatchSemaphore(value: 0))
      Thread {
        shares.adoptOnThisThread(worker: count - 1)
        seen.processors = ProcessorInfo.allowed()
        done.signal()
      }.start()
      done.wait()
      try #require(seen.processors == [all[count - 1]])
      try #require(ProcessorInfo.allowed() == all)
    }
  }
}

/// What the kernel says about the calling thread.
private enum ProcessorInfo {
  /// Its processors, from a line such as `Cpus_allowed_list: 0-3,8`.
  static func allowed() -> [Int] {
    guard let text = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") })
    else { return [] }
    return line.dropFirst(18).trimmingCharacters(in: .whitespaces).split(separator: ",").flatMap { part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      return ends.isEmpty ? [] : Array(ends[0]...ends[ends.count - 1])
    }
  }
}
