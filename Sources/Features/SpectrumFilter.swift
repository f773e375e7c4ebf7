import Files

/// A sound's short-time spectrum, multiplied cell by cell and transformed back into sound with its original phase.
///
/// Frames are those of ``FeatureExtractor``: frame t is centred at sample `t hop`, zeros beyond the ends, periodic Hann
/// window w. With gains G the result is the sound whose short-time spectrum is nearest to G X,
///
///     y[n] = sum_t w[n - t hop] ifft(G_t fft(w x)_t)[n - t hop]  /  sum_t w[n - t hop]^2
///
/// so gains of 1 reproduce x (within 1e-6 of its peak, in single precision) at any hop. The second window fades each frame in and
/// out, so gains that change from frame to frame cause no steps. The result is linear in G.
///
/// Source: D. W. Griffin and J. S. Lim, "Signal Estimation from Modified Short-Time Fourier Transform", 1984,
/// doi:10.1109/TASSP.1984.1164317.
public struct SpectrumFilter: Sendable {
  /// Length of one transform in samples.
  public let fftLength: Int
  /// Samples between frames.
  public let hopLength: Int
  /// Number of gains of one frame: `fftLength / 2 + 1`, from 0 Hz to half the sample rate.
  public var binCount: Int { fftLength / 2 + 1 }

  /// Traps unless `1 <= hopLength <= fftLength / 2` (the windows would leave gaps).
  public init(fftLength: Int, hopLength: Int) {
    demand(
      fftLength >= 2 && hopLength >= 1 && hopLength <= fftLength / 2,
      "transforms of \(fftLength) samples every \(hopLength)")
    self.fftLength = fftLength
    self.hopLength = hopLength
  }

  /// The filter on a spec's own frames, or, if they are further apart than a quarter of the transform, on frames a quarter apart.
  public init(_ spec: FeatureSpec) {
    self.init(fftLength: spec.fftLength, hopLength: max(1, min(spec.hopLength, spec.fftLength / 4)))
  }

  /// Number of frames for a sound: one more after its end, so that every sample is covered by two windows.
  public func frameCount(forSamples count: Int) -> Int {
    count > 0 ? 2 + (count - 1) / hopLength : 0
  }

  /// The filtered sound, as long as `samples`.
  ///
  /// `setGains` writes the ``binCount`` gains of a frame; it is called once for each frame, in order. Cost: two
  /// transforms for each frame.
  public func apply(
    to samples: [Float], gains setGains: (_ frame: Int, _ gains: inout MutableSpan<Float>) -> Void
  ) -> [Float] {
    let transform = InvertibleTransform(length: fftLength)
    let window = FeatureExtractor.hann(fftLength)
    var result = [Float](repeating: 0, count: samples.count)
    var weights = [Float](repeating: 0, count: samples.count)
    var gains = [Float](repeating: 0, count: binCount)
    for frame in 0..<frameCount(forSamples: samples.count) {
      var span = gains.mutableSpan
      setGains(frame, &span)
      let start = frame * hopLength - fftLength / 2
      let inside = max(0, -start)..<max(max(0, -start), min(fftLength, samples.count - start))
      transform.load { index in inside.contains(index) ? window[index] * samples[start + index] : 0 }
      transform.filter(gains)
      for index in inside {
        result[start + index] += window[index] * transform.value(at: index)
        weights[start + index] += window[index] * window[index]
      }
    }
    for index in result.indices { result[index] /= weights[index] }
    return result
  }
}
