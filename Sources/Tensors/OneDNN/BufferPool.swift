import Foundation
import Synchronization

/// Memory blocks that are handed out and come back, so that a step touches no fresh pages.
///
/// A first touch of fresh memory costs microseconds a page; a training step would pay it for every activation. Blocks
/// return by themselves when their ``NativeMemory`` goes.
package final class BufferPool: Sendable {
  /// A block of 64-byte aligned memory.
  @safe final class Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
      self.byteCount = byteCount
      unsafe address = .allocate(byteCount: byteCount, alignment: 64)
    }

    deinit {
      unsafe address.deallocate()
    }
  }

  private let free = Mutex<[Block]>([])

  package init() {}

  /// The smallest free block that fits without wasting more than half of it, or a new one.
  func take(byteCount: Int) -> Block {
    let needed = max(64, byteCount)
    let reused = free.withLock { free -> Block? in
      var best: Int?
      for index in free.indices
      where free[index].byteCount >= needed && free[index].byteCount <= 2 * needed + 4096 {
        if best == nil || free[index].byteCount < free[best ?? 0].byteCount { best = index }
      }
      return best.map { free.remove(at: $0) }
    }
    return reused ?? Block(byteCount: needed)
  }

  func give(_ block: Block) {
    free.withLock { $0.append(block) }
  }
}
