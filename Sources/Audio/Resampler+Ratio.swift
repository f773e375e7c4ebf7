import CSoxr
import Files

extension Resampler {
  /// Resamples a whole sound by a ratio of output to input rate, which need not be rational; `ceil(count ratio)`
  /// samples, as `librosa.resample(res_type="soxr_hq")` gives. Traps unless `1 / 256 <= ratio <= 256`.
  public static func resample(_ samples: [Float], ratio: Double) -> [Float] {
    demand((1 / 256.0...256).contains(ratio), "resampling by \(ratio)")
    guard ratio != 1, !samples.isEmpty else { return samples }
    var result = [Float](repeating: 0, count: Int((Double(samples.count) * ratio).rounded(.up)))
    var io = unsafe soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var quality = unsafe soxr_quality_spec(UInt(SOXR_HQ), 0)
    var runtime = unsafe soxr_runtime_spec(1)
    var (consumed, produced) = (0, 0)
    let count = result.count
    let failure = unsafe samples.withUnsafeBufferPointer { input in
      unsafe result.withUnsafeMutableBufferPointer { output in
        unsafe soxr_oneshot(
          1, ratio, 1, input.baseAddress, input.count, &consumed, output.baseAddress, count, &produced, &io,
          &quality, &runtime)
      }
    }
    // Nothing but memory can fail here: the ratio is one that libsoxr takes.
    demand(unsafe failure == nil, "libsoxr refuses a ratio of \(ratio)")
    return result
  }
}
