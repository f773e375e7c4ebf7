import Files
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Analysis

/// Pieces side by side with results in order, whatever happens on the way.
@Suite(.tags(.property)) struct OrderedWorkTests {
  /// Takes a moment that differs from piece to piece, so that pieces end in another order than they begin.
  private static func wait(_ piece: Int) { usleep(UInt32((piece * 7919) % 13) * 300) }

  @Test(arguments: [1, 2, 5]) func resultsComeInOrderAndOnce(threads: Int) throws {
    var (found, finished): ([Int], [Int]) = ([], [])
    try OrderedWork(threads: threads).run(
      60, job: Job(),
      { _, piece in
        Self.wait(piece)
        return piece * piece
      },
      finished: { piece, result in
        let value = try result.get()
        #expect(value == piece * piece)
        finished.append(piece)
      },
      each: { piece, result in
        #expect(found.count == piece)
        found.append(try result.get())
      })
    #expect(found == (0..<60).map { $0 * $0 } && finished.sorted() == Array(0..<60))
  }

  @Test func noPieceIsNoWork() throws {
    try OrderedWork(threads: 2).run(
      0, job: .cancelled, { _, piece in piece }, each: { _, _ in Issue.record("a piece") })
  }

  /// A worker belongs to one thread at a time and is used again: there are no more than threads.
  @Test func workersAreTakenInTurns() throws {
    final class Worker: Sendable {
      let isBusy = Atomic(false)
    }
    let made = Atomic(0)
    let work = try OrderedWork<Worker>(threads: 3) {
      made.add(1, ordering: .relaxed)
      return Worker()
    }
    try work.run(
      40, job: Job(),
      { worker, piece in
        let wasBusy = worker.isBusy.exchange(true, ordering: .relaxed)
        #expect(!wasBusy)
        Self.wait(piece)
        worker.isBusy.store(false, ordering: .relaxed)
      }, each: { _, result in try result.get() })
    let count = made.load(ordering: .relaxed)
    #expect((1...3).contains(count))
  }

  @Test func aWorkerThatCannotBeMadeIsSaidAtOnce() {
    let error = #expect(throws: CodedError.self) {
      try OrderedWork<Int> { throw CodedError(.badInput, "no worker") }
    }
    #expect(error == CodedError(.badInput, "no worker"))
  }

  /// A piece that fails is a result like any other.
  @Test func failuresAreHandedOut() throws {
    var words: [String] = []
    try OrderedWork(threads: 2).run(
      6, job: Job(),
      { _, piece in
        if piece % 2 == 1 { throw CodedError(.badInput, "piece \(piece)") }
        return "\(piece)"
      },
      each: { _, result in words.append((try? result.get()) ?? "failed") })
    #expect(words == ["0", "failed", "2", "failed", "4", "failed"])
  }

  /// What `each` or `finished` throws ends the work; no further piece begins.
  @Test(arguments: [true, false]) func whatTheCallerThrowsEndsIt(inOrder: Bool) {
    let begun = Atomic(0)
    func fail(_ piece: Int) throws { if piece == 3 { throw CodedError(.inputOutput, "full") } }
    let error = #expect(throws: CodedError.self) {
      try OrderedWork(threads: 2).run(
        500, job: Job(),
        { _, _ in
          begun.add(1, ordering: .relaxed)
          usleep(1000)
        },
        finished: { piece, _ in if !inOrder { try fail(piece) } },
        each: { piece, _ in if inOrder { try fail(piece) } })
    }
    #expect(error == CodedError(.inputOutput, "full"))
    let count = begun.load(ordering: .relaxed)
    #expect(count < 400)
  }

  /// Cancelled from anywhere it throws `interrupted`; what was handed out before is a beginning without a gap.
  @Test func aCancelledJobEndsIt() {
    let job = Job()
    var handedOut: [Int] = []
    let error = #expect(throws: CodedError.self) {
      try OrderedWork(threads: 2).run(
        500, job: job,
        { _, piece in
          if piece == 20 { job.cancel() }
          usleep(500)
        }, each: { piece, _ in handedOut.append(piece) })
    }
    #expect(error?.code == .interrupted)
    #expect(handedOut == Array(0..<handedOut.count) && handedOut.count < 400)
  }

  /// A piece that was left in the middle is no result.
  @Test func aPieceThatStoppedIsNotHandedOut() {
    var handedOut: [Int] = []
    let error = #expect(throws: CodedError.self) {
      try OrderedWork(threads: 1).run(
        10, job: Job(),
        { _, piece in if piece == 4 { throw CodedError(.interrupted, "stopped") } },
        each: { piece, _ in handedOut.append(piece) })
    }
    #expect(error?.code == .interrupted && handedOut == Array(0..<handedOut.count) && handedOut.count <= 4)
  }

  /// Pieces are parallel, not the kernels in them; a piece alone has all threads.
  @Test func kernelsHaveOneThreadAPiece() throws {
    for (count, expected) in [(1, 3), (4, 1)] {
      var threads: Set<Int> = []
      try ThreadPolicy.$threadsOfThisTask.withValue(3) {
        try OrderedWork(threads: 3).run(
          count, job: Job(), { _, _ in ThreadPolicy.kernelThreads },
          each: { _, result in threads.insert(try result.get()) })
      }
      #expect(threads == [expected], "\(count) pieces")
    }
  }
}
