import Files

/// Where the frames of a window of sound are, and what they hear beyond its ends.
public enum Framing: String, Codable, Sendable, CaseIterable {
  /// Frame t is centred at sample `t hop`; beyond the ends are zeros. librosa's `center=True` (0.10 and later).
  case centered
  /// Frame t is centred at sample `t hop`; beyond the ends the sound is mirrored at its first and last sample. PyTorch's
  /// `center=True`, librosa's before 0.10.
  case mirrored
  /// Frame t begins at sample `t hop`, and all frames lie within the window of sound. TensorFlow, Kaldi (`snip_edges`), and
  /// `center=False` with a window as long as the transform.
  case inside
  /// The transform of frame t begins at sample `t hop`, and all transforms lie within the window of sound; a shorter
  /// ``FeatureSpec/windowLength`` is in their middle. librosa's and PyTorch's `center=False`.
  case uncentered
  /// Frame t is centred at sample `t hop`; beyond the ends the sound is mirrored between samples, so that the first and the last one
  /// are heard twice. librosa's `pad_mode="symmetric"`.
  case symmetric
  /// Frame t is centred at sample `t hop`; beyond the ends the first and the last sample are repeated. librosa's
  /// `pad_mode="edge"`.
  case repeated

  /// Whether frame t is centred at sample `t hop`.
  public var isCentered: Bool { self != .inside && self != .uncentered }
}

extension FeatureSpec {
  /// Samples that one frame hears: ``windowLength``, or the length of the transform.
  public var frameLength: Int { windowLength ?? fftLength }

  /// Frames of one window: `1 + sampleCount / hopLength` (431 by default), or as many as lie within it. A centred transform of odd
  /// length reaches one sample further after its centre than padding does.
  public var frameCount: Int { 1 + max(0, sampleCount - leastSampleCount) / hopLength }

  /// Samples of the shortest window that has a frame; none where frames are centred and of even length.
  var leastSampleCount: Int {
    switch framing {
    case .inside: frameLength
    case .uncentered: fftLength
    case .centered, .mirrored, .symmetric, .repeated: fftLength % 2
    }
  }

  /// The sample at the centre of frame 0: 0, or half a frame where frames lie within the window.
  public var firstFrameCenter: Int { framing.isCentered ? 0 : leastSampleCount / 2 }

  /// Samples of the shortest window of `count` frames.
  func sampleCount(ofFrames count: Int) -> Int {
    max(1, (count - 1) * hopLength + leastSampleCount)
  }

  /// The first sample that frame 0 hears; before the window's first where frames are centred.
  var firstFrameStart: Int {
    switch framing {
    case .inside: 0
    case .uncentered: (fftLength - frameLength) / 2
    case .centered, .mirrored, .symmetric, .repeated: (fftLength - frameLength) / 2 - fftLength / 2
    }
  }
}

extension FeatureExtractor {
  /// One frame's samples into the transform's input, with all that ``FeatureSpec`` may demand: mirrored ends, a window shorter
  /// than the transform, the mean taken off, preemphasis. What is left of the input is zeros; where in it the frame lies changes
  /// no magnitude.
  ///
  /// Preemphasis is Kaldi's, within the frame: `x[n] - c x[n - 1]`, `x[0] - c x[0]`.
  func loadPreparedFrame(
    startingAt start: Int, of samples: UnsafeBufferPointer<Float>,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    let length = spec.frameLength
    if start >= 0, start + length <= samples.count {
      for index in 0..<length { unsafe target[index] = samples[start &+ index] }
    } else {
      for index in 0..<length { unsafe target[index] = sample(start + index, of: samples) }
    }
    if spec.removesMean {
      var sum: Float = 0
      for index in 0..<length { unsafe sum += target[index] }
      let mean = sum / Float(length)
      for index in 0..<length { unsafe target[index] -= mean }
    }
    if spec.preemphasis != 0 {
      let share = Float(spec.preemphasis)
      for index in stride(from: length - 1, to: 0, by: -1) {
        unsafe target[index] -= share * target[index - 1]
      }
      unsafe target[0] -= share * target[0]
    }
    unsafe window.withUnsafeBufferPointer { window in
      for index in 0..<length { unsafe target[index] *= window[index] }
    }
    for index in length..<target.count { unsafe target[index] = 0 }
  }

  /// A sample of the window: silence after a short sound; beyond the window's ends what ``Framing`` says.
  private func sample(_ index: Int, of samples: UnsafeBufferPointer<Float>) -> Float {
    let last = spec.sampleCount - 1
    let index =
      switch spec.framing {
      case .mirrored: index < 0 ? -index : index > last ? 2 * last - index : index
      case .symmetric: index < 0 ? -1 - index : index > last ? 2 * last + 1 - index : index
      case .repeated: min(max(index, 0), last)
      case .centered, .inside, .uncentered: index
      }
    return samples.indices.contains(index) ? unsafe samples[index] : 0
  }
}
