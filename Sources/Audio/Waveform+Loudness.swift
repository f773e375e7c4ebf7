import Foundation

extension Waveform {
  /// Loudness in LKFS with the weighting of ITU-R BS.1770-5 (head and low-frequency filter, "K-weighting"): a full-scale sine of
  /// 997 Hz has -3.01. It is one mean over the whole sound, without the gating that leaves out pauses. nil for silence.
  ///
  /// The two filters are those of the recommendation (given there at 48 kHz), computed for the sound's own rate; the first is
  /// left out if its corner frequency of 1 682 Hz is above 0.45 of the rate.
  public var loudness: Double? {
    var (head, low) = (Biquad.head(rateHz: Double(sampleRateHz)), Biquad.low(rateHz: Double(sampleRateHz)))
    var sum = 0.0
    for sample in samples {
      let weighted = low.next(head?.next(Double(sample)) ?? Double(sample))
      sum += weighted * weighted
    }
    guard sum > 0, sum.isFinite else { return nil }
    return -0.691 + 10 * log10(sum / Double(samples.count))
  }

  /// The largest magnitude of a sample; 0 if there is none.
  public var peak: Float { samples.reduce(0) { max($0, abs($1)) } }

  /// Every sample times a gain in dB.
  public func amplified(byDecibels decibels: Double) -> Waveform {
    let factor = Float(pow(10, decibels / 20))
    return Waveform(samples: samples.map { $0 * factor }, sampleRateHz: sampleRateHz)
  }

  /// The sound faded in from 0 and out to 0 along half a cosine, so that its ends do not click. If the sound is shorter than both
  /// fades, each is shortened to half of it.
  public func faded(seconds: Double) -> Waveform {
    let count = min(samples.count / 2, Int(max(0, seconds) * Double(sampleRateHz)))
    var result = samples
    for index in 0..<count {
      let gain = Float(0.5 - 0.5 * cos(.pi * Double(index) / Double(count)))
      result[index] *= gain
      result[samples.count - 1 - index] *= gain
    }
    return Waveform(samples: result, sampleRateHz: sampleRateHz)
  }
}

/// A recursive filter of second order, `a[0] = 1`.
private struct Biquad {
  let b: (Double, Double, Double)
  let a: (Double, Double)
  private var state = (0.0, 0.0)

  init(b: (Double, Double, Double), a: (Double, Double)) { (self.b, self.a) = (b, a) }

  mutating func next(_ input: Double) -> Double {
    let output = b.0 * input + state.0
    state = (b.1 * input - a.0 * output + state.1, b.2 * input - a.1 * output)
    return output
  }

  /// +4 dB above 1 682 Hz: the head. The analogue values of which BS.1770's table is the 48 kHz case (as libebur128 has them).
  static func head(rateHz: Double) -> Biquad? {
    let (corner, decibels, q) = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
    guard corner < 0.45 * rateHz else { return nil }
    let k = tan(.pi * corner / rateHz)
    let high = pow(10, decibels / 20)
    let band = pow(high, 0.4996667741545416)
    let a0 = 1 + k / q + k * k
    return Biquad(
      b: ((high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0),
      a: (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))
  }

  /// High pass at 38 Hz.
  static func low(rateHz: Double) -> Biquad {
    let (corner, q) = (38.13547087602444, 0.5003270373238773)
    let k = tan(.pi * corner / rateHz)
    let a0 = 1 + k / q + k * k
    return Biquad(b: (1, -2, 1), a: (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))
  }
}
