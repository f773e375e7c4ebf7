import Files
import Foundation

/// The window that a frame's samples are multiplied by, of N samples.
///
/// The periodic ones repeat after N samples, as spectral analysis wants them (librosa, PyTorch, TensorFlow); the symmetric ones
/// end as they begin (Kaldi, Essentia).
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

  /// Its samples. Traps unless `length` is positive.
  public func samples(_ length: Int) -> [Float] {
    demand(length > 0, "a window of \(length) samples")
    let isPeriodic = self == .hann || self == .hamming
    let period = Double(isPeriodic ? length : max(1, length - 1))
    return (0..<length).map { index in
      let cosine = cos(2 * .pi * Double(index) / period)
      return switch self {
      case .hann, .symmetricHann: Float(0.5 - 0.5 * cosine)
      case .hamming, .symmetricHamming: Float(0.54 - 0.46 * cosine)
      case .povey: Float(pow(0.5 - 0.5 * cosine, 0.85))
      }
    }
  }
}
