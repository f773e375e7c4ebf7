import Files

/// Mono sound: samples nominally within -1...1 at one rate.
///
/// ```swift
/// let sound = try Waveform.load(path: "song.mp3", sampleRateHz: 22_050, startSeconds: 30, seconds: 10)
/// print(sound.seconds, sound.peak)
/// try sound.writeWAV(to: "cut.wav", encoding: .pcm16)
/// ```
///
/// Samples may be beyond -1...1 and are not clipped, since decoders of lossy formats produce such values and features are
/// computed from them. This type is for sound that fits into memory; the windows of a track come from ``WindowStream``.
public struct Waveform: Sendable, Equatable {
  /// The samples, in time order.
  public var samples: [Float]
  /// Samples per second, in Hz.
  public let sampleRateHz: Int

  /// Traps when the rate is not positive.
  public init(samples: [Float], sampleRateHz: Int) {
    demand(sampleRateHz > 0, "sample rate \(sampleRateHz) Hz")
    self.samples = samples
    self.sampleRateHz = sampleRateHz
  }

  /// Length in seconds.
  public var seconds: Double { Double(samples.count) / Double(sampleRateHz) }
}
