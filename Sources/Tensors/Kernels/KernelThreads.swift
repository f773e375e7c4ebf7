import CKernels

/// Work on the threads that the C kernels and oneDNN use.
package enum KernelThreads {
  /// Calls with ranges that make up `0 ..< count`, each of `chunk` numbers but the last, on up to `threads` threads.
  ///
  /// The ranges do not depend on the number of threads. What one call writes, no other may read.
  package static func forEachRange(
    of count: Int, chunk: Int, threads: Int, _ body: (Range<Int>) -> Void
  ) {
    let units = (count + chunk - 1) / chunk
    guard units > 1, threads > 1 else {
      for unit in 0..<units { body(unit * chunk..<min(count, (unit + 1) * chunk)) }
      return
    }
    withoutActuallyEscaping(body) { body in
      var work = Work { unit in body(unit * chunk..<min(count, (unit + 1) * chunk)) }
      unsafe withUnsafeMutablePointer(to: &work) { address in
        unsafe gl_for_each(
          Int32(units), Int32(threads),
          { context, unit, _ in
            unsafe context.unsafelyUnwrapped.assumingMemoryBound(to: Work.self).pointee.run(Int(unit))
          }, address)
      }
    }
  }

  private struct Work {
    let run: (Int) -> Void
  }
}
