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
      let isLarge = byteCount >= 2 * Self.largePage
      unsafe address = .allocate(byteCount: byteCount, alignment: isLarge ? Self.largePage : 64)
      #if os(Linux)
        // Large pages: fewer first touches, and fewer addresses to translate. Where there are none, nothing changes.
        let adviseHugePages: Int32 = 14
        if isLarge {
          unsafe _ = madvise(address, byteCount / Self.largePage * Self.largePage, adviseHugePages)
        }
      #endif
    }

    private static let largePage = 1 << 21

    deinit {
      unsafe address.deallocate()
    }
  }

  private struct State {
    var free: [Block] = []
    /// In all blocks, free or in use.
    var byteCount = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Bytes in all blocks, free or in use.
  package var byteCount: Int { state.withLock { $0.byteCount } }

  /// Bytes in blocks that nobody uses now.
  package var freeByteCount: Int { state.withLock { $0.free.reduce(0) { $0 + $1.byteCount } } }

  /// The smallest free block that fits without wasting more than half of it, or a new one.
  ///
  /// A new block takes the place of the largest smaller free one of at least half its size, whose requests it can serve
  /// from then on. So requests that grow bit by bit (batches of 1, 2, 3, ...) do not leave all their sizes behind.
  func take(byteCount: Int) -> Block {
    let needed = max(64, byteCount)
    let reused = state.withLock { state -> Block? in
      var (best, replaced): (Int?, Int?) = (nil, nil)
      for (index, block) in state.free.enumerated() {
        let size = block.byteCount
        if size >= needed, size <= 2 * needed + 4096,
          best.map({ size < state.free[$0].byteCount }) ?? true
        {
          best = index
        }
        if size < needed, needed <= 2 * size, replaced.map({ size > state.free[$0].byteCount }) ?? true {
          replaced = index
        }
      }
      if let best { return state.free.remove(at: best) }
      if let replaced { state.byteCount -= state.free.remove(at: replaced).byteCount }
      state.byteCount += needed
      return nil
    }
    return reused ?? Block(byteCount: needed)
  }

  func give(_ block: Block) {
    state.withLock { $0.free.append(block) }
  }
}
