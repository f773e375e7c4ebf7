import CAffinity

/// The processors that this process may run on, dealt out to workers like cards.
///
/// Some kernels keep all runnable threads on one processor while others idle. A worker that may only run on its own
/// share cannot be put on the processor of another one; within its share the kernel is free. With as many workers as
/// processors each has one of its own.
struct ProcessorShares: Sendable, Equatable {
  /// Processor numbers of each worker; empty when there is nothing to deal out: one worker, or more workers than
  /// processors.
  let shares: [[Int]]

  init(workers: Int, processors: [Int]) {
    guard workers > 1, workers <= processors.count else {
      shares = []
      return
    }
    shares = (0..<workers).map { worker in
      stride(from: worker, to: processors.count, by: workers).map { processors[$0] }
    }
  }

  /// Bytes of a set of processors: room for 8192 of them, more than any kernel here knows.
  private static let setByteCount = 1024

  /// Shares of the processors that the calling thread may run on: the limits of containers and of `taskset` hold.
  init(workers: Int) {
    var set = [UInt8](repeating: 0, count: Self.setByteCount)
    let isKnown = unsafe genrelens_get_affinity(0, set.count, &set) == 0
    self.init(
      workers: workers,
      processors: isKnown ? (0..<8 * set.count).filter { set[$0 / 8] & 1 << UInt8($0 % 8) != 0 } : [])
  }

  /// Keeps the calling thread, which must be the worker's own, on its share. Without effect where that is refused.
  func adoptOnThisThread(worker: Int) {
    guard shares.indices.contains(worker) else { return }
    var set = [UInt8](repeating: 0, count: Self.setByteCount)
    for processor in shares[worker] { set[processor / 8] |= 1 << UInt8(processor % 8) }
    _ = unsafe genrelens_set_affinity(0, set.count, set)
  }
}
