import COneDNN
import COpenBLAS
import Foundation
import Synchronization

/// How many threads the numerical kernels use: the one place that sets oneDNN's (libgomp) and OpenBLAS's pools.
///
/// Files are parallel by task and kernels by rows; to do both at once would ask for the product. Work that runs many
/// files side by side therefore says so, and matrix products use one thread until it is done; training uses all.
public enum ThreadPolicy {
  private struct State {
    var threads = ProcessInfo.processInfo.activeProcessorCount
    /// Runs under way that work on many files side by side.
    var fileParallelRuns = 0

    /// Of matrix products.
    var productThreads: Int { fileParallelRuns > 0 ? 1 : threads }

    func apply() { openblas_set_num_threads(Int32(productThreads)) }
  }

  private static let state = Mutex(State())

  /// Threads of the kernels that the current task calls, in place of ``kernelThreads``, which belongs to the process.
  @TaskLocal package static var threadsOfThisTask: Int?

  /// Threads of each kernel call, at least 1. The default is the number of processors.
  public static var kernelThreads: Int {
    get { threadsOfThisTask ?? state.withLock { $0.threads } }
    set {
      state.withLock { state in
        state.threads = max(1, newValue)
        state.apply()
      }
    }
  }

  /// Threads of a matrix product now: one while files are worked on side by side.
  static var productThreads: Int {
    state.withLock { $0.fileParallelRuns > 0 ? 1 : threadsOfThisTask ?? $0.threads }
  }

  /// Begins work on many files side by side; ``leaveFileParallelRun()`` ends it. Runs may overlap.
  package static func enterFileParallelRun() {
    state.withLock { state in
      state.fileParallelRuns += 1
      state.apply()
    }
  }

  /// Ends what ``enterFileParallelRun()`` began.
  package static func leaveFileParallelRun() {
    state.withLock { state in
      state.fileParallelRuns -= 1
      state.apply()
    }
  }

  /// Tells libgomp, whose count belongs to the calling thread, how many threads to use. Kernels call it on entry.
  ///
  /// A compiled kernel must run with the number of threads it was compiled for, so the caller names it.
  package static func adoptOnThisThread(_ count: Int) {
    omp_set_num_threads(Int32(count))
  }
}
