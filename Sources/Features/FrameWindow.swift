import Files
import Foundation

/// The window that a frame's samples are multiplied by, of N samples.
///
/// The periodic ones repeat after N samples, as spectral analysis wants them (librosa, PyTorch, TensorFlow); the symmetric ones
/// end as they begin (Kaldi, Essentia, `scipy.signal.windows`).
public enum FrameWindow: String, Codable, Sendable, CaseIterable {
  /// `0.5 - 0.5 cos(2 pi n / N)`.
  case hann
  /// `0.5 - 0.5 cos(2 pi n / (N - 1))`.
  case symmetricHann
  /// `0.54 - 0.46 cos(2 pi n / N)`.
  case hamming
  /// `0.54 - 0.46 cos(2 pi n / (N - 1))`.
  case symmetricHamming
  /// `(0.5 - 0.5 cos(2 pi n / (N - 1)))^0.85`: Kaldi's own.
  case povey
  /// `0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N)`.
  case blackman
  /// `0.42 - 0.5 cos(2 pi n / (N - 1)) + 0.08 cos(4 pi n / (N - 1))`.
  case symmetricBlackman
  /// 1: samples as they are (`boxcar`, `ones`; what `torch.stft` takes where it is given no window).
  case rectangular

  /// Its samples. Traps unless `length` is positive.
  public func samples(_ length: Int) -> [Float] {
    demand(length > 0, "a window of \(length) samples")
    let isPeriodic = [.hann, .hamming, .blackman].contains(self)
    let period = Double(isPeriodic ? length : max(1, length - 1))
    return (0..<length).map { index in
      let cosine = cos(2 * .pi * Double(index) / period)
      return switch self {
      case .hann, .symmetricHann: Float(0.5 - 0.5 * cosine)
      case .hamming, .symmetricHamming: Float(0.54 - 0.46 * cosine)
      case .povey: Float(pow(0.5 - 0.5 * cosine, 0.85))
      // cos(2 a) = 2 cos(a)^2 - 1.
      case .blackman, .symmetricBlackman: Float(0.42 - 0.5 * cosine + 0.08 * (2 * cosine * cosine - 1))
      case .rectangular: 1
      }
    }
  }
}
