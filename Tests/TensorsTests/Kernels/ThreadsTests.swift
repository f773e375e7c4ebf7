import CKernels
import Synchronization
import TestSupport
import Testing

@testable import Tensors

/// Units of work shared out among threads (`threads.c`).
@Suite(.tags(.property)) struct ThreadsTests {
  private final class Seen: Sendable { let calls = Mutex<[(unit: Int32, thread: Int32)]>([]) }

  @Test(arguments: [0, 1, 2, 3, 17, 1000], [1, 2, 3, 5] as [Int32])
  func eachUnitIsTakenOnce(units: Int32, threads: Int32) {
    let seen = Seen()
    unsafe gl_for_each(
      units, threads,
      { context, unit, thread in
        let seen = unsafe Unmanaged<Seen>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
        seen.calls.withLock { $0.append((unit, thread)) }
      }, Unmanaged.passUnretained(seen).toOpaque())
    let calls = seen.calls.withLock { $0 }
    #expect(calls.map(\.unit).sorted() == Array(0..<units))
    #expect(calls.allSatisfy { (0..<min(threads, max(units, 1))).contains($0.thread) })
  }

  @Test func whatTheProcessorCanRun() {
    // Products with AVX-512 are chosen where all other kernels are.
    #expect((gl_processor_level() != gl_none) == (gl_product_level() == 2))
  }
}
