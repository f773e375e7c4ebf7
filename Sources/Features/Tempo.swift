public import Audio
public import Files
import Foundation

/// Beats per minute of a sound as a whole, from how its onsets repeat.
///
/// The autocorrelation of the onset strength in windows of 8 s (periodic Hann, one window centred on each frame, the sound
/// continued by straight lines down to 0 for half a window at either end), each divided by its largest magnitude, is averaged
/// over all frames: A(l) for lags of l frames. The tempo is 60 frames-per-second / l for the lag of largest
///
///     log(1 + 10^6 A(l)) - (log2(tempo) - log2(120))^2 / 2
///
/// below 320 beats per minute: `librosa.feature.tempo` of 0.11 with its defaults. Its steps are those of whole frames (at
/// 22 050 Hz and hop 512: 117.5, 123.0, 129.2 ...), and half or double of what a listener would tap is its usual mistake: use it
/// to sort tracks, not to label them.
///
/// Source: D. P. W. Ellis, "Beat Tracking by Dynamic Programming", 2007, doi:10.1080/09298210701653344.
enum TempoEstimation {
  /// Seconds of a window.
  static let windowSeconds = 8.0
  /// The tempo that is likeliest before anything is heard; the logarithm of base 2 deviates by 1.
  static let startBeatsPerMinute = 120.0
  static let limitBeatsPerMinute = 320.0

  /// nil where nothing repeats: no onset at all, or windows of fewer frames than a lag below the limit has.
  static func tempo(of onsets: OnsetStrength) -> Double? {
    guard onsets.values.contains(where: { $0 > 0 }) else { return nil }
    let length = Int(windowSeconds * Double(onsets.sampleRateHz)) / onsets.hopLength
    let strengths = meanAutocorrelation(of: onsets.values.map(Double.init), windowLength: length)
    var best: (beats: Double, value: Double)?
    for lag in stride(from: 1, to: length, by: 1) {
      let beats = 60 * Double(onsets.sampleRateHz) / Double(onsets.hopLength * lag)
      guard beats < limitBeatsPerMinute else { continue }
      let octaves = log2(beats) - log2(startBeatsPerMinute)
      let value = log1p(1e6 * strengths[lag]) - octaves * octaves / 2
      if value > best?.value ?? -.infinity { best = (beats, value) }
    }
    return best?.beats
  }

  /// The mean over all frames of the normalised autocorrelation of the window around each, for lags below `windowLength`.
  static func meanAutocorrelation(of values: [Double], windowLength length: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: length)
    guard length > 0, !values.isEmpty else { return sums }
    let half = length / 2
    // Straight lines from 0 to the ends' values, as NumPy's linear_ramp.
    let rise = (0..<half).map { values[0] * Double($0) / Double(half) }
    let fall = (0..<half).map { values[values.count - 1] * Double($0) / Double(half) }
    let padded = rise + values + fall.reversed()
    let window = (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)) }
    var (frame, product) = (sums, sums)
    for start in 0..<values.count {
      guard start + length <= padded.count else { break }
      for index in 0..<length { frame[index] = padded[start + index] * window[index] }
      correlate(frame, into: &product)
      let largest = product.reduce(0) { max($0, abs($1)) }
      guard largest > .leastNormalMagnitude else { continue }
      for lag in sums.indices { sums[lag] += product[lag] / largest }
    }
    return sums.map { $0 / Double(values.count) }
  }

  /// `product[l] = sum_i frame[i] frame[i + l]`. Lags run in the inner loop, so that it is one of vectors.
  private static func correlate(_ frame: [Double], into product: inout [Double]) {
    for lag in product.indices { product[lag] = 0 }
    unsafe frame.withUnsafeBufferPointer { frame in
      unsafe product.withUnsafeMutableBufferPointer { product in
        for first in 0..<frame.count {
          let value = unsafe frame[first]
          guard value != 0 else { continue }
          for lag in 0..<frame.count - first { unsafe product[lag] += value * frame[first &+ lag] }
        }
      }
    }
  }
}

extension OnsetStrength {
  /// Beats per minute, below 320; nil if there is no onset. See `Waveform.tempo()`. Cost: about 60 000 products for
  /// each frame at 22 050 Hz.
  public var tempo: Double? { TempoEstimation.tempo(of: self) }
}

extension Waveform {
  /// Beats per minute of the sound as a whole, from the repetition of its onsets: `librosa.feature.tempo` of 0.11 with its
  /// defaults, except that a sound without any onset, such as silence, has no tempo (nil; librosa returns 117.5).
  ///
  /// Coarse, and often half or twice the tempo that a listener would tap. Throws as ``OnsetStrength/init(_:)-(Waveform)``.
  public func tempo() throws(CodedError) -> Double? { try OnsetStrength(self).tempo }
}
