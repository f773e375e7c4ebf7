import CFFTW
import Synchronization

/// A real Fourier transform and its inverse on buffers of its own (FFTW, single precision). Not for two threads at once.
@safe struct InvertibleTransform: ~Copyable {
  @safe private struct Plans: @unchecked Sendable {
    let forward: fftwf_plan
    let backward: fftwf_plan
  }

  /// Plans live as long as the process. The mutex is FFTW's: its planner is not thread-safe.
  private let plans: Plans
  private let length: Int
  private let samples: UnsafeMutablePointer<Float>
  private let spectrum: UnsafeMutablePointer<fftwf_complex>

  init(length: Int) {
    self.length = length
    unsafe samples = fftwf_alloc_real(length)
    unsafe spectrum = fftwf_alloc_complex(length / 2 + 1)
    let (samples, spectrum) = unsafe (samples, spectrum)
    plans = FourierTransform.withPlanner {
      unsafe Plans(
        forward: fftwf_plan_dft_r2c_1d(Int32(length), samples, spectrum, UInt32(FFTW_ESTIMATE)),
        backward: fftwf_plan_dft_c2r_1d(Int32(length), spectrum, samples, UInt32(FFTW_ESTIMATE)))
    }
  }

  deinit {
    let plans = plans
    FourierTransform.withPlanner {
      unsafe fftwf_destroy_plan(plans.forward)
      unsafe fftwf_destroy_plan(plans.backward)
    }
    unsafe fftwf_free(samples)
    unsafe fftwf_free(spectrum)
  }

  /// Sets the samples.
  func load(_ value: (Int) -> Float) {
    for index in 0..<length { unsafe samples[index] = value(index) }
  }

  func value(at index: Int) -> Float { unsafe samples[index] }

  /// Multiplies the spectrum of the samples by the gains.
  func filter(_ gains: [Float]) {
    unsafe fftwf_execute(plans.forward)
    let scale = 1 / Float(length)  // FFTW's inverse is not divided by the length
    for bin in 0...length / 2 {
      let gain = gains[bin] * scale
      let value = unsafe spectrum[bin]
      unsafe spectrum[bin] = (value.0 * gain, value.1 * gain)
    }
    unsafe fftwf_execute(plans.backward)
  }

  /// Transforms the samples and gives each value of the spectrum.
  func analyze(_ give: (_ bin: Int, _ real: Float, _ imaginary: Float) -> Void) {
    unsafe fftwf_execute(plans.forward)
    for bin in 0...length / 2 {
      let value = unsafe spectrum[bin]
      give(bin, value.0, value.1)
    }
  }

  /// Sets the samples to the inverse transform of a spectrum.
  func synthesize(_ value: (_ bin: Int) -> (real: Float, imaginary: Float)) {
    let scale = 1 / Float(length)
    for bin in 0...length / 2 {
      let (real, imaginary) = value(bin)
      unsafe spectrum[bin] = (real * scale, imaginary * scale)
    }
    unsafe fftwf_execute(plans.backward)
  }
}
