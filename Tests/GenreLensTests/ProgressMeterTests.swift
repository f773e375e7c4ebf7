import GenreLens
import Testing

@Suite struct ProgressMeterTests {
  @Test func plainLinesEveryTwoSecondsOrTenPercent() {
    var meter = ProgressMeter(isTerminal: false)
    var lines: [String] = []
    for step in 0...1000 {
      // 20 s in all: 10 % is 2 s.
      if let text = meter.text(
        for: StageProgress("features", completed: step, of: 1000), at: Double(step) / 50)
      {
        lines.append(text)
      }
    }
    #expect(lines.count == 11)
    #expect(lines.first == "features: 0/1000 (0 %)\n")
    #expect(lines[5] == "features: 500/1000 (50 %), 0:10 left\n")
    #expect(lines.last == "features: 1000/1000 (100 %)\n")
    #expect(meter.finish() == nil)
  }

  @Test func fastStageStillSaysItsEnd() {
    var meter = ProgressMeter(isTerminal: false)
    let texts = (0...5).map {
      meter.text(for: StageProgress("maps", completed: $0, of: 5), at: Double($0) / 100)
    }
    #expect(texts == ["maps: 0/5 (0 %)\n", nil, nil, nil, nil, "maps: 5/5 (100 %)\n"])
    #expect(meter.text(for: StageProgress("maps", completed: 5, of: 5), at: 0.06) == nil)
  }

  @Test func barIsRedrawnInPlaceAndFits() {
    var meter = ProgressMeter(isTerminal: true, columns: 60)
    _ = meter.text(for: StageProgress("training", completed: 0, of: 100), at: 0)
    let text =
      meter.text(for: StageProgress("training", completed: 25, of: 100, note: "loss 0.31"), at: 5) ?? ""
    #expect(text.hasPrefix("\rtraining █") && text.hasSuffix("\u{1B}[K"))
    #expect(text.contains("25/100  ETA 0:15  loss 0.31"))
    #expect(text.count <= 60 + 1 + 3)
    // Another stage before the first has ended begins on a line of its own.
    let next = meter.text(for: StageProgress("explaining", completed: 0, of: 2), at: 5.01) ?? ""
    #expect(next.hasPrefix("\n\rexplaining"))
    #expect(meter.finish() == "\n" && meter.finish() == nil)
  }

  @Test func longTimesHaveHours() {
    var meter = ProgressMeter(isTerminal: false)
    _ = meter.text(for: StageProgress("features", completed: 0, of: 100), at: 0)
    let text = meter.text(for: StageProgress("features", completed: 1, of: 100), at: 40)
    #expect(text == "features: 1/100 (1 %), 1:06:00 left\n")
  }
}
