public import Audio
import Files
import Foundation

extension Waveform {
  /// The sound slower (`rate` below 1) or faster, at the same pitch; `round(count / rate)` samples.
  ///
  /// A phase vocoder on frames of 2048 samples, 512 apart (periodic Hann window, centred, zeros beyond the ends), as in
  /// `librosa.effects.time_stretch` of 0.11 with these defaults. Output frame t represents the sound at frame `s = t rate`; with
  /// columns `A = X[floor(s)]`, `B = X[floor(s) + 1]` and `a = s - floor(s)` its spectrum is
  ///
  ///     Y_t = ((1 - a) |A| + a |B|) P_t,    P_0 = A_0 / |A_0|,    P_{t+1} = P_t (B / |B|) conj(A / |A|)
  ///
  /// librosa computes the phase as a sum of angles; the product is the same up to full turns and keeps its precision over any
  /// length, whereas angles in float32 lose it. Rate 1 returns the sound unchanged up to rounding. Transients are smeared, as
  /// with every plain phase vocoder. Cost: two transforms for each frame.
  ///
  /// Traps unless the rate is positive and finite. Source: J. L. Flanagan and R. M. Golden, "Phase Vocoder", 1966,
  /// doi:10.1002/j.1538-7305.1966.tb01706.x; the recurrence is D. P. W. Ellis's (2002).
  public func timeStretched(rate: Double) -> Waveform {
    demand(rate > 0 && rate.isFinite, "time stretch by a rate of \(rate)")
    let count = Int((Double(samples.count) / rate).rounded(.toNearestOrEven))
    guard !samples.isEmpty, count > 0 else { return Waveform(samples: [], sampleRateHz: sampleRateHz) }
    var vocoder = PhaseVocoder(samples)
    return Waveform(samples: vocoder.stretched(rate: rate, count: count), sampleRateHz: sampleRateHz)
  }
}

/// One sound on its way through the phase vocoder.
private struct PhaseVocoder: ~Copyable {
  private static let fftLength = 2048
  private static let hopLength = 512

  /// One frame's spectrum: magnitudes and unit phasors.
  private struct Column {
    var index = -1
    var magnitude: [Float]
    var real: [Float]
    var imaginary: [Float]

    init(binCount: Int) {
      (magnitude, real) = (Array(repeating: 0, count: binCount), Array(repeating: 1, count: binCount))
      imaginary = magnitude
    }
  }

  private let samples: [Float]
  private let transform = InvertibleTransform(length: fftLength)
  private let window = FeatureExtractor.hann(fftLength)
  private let columnCount: Int
  private let binCount = fftLength / 2 + 1
  private var first: Column
  private var second: Column

  init(_ samples: [Float]) {
    self.samples = samples
    columnCount = 1 + samples.count / Self.hopLength
    first = Column(binCount: binCount)
    second = first
  }

  mutating func stretched(rate: Double, count: Int) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    var weights = result
    first = column(0)
    var (real, imaginary) = (first.real, first.imaginary)
    for frame in 0..<Int((Double(columnCount) / rate).rounded(.up)) {
      let step = Double(frame) * rate
      move(to: Int(step))
      let share = Float(step - step.rounded(.down))
      let (first, second) = (first, second)
      transform.synthesize { bin in
        let magnitude = (1 - share) * first.magnitude[bin] + share * second.magnitude[bin]
        return (magnitude * real[bin], magnitude * imaginary[bin])
      }
      add(frame, to: &result, &weights)
      Self.turn(&real, &imaginary, by: second, from: first)
    }
    for index in result.indices where weights[index] > .leastNormalMagnitude {
      result[index] /= weights[index]
    }
    return result
  }

  /// Overlaps what the transform holds, windowed again, with what is there.
  private func add(_ frame: Int, to result: inout [Float], _ weights: inout [Float]) {
    let start = frame * Self.hopLength - Self.fftLength / 2
    let inside = max(0, -start)..<max(max(0, -start), min(Self.fftLength, result.count - start))
    for index in inside {
      result[start + index] += window[index] * transform.value(at: index)
      weights[start + index] += window[index] * window[index]
    }
  }

  /// `P <- P u conj(v)`, brought back to length 1 by a Newton step.
  private static func turn(
    _ real: inout [Float], _ imaginary: inout [Float], by next: Column, from last: Column
  ) {
    for bin in real.indices {
      let stepReal = next.real[bin] * last.real[bin] + next.imaginary[bin] * last.imaginary[bin]
      let stepImaginary = next.imaginary[bin] * last.real[bin] - next.real[bin] * last.imaginary[bin]
      let newReal = real[bin] * stepReal - imaginary[bin] * stepImaginary
      let newImaginary = real[bin] * stepImaginary + imaginary[bin] * stepReal
      let length = 1.5 - 0.5 * (newReal * newReal + newImaginary * newImaginary)
      (real[bin], imaginary[bin]) = (newReal * length, newImaginary * length)
    }
  }

  /// Makes ``first`` and ``second`` the columns at `index` and after it.
  private mutating func move(to index: Int) {
    if first.index != index { first = second.index == index ? second : column(index) }
    if second.index != index + 1 { second = column(index + 1) }
  }

  /// Computes a column; after the last they are 0, with an angle of 0.
  private func column(_ index: Int) -> Column {
    var column = Column(binCount: binCount)
    column.index = index
    guard index < columnCount else { return column }
    let start = index * Self.hopLength - Self.fftLength / 2
    transform.load { offset in
      samples.indices.contains(start + offset) ? window[offset] * samples[start + offset] : 0
    }
    transform.analyze { bin, real, imaginary in
      let magnitude = (real * real + imaginary * imaginary).squareRoot()
      column.magnitude[bin] = magnitude
      guard magnitude > .leastNormalMagnitude else { return }
      (column.real[bin], column.imaginary[bin]) = (real / magnitude, imaginary / magnitude)
    }
    return column
  }
}
