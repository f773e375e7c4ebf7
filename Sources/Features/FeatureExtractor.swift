public import Audio
public import Files
import Tensors

/// Computes feature maps by a spec: STFT, mel bank, logarithm and, for MFCC, the DCT.
///
/// ```swift
/// let extractor = try FeatureExtractor(.mfcc20)
/// for map in try extractor.maps(ofFile: "song.mp3", windows: .all) { print(map.startSeconds, map.values.shape) }
/// try extractor.forEachMap(ofFile: "long.flac", windows: .all) { print($0.paddedSeconds) }   // one map in memory
/// ```
///
/// It owns and reuses its FFT plan and buffers: create one for each thread and keep it. Not `Sendable`.
///
/// Definition (librosa 0.11's `melspectrogram`, `power_to_db`, `mfcc`): frame t covers samples
/// `t hop - n/2 ..< t hop + n/2` of the window, zeros beyond its ends; `P = |FFT(hann x)|^2`;
/// `L = 10 log10(max(mel P, 1e-10))`, raised to `max(L) - topDecibels` over the whole map; `MFCC = D L`. Other programs'
/// windows, frames, spectra and logarithms: ``Framing``, ``FrameWindow``, ``Logarithm``.
public final class FeatureExtractor {
  public let spec: FeatureSpec
  /// The mel bank of the spec.
  public let filterBank: MelFilterBank
  /// From mel bands to rows; nil where rows are bands.
  private let transform: MelTransform?
  private let fourier: FourierTransform
  let window: [Float]
  /// Whether frames are centred between zeros and only windowed, as librosa's.
  private let isPlain: Bool
  private var power: [Float]
  /// Mel values, frame by frame: `[T, M]`, filled up to a multiple of 8.
  private var mel: [Float]
  /// One window of samples, for reading files.
  var samples: [Float] = []
  /// The file of the last segment, open where it ends.
  var segmentedFile: SegmentedFile?

  /// Throws ``CodedError`` if the spec cannot be computed, or needs more than `MemoryLimit`.
  public init(_ spec: FeatureSpec) throws(CodedError) {
    try spec.validate()
    try spec.requireMemory()
    self.spec = spec
    filterBank = MelFilterBank(spec)
    transform = spec.melTransform
    fourier = FourierTransform(length: spec.fftLength)
    window = spec.window.samples(spec.frameLength)
    isPlain =
      spec.framing == .centered && spec.frameLength == spec.fftLength && !spec.removesMean
      && spec.preemphasis == 0
    power = [Float](repeating: 0, count: spec.fftLength / 2 + 1 + MelFilterBank.lanes)
    mel = [Float](repeating: 0, count: (spec.frameCount * spec.melBandCount + 7) / 8 * 8)
  }

  /// The periodic Hann window, `0.5 - 0.5 cos(2 pi n / length)`.
  static func hann(_ length: Int) -> [Float] { FrameWindow.hann.samples(length) }

  /// The map of one window of sound: its first ``FeatureSpec/sampleCount`` samples, with silence after a
  /// shorter one, recorded as ``FeatureMap/paddedSeconds``.
  ///
  /// Throws ``CodedError`` `unsupportedSamples` when powers overflow. Traps when the sample rate is not the
  /// spec's.
  ///
  /// - Parameter startSeconds: where the window starts in its track, for the record.
  public func map(of waveform: Waveform, startSeconds: Double = 0) throws(CodedError) -> FeatureMap {
    demand(
      waveform.sampleRateHz == spec.sampleRateHz,
      "waveform at \(waveform.sampleRateHz) Hz for a spec at \(spec.sampleRateHz) Hz")
    return try map(of: waveform.samples.span, startSeconds: startSeconds)
  }

  /// As ``map(of:startSeconds:)-(Waveform,_)``, from samples at the spec's rate.
  public func map(of samples: Span<Float>, startSeconds: Double = 0) throws(CodedError) -> FeatureMap {
    let count = min(samples.count, spec.sampleCount)
    unsafe samples.withUnsafeBufferPointer { unsafe melPower(of: .init(rebasing: $0[..<count])) }
    let largest = unsafe mel.withUnsafeMutableBufferPointer { unsafe spec.logarithm.apply(to: $0) }
    guard let largest else {
      throw CodedError(.unsupportedSamples, "samples are too large or not finite: their power overflows")
    }
    if let range = spec.topDecibels {
      unsafe mel.withUnsafeMutableBufferPointer { unsafe clampBelow(largest - Float(range), $0) }
    }
    return FeatureMap(
      values: transform.map(rows) ?? transposedMel(), spec: spec, startSeconds: startSeconds,
      paddedSeconds: Double(spec.sampleCount - count) / Double(spec.sampleRateHz))
  }

  /// Mel powers of all frames into `mel`.
  private func melPower(of samples: UnsafeBufferPointer<Float>) {
    let (frames, bands) = (spec.frameCount, spec.melBandCount)
    unsafe mel.withUnsafeMutableBufferPointer { mel in
      unsafe power.withUnsafeMutableBufferPointer { power in
        for frame in 0..<frames {
          if isPlain {
            unsafe loadFrame(startingAt: frame * spec.hopLength - spec.fftLength / 2, of: samples)
          } else {
            let start = frame * spec.hopLength + spec.firstFrameStart
            unsafe loadPreparedFrame(startingAt: start, of: samples, into: fourier.samples)
          }
          unsafe fourier.powerSpectrum(into: power.baseAddress!)
          if spec.spectrum == .magnitude {
            for bin in 0..<filterBank.binCount { unsafe power[bin].formSquareRoot() }
          }
          unsafe filterBank.apply(power.baseAddress!, into: mel.baseAddress! + frame * bands)
        }
        // What fills the last group of 8 must not be the largest.
        for index in frames * bands..<mel.count { unsafe mel[index] = 0 }
      }
    }
  }

  /// Windowed samples into the transform's input, zeros beyond the ends.
  private func loadFrame(startingAt start: Int, of samples: UnsafeBufferPointer<Float>) {
    let target = unsafe fourier.samples
    let first = min(max(0, -start), target.count)
    let end = max(first, min(target.count, samples.count - start))
    unsafe window.withUnsafeBufferPointer { window in
      for index in 0..<first { unsafe target[index] = 0 }
      for index in first..<end { unsafe target[index] = window[index] * samples[start &+ index] }
      for index in end..<target.count { unsafe target[index] = 0 }
    }
  }

  /// `P L`, shape `[F, T]`; P is the DCT for MFCC.
  private func rows(_ transform: MelTransform) -> Tensor {
    let (bins, frames, bands) = (spec.binCount, spec.frameCount, spec.melBandCount)
    let (matrix, mel) = (transform.matrix.values, mel)
    return Tensor(shape: [bins, frames]) { result in
      matrixProduct(
        matrix.span, mel.span, transposeB: true, rows: bins, columns: frames, inner: bands,
        into: &result)
    }
  }

  /// `L` with bands as rows, shape `[M, T]`.
  private func transposedMel() -> Tensor {
    let (frames, bands) = (spec.frameCount, spec.melBandCount)
    let mel = mel
    return Tensor(shape: [bands, frames]) { result in
      for band in 0..<bands {
        for frame in 0..<frames { result[band * frames + frame] = mel[frame * bands + band] }
      }
    }
  }
}
