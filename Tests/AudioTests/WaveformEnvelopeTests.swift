import Audio
import TestSupport
import Testing

@Suite(.tags(.hand)) struct WaveformEnvelopeTests {
  @Test func byHand() {
    let sound = Waveform(samples: [0, 1, -2, 3, -4, 5, 6], sampleRateHz: 8_000)
    // Columns of samples 0..<2, 2..<4, 4..<7.
    let envelope = sound.envelope(columns: 3)
    #expect(envelope.lows == [0, -2, -4] && envelope.highs == [1, 3, 6])
    #expect(envelope.count == 3 && envelope.peak == 6)
  }

  @Test(arguments: [1, 2, 7, 99, 100, 101, 3_000, 5_000]) func everySampleIsInside(columns: Int) {
    let sound = Waveform(samples: SyntheticSound.samples(count: 3_000), sampleRateHz: 22_050)
    let envelope = sound.envelope(columns: columns)
    #expect(envelope.count == columns)
    #expect(envelope.lows.min() == sound.samples.min() && envelope.highs.max() == sound.samples.max())
    for (index, sample) in sound.samples.enumerated() {
      // The columns that hold the sample: several where there are more columns than samples.
      let column = ((index + 1) * columns - 1) / sound.samples.count
      #expect(envelope.lows[column] <= sample && sample <= envelope.highs[column], "sample \(index)")
    }
  }

  @Test func nothingIsFlat() {
    let envelope = Waveform(samples: [], sampleRateHz: 8_000).envelope(columns: 2)
    #expect(envelope.lows == [0, 0] && envelope.highs == [0, 0] && envelope.peak == 0)
  }
}
