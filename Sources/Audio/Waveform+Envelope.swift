import Files

extension Waveform {
  /// The lowest and highest sample of each of `columns` sections of equal length.
  ///
  /// Column c covers the samples from `floor(c n / columns)` up to, but not including, `floor((c + 1) n / columns)` of n; if that
  /// is empty, because there are more columns than samples, it covers the one at its start. Every sample counts in at least one
  /// column, so the largest of all highs is that of the sound. A sound without samples has zeros. Cost: one pass over the
  /// samples.
  ///
  /// Traps unless there is at least one column.
  public func envelope(columns: Int) -> WaveformEnvelope {
    demand(columns > 0, "an envelope of \(columns) columns")
    var lows = [Float](repeating: 0, count: columns)
    guard !samples.isEmpty else { return WaveformEnvelope(lows: lows, highs: lows) }
    var highs = lows
    for column in 0..<columns {
      let start = Self.scaled(samples.count, column, columns)
      let end = max(start + 1, Self.scaled(samples.count, column + 1, columns))
      var (low, high) = (samples[start], samples[start])
      for index in start..<end {
        let sample = samples[index]
        low = min(low, sample)
        high = max(high, sample)
      }
      (lows[column], highs[column]) = (low, high)
    }
    return WaveformEnvelope(lows: lows, highs: highs)
  }

  /// `floor(count part / whole)` without overflow.
  private static func scaled(_ count: Int, _ part: Int, _ whole: Int) -> Int {
    let product = count.multipliedFullWidth(by: part)
    return whole.dividingFullWidth(product).quotient
  }
}
