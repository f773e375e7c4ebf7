import COneDNN
import COpenBLAS
import Foundation
import Synchronization

/// How many threads the numerical kernels use: the one place that sets oneDNN's (libgomp) and OpenBLAS's pools.
///
/// Files are parallel by task and kernels by rows; to do both at once would ask for the product. Work that runs many
/// files side by side therefore sets ``kernelThreads`` to 1, training leaves it at the number of processors.
public enum ThreadPolicy {
  private static let threads = Mutex<Int>(ProcessInfo.processInfo.activeProcessorCount)

  /// Threads of each kernel call, at least 1. The default is the number of processors.
  public static var kernelThreads: Int {
    get { threads.withLock { $0 } }
    set {
      let count = max(1, newValue)
      threads.withLock { $0 = count }
      openblas_set_num_threads(Int32(count))
    }
  }

  /// Tells libgomp, whose count belongs to the calling thread, how many threads to use. Kernels call it on entry.
  ///
  /// A compiled kernel must run with the number of threads it was compiled for, so the caller names it.
  package static func adoptOnThisThread(_ count: Int) {
    omp_set_num_threads(Int32(count))
  }
}
