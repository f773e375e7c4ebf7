import Audio
import Features
import Foundation

/// Hands maps from the threads that compute them to the one that writes them: in the order of the files, whatever
/// order the threads work in, and never more than a few at a time.
///
/// A thread that is ahead of the file being written waits when ``limit`` maps lie here; the thread of that very file
/// always has room, so that the work cannot come to a halt.
final class OrderedMaps: @unchecked Sendable {
  /// What the writer gets, file by file: its maps, then how it ended.
  enum Event {
    case map(file: Int, FeatureMap, SoundHash?)
    case end(file: Int, (any Error)?, Origin)
  }

  /// Where a file's maps are from.
  struct Origin {
    /// What was read of the file, as far as that is known, and what was noticed about it.
    var reading = AudioReading()
    /// Whether the maps were taken from an earlier store.
    var isReused = false
    /// The maps stand in the partial store already; none are given.
    var kept: EarlierMaps.Entry?
    /// What the file holds, without its tags.
    var sound: SoundHash?
  }

  // Everything below is guarded by the condition's lock.
  private let condition = NSCondition()
  private let fileCount: Int
  private let limit: Int
  private var nextFile = 0
  private var head = 0
  private var waiting: [Int: [FeatureMap]] = [:]
  private var waitingCount = 0
  private var sounds: [Int: SoundHash] = [:]
  private var ended: [Int: (error: (any Error)?, origin: Origin)] = [:]
  private var isCancelled = false
  private var workers = 0

  init(fileCount: Int, limit: Int) {
    self.fileCount = fileCount
    self.limit = limit
  }

  private func locked<R>(_ body: () throws -> R) rethrows -> R {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return try body()
  }

  // MARK: - For the threads that compute

  func workerStarts() { locked { workers += 1 } }
  func workerEnds() { locked { workers -= 1 } }

  /// The next file nobody has taken; nil when there is none or the work was cancelled.
  func take() -> Int? {
    locked {
      guard !isCancelled, nextFile < fileCount else { return nil }
      defer { nextFile += 1 }
      return nextFile
    }
  }

  /// Says what a file holds, before its maps are given.
  func note(_ sound: SoundHash?, file: Int) { locked { sounds[file] = sound } }

  /// Gives one map of a file, in time order; waits for room. Throws `CancellationError` when the work was cancelled.
  func push(_ map: FeatureMap, file: Int) throws {
    try locked {
      while !isCancelled, (file == head ? waiting[file]?.count ?? 0 : waitingCount) >= limit {
        condition.wait()
      }
      guard !isCancelled else { throw CancellationError() }
      waiting[file, default: []].append(map)
      waitingCount += 1
    }
  }

  /// Says that a file is done, or what was wrong with it.
  func end(file: Int, _ error: (any Error)?, _ origin: Origin = Origin()) {
    locked { ended[file] = (error, origin) }
  }

  // MARK: - For the one that writes

  /// What comes next in the order of the files; nil after the last. Throws `CancellationError` soon after `isStopped`
  /// says so.
  func next(isStopped: () -> Bool) throws -> Event? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if isStopped() { throw CancellationError() }
      if head == fileCount { return nil }
      if let maps = waiting[head], let first = maps.first {
        waiting[head] = Array(maps.dropFirst())
        waitingCount -= 1
        condition.broadcast()
        return .map(file: head, first, sounds[head])
      }
      if let outcome = ended.removeValue(forKey: head) {
        defer { head += 1 }
        waiting[head] = nil
        condition.broadcast()
        var origin = outcome.origin
        origin.sound = sounds.removeValue(forKey: head)
        return .end(file: head, outcome.error, origin)
      }
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
    }
  }

  /// Stops the threads and waits until the last one is through with what it has in hand.
  func stop() {
    condition.lock()
    isCancelled = true
    condition.broadcast()
    while workers > 0 { condition.wait() }
    condition.unlock()
  }
}
