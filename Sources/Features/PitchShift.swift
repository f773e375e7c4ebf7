public import Audio
import Files
import Foundation

extension Waveform {
  /// The sound shifted up or down by semitones (12 per octave), with its length unchanged.
  ///
  /// Stretched in time by `r = 2^(-semitones / 12)` (``timeStretched(rate:)``), then resampled by the ratio r at soxr's
  /// "high" quality and cut or filled with silence to its own length: `librosa.effects.pitch_shift` of 0.11 with its
  /// defaults. 0 returns the sound unchanged up to rounding. Formants move with the pitch. Traps
  /// beyond 96 semitones.
  public func pitchShifted(semitones: Double) -> Waveform {
    demand((-96.0...96).contains(semitones), "pitch shift by \(semitones) semitones")
    let rate = pow(2, -semitones / 12)
    let stretched = timeStretched(rate: rate)
    var shifted = Resampler.resample(stretched.samples, ratio: rate)
    if shifted.count > samples.count { shifted.removeLast(shifted.count - samples.count) }
    shifted += Array(repeating: 0, count: samples.count - shifted.count)
    return Waveform(samples: shifted, sampleRateHz: sampleRateHz)
  }
}
