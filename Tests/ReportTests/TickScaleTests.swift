import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct TickScaleTests {
  @Test func roundNumbersWithinTheEnds() {
    #expect(TickScale(low: 0, high: 10, count: 5).ticks.map(\.label) == ["0", "2", "4", "6", "8", "10"])
    #expect(TickScale(low: -0.31, high: 0.31, count: 3).ticks.map(\.label) == ["−0.25", "0.00", "0.25"])
    #expect(TickScale(low: -80, high: 0, count: 4).ticks.map(\.label) == ["−80", "−60", "−40", "−20", "0"])
  }

  @Test func smallAndLargeNumbersShareAFactor() {
    let small = TickScale(low: 0, high: 4.2e-5, count: 4)
    #expect(small.ticks.map(\.label) == ["0", "2", "4"] && small.factor == "×10⁻⁵")
    let large = TickScale(low: 0, high: 12_345, count: 3)
    #expect(large.ticks.map(\.label) == ["0.0", "0.5", "1.0"] && large.factor == "×10⁴")
  }

  @Test(arguments: [1e-30, 3e-7, 0.0009, 0.5, 7, 40, 99, 900, 7e9, 1e300])
  func everyRangeHasAtLeastTwoMarksInside(high: Double) {
    for (low, count) in [(0, 3), (-high, 3), (-high / 7, 5), (high / 3, 6)] {
      let ticks = TickScale(low: low, high: high, count: count).ticks
      #expect((2...12).contains(ticks.count), "\(low)...\(high): \(ticks)")
      let slack = (high - low) * 1e-6
      #expect(ticks.allSatisfy { $0.position >= low - slack && $0.position <= high + slack })
    }
  }

  @Test func hostileEndsDoNotTrap() {
    for (low, high) in [
      (0.0, 0.0), (.nan, 1), (0, .infinity), (5, 1), (-.greatestFiniteMagnitude, .greatestFiniteMagnitude),
    ] {
      #expect(TickScale(low: low, high: high, count: 4).ticks.count <= 1)
    }
  }

  @Test func axesCountCells() {
    // 431 frames of 512 samples at 22 050 Hz.
    let time = FigureAxis.seconds(frameCount: 431, secondsPerFrame: 512.0 / 22_050)
    #expect(time.ticks.map(\.label) == ["0", "2", "4", "6", "8"])
    let twoSeconds: Double = 2 * 22_050 / 512 + 0.5
    #expect(abs(time.ticks[1].position - twoSeconds) < 1e-9)
    #expect(FigureAxis.quefrency(binCount: 20).ticks.map(\.label) == ["0", "5", "10", "15"])
    #expect(FigureAxis.quefrency(binCount: 128).ticks.first?.position == 0.5)
    // Centres 100, 300, ..., 1900 Hz: 500 Hz is row 2, 1 kHz is between rows 4 and 5.
    let mel = FigureAxis.mel(centersHz: stride(from: 100.0, to: 2000, by: 200).map { $0 })
    #expect(mel.ticks.map(\.label) == ["100", "250", "500", "1k"])
    #expect(mel.ticks.map(\.position) == [0.5, 1.25, 2.5, 5])
  }
}
