public import Audio
public import Features
import Files
import Foundation
public import Tensors

/// A mask over mel bands and frames that can be applied to the sound itself.
///
/// Between the centres of two bands the gain is interpolated linearly: a bin's gain is the mean of the bands' values, weighted by
/// their triangular filters with peak 1. Below the lowest and above the highest centre it is that band's value; bins outside the
/// mel bank have ``unheardGain``. In time the gain is interpolated linearly between frames, and the windows of ``SpectrumFilter``
/// smooth it further.
public struct SpectralMask: Sendable, Equatable {
  /// Gain of each cell, shape `[M, T]`, row 0 the lowest band.
  public let values: Tensor
  /// The features whose bands and frames these are.
  public let spec: FeatureSpec
  /// Gain of frequencies outside the mel bank.
  public let unheardGain: Float

  /// Traps unless `values` is `[melBandCount, frameCount]` of a valid spec.
  public init(_ values: Tensor, spec: FeatureSpec, unheardGain: Float = 0) {
    demand(
      values.shape == [spec.melBandCount, spec.frameCount],
      "mask \(values.shape) for \(spec.melBandCount) bands and \(spec.frameCount) frames")
    self.values = values
    self.spec = spec
    self.unheardGain = unheardGain
  }

  /// 1 - mask: what the mask removes.
  public var complement: SpectralMask {
    SpectralMask(values.map { 1 - $0 }, spec: spec, unheardGain: 1 - unheardGain)
  }

  /// The mask raised to a floor: what it removes is only made quieter, by `decibels`.
  public func attenuatingRest(byDecibels decibels: Double) -> SpectralMask {
    let floor = Float(pow(10, -decibels / 20))
    let lift = { (gain: Float) in floor + (1 - floor) * gain }
    return SpectralMask(values.map(lift), spec: spec, unheardGain: lift(unheardGain))
  }

  /// The masked sound, with its original phase and length. See ``SpectrumFilter``; it is linear in the mask, so mask and
  /// ``complement`` add up to the sound. Traps unless the sound has the spec's sample rate. Before the centre of the first frame
  /// its gains are used, after the last one's its.
  public func apply(to sound: Waveform) -> Waveform {
    demand(
      sound.sampleRateHz == spec.sampleRateHz,
      "sound at \(sound.sampleRateHz) Hz for a mask at \(spec.sampleRateHz) Hz")
    let filter = SpectrumFilter(spec)
    let spread = BandSpread(spec)
    let (frames, bands, cells) = (spec.frameCount, spec.melBandCount, values.values)
    var column = [Float](repeating: 0, count: bands)
    let samples = filter.apply(to: sound.samples) { frame, gains in
      let position = Double(max(0, frame * filter.hopLength - spec.firstFrameCenter)) / Double(spec.hopLength)
      let first = min(Int(position), frames - 1)
      let (second, weight) = (min(first + 1, frames - 1), Float(position - Double(first)))
      for band in 0..<bands {
        let (here, there) = (cells[band * frames + first], cells[band * frames + second])
        column[band] = here + (there - here) * min(1, weight)
      }
      for bin in 0..<gains.count { gains[bin] = spread.gain(ofBin: bin, bands: column) ?? unheardGain }
    }
    return Waveform(samples: samples, sampleRateHz: sound.sampleRateHz)
  }
}

/// Which bands a bin's gain comes from.
private struct BandSpread {
  /// The two bands around each bin and the share of the second; nil outside the mel bank.
  private let taps: [(first: Int, second: Int, weight: Float)?]

  init(_ spec: FeatureSpec) {
    let bank = MelFilterBank(spec)
    let (centers, edges) = (bank.centerHz, bank.edgesHz)
    let binHz = Double(spec.sampleRateHz) / Double(spec.fftLength)
    var band = 0
    taps = (0..<bank.binCount).map { bin in
      let hz = Double(bin) * binHz
      // The outermost edges weigh nothing; half a bin of room keeps 0 Hz and half the rate with their neighbours.
      guard hz > edges[0] - binHz / 2, hz < edges[edges.count - 1] + binHz / 2 else { return nil }
      while band + 1 < centers.count, centers[band + 1] <= hz { band += 1 }
      guard hz > centers[band], band + 1 < centers.count else { return (band, band, 0) }
      return (band, band + 1, Float((hz - centers[band]) / (centers[band + 1] - centers[band])))
    }
  }

  func gain(ofBin bin: Int, bands: [Float]) -> Float? {
    taps[bin].map { bands[$0.first] + (bands[$0.second] - bands[$0.first]) * $0.weight }
  }
}
