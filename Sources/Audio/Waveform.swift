import Files

/// Mono sound: samples nominally within -1...1 at one rate.
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
