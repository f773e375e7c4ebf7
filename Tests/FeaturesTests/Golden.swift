import Audio
import Foundation
import Tensors
import TestSupport

/// A golden file's path.
func golden(_ name: String) throws -> URL {
  guard let url = Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil) else {
    throw CocoaError(.fileNoSuchFile)
  }
  return url
}

/// The frames that `columns` in generate.py keeps, row by row.
func keptColumns(_ map: Tensor) -> [Float] {
  let frames = map.shape[1]
  let kept = (0..<frames).filter { $0 % 5 == 0 || $0 < 2 || $0 >= frames - 2 }
  return (0..<map.shape[0]).flatMap { row in kept.map { map.values[row * frames + $0] } }
}

/// Samples at 22 050 Hz.
func sound(_ samples: [Float]) -> Waveform { Waveform(samples: samples, sampleRateHz: 22_050) }
