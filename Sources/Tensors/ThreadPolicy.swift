import COneDNN
import Foundation
import Synchronization

/// How many threads the numerical kernels use: the only place that sets the thread pool (libgomp's) of our kernels and of oneDNN.
///
/// Files are parallelised by task and kernels by rows; doing both at once would use the product of the two. Work that processes
/// many files in parallel therefore declares it, and matrix products use one thread until it is done; training uses all threads.
public enum ThreadPolicy {
  private struct State {
    var threads = ThreadPolicy.threads(asked: ProcessInfo.processInfo.environment["OMP_NUM_THREADS"])
    /// Runs under way that work on many files side by side.
    var fileParallelRuns = 0
  }

  private static let state = Mutex(State())

  /// Threads of the kernels that the current task calls, in place of ``kernelThreads``, which belongs to the process.
  @TaskLocal package static var threadsOfThisTask: Int?

  /// Threads of each kernel call, at least 1. The default is the number of processors that the process may use, or the value of
  /// the environment variable `OMP_NUM_THREADS`. No result depends on it, except that of a training without AVX-512.
  public static var kernelThreads: Int {
    get { threadsOfThisTask ?? state.withLock { $0.threads } }
    set { state.withLock { $0.threads = max(1, newValue) } }
  }

  /// Threads of a matrix product now: one while files are worked on side by side.
  static var productThreads: Int {
    state.withLock { $0.fileParallelRuns > 0 ? 1 : threadsOfThisTask ?? $0.threads }
  }

  /// What `OMP_NUM_THREADS` asks for (of a list the first number, as in OpenMP); the number of processors where it says
  /// nothing that makes sense.
  static func threads(asked text: String?) -> Int {
    let number = text?.split(separator: ",").first.flatMap { Int($0) } ?? 0
    return (1...1024).contains(number) ? number : ProcessInfo.processInfo.activeProcessorCount
  }

  /// Begins work on many files side by side; ``leaveFileParallelRun()`` ends it. Runs may overlap.
  package static func enterFileParallelRun() {
    state.withLock { $0.fileParallelRuns += 1 }
  }

  /// Ends what ``enterFileParallelRun()`` began.
  package static func leaveFileParallelRun() {
    state.withLock { $0.fileParallelRuns -= 1 }
  }

  /// Tells libgomp, whose count belongs to the calling thread, how many threads to use. Kernels call it on entry.
  ///
  /// A compiled kernel must run with the number of threads it was compiled for, so the caller names it.
  package static func adoptOnThisThread(_ count: Int) {
    omp_set_num_threads(Int32(count))
  }
}
