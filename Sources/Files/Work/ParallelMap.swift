import Foundation

/// `body` of 0 up to `count`, on all processors, in order. Not for work that starts threads itself, as networks do.
package func parallelMap<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Value) -> [Value] {
  var results = [Value?](repeating: nil, count: count)
  unsafe results.withUnsafeMutableBufferPointer { buffer in
    // Each place is written once, by one thread.
    nonisolated(unsafe) let places = unsafe buffer
    DispatchQueue.concurrentPerform(iterations: count) { index in
      unsafe places[index] = body(index)
    }
  }
  return results.compactMap(\.self)
}
