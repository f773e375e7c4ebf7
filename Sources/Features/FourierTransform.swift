import CFFTW
import Files
import Synchronization

/// Owner of the buffers for real Fourier transforms of one length (FFTW, single precision).
///
/// The plan is made once for each length and shared by all threads: FFTW's planner is not thread-safe and
/// is guarded by a mutex, executing a plan on one's own buffers is. Not for two threads at once.
@safe struct FourierTransform: ~Copyable {
  @safe private struct Plan: @unchecked Sendable {
    let pointer: fftwf_plan
  }

  /// Plans live as long as the process.
  private static let plans = Mutex<[Int: Plan]>([:])

  /// Runs `body` with FFTW's planner to itself, for making and destroying other plans.
  static func withPlanner<Value: Sendable>(_ body: () -> sending Value) -> Value {
    plans.withLock { _ in body() }
  }

  let length: Int
  /// `length` real samples; a transform may overwrite them.
  let samples: UnsafeMutableBufferPointer<Float>
  /// `length / 2 + 1` complex numbers, real and imaginary parts in turn.
  private let spectrum: UnsafeMutablePointer<fftwf_complex>
  private let plan: Plan

  /// Traps unless the length is positive.
  init(length: Int) {
    demand(length > 0, "a transform of \(length) samples")
    self.length = length
    let bins = length / 2 + 1
    unsafe samples = UnsafeMutableBufferPointer(start: fftwf_alloc_real(length), count: length)
    unsafe spectrum = fftwf_alloc_complex(bins)
    unsafe samples.update(repeating: 0)
    let (input, output) = unsafe (samples.baseAddress, spectrum)
    plan = Self.plans.withLock { plans in
      if let plan = plans[length] { return plan }
      // ESTIMATE: on real transforms of 2048 the measured plan was no faster and took 0.2 s to find.
      let plan = unsafe Plan(
        pointer: fftwf_plan_dft_r2c_1d(
          Int32(length), input, output, UInt32(FFTW_ESTIMATE) | UInt32(FFTW_DESTROY_INPUT)))
      plans[length] = plan
      return plan
    }
  }

  deinit {
    unsafe fftwf_free(samples.baseAddress)
    unsafe fftwf_free(spectrum)
  }

  /// Transforms ``samples`` and writes `|X[k]|^2` for k in 0...length / 2.
  func powerSpectrum(into power: UnsafeMutablePointer<Float>) {
    unsafe fftwf_execute_dft_r2c(plan.pointer, samples.baseAddress, spectrum)
    for bin in 0...length / 2 {
      let value = unsafe spectrum[bin]
      unsafe power[bin] = value.0 * value.0 + value.1 * value.1
    }
  }
}
