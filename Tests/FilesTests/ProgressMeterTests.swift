import Files
import TestSupport
import Testing

@Suite(.tags(.hand)) struct ProgressMeterTests {
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
    #expect(lines[5] == "features: 500/1000 (50 %), 50.0 a second, 0:10 left\n")
    #expect(lines.last == "features: 1000/1000 (100 %), 50.0 a second\n")
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
    #expect(text.contains("25/100  ETA 0:15  5.0 a second"))
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
    #expect(text == "features: 1/100 (1 %), 1.5 a minute, 1:06:00 left\n")
  }
}

extension ProgressMeterTests {
  private func epoch(_ number: Int, isEnd: Bool) -> StageProgress {
    var progress = StageProgress("training", completed: number * 10 - (isEnd ? 0 : 1), of: 100)
    progress.counter = "epoch \(number)/10"
    progress.figures = ["loss 0.412", "validation 0.391 93.1 %", "812 clips/s"]
    progress.isMilestone = isEnd
    return progress
  }

  @Test func milestonesHaveALineEachOffATerminal() {
    var meter = ProgressMeter(isTerminal: false)
    var lines: [String] = []
    for number in 1...10 {
      for isEnd in [false, true] {
        if let line = meter.text(for: epoch(number, isEnd: isEnd), at: Double(number) + (isEnd ? 0.5 : 0)) {
          lines.append(line)
        }
      }
    }
    #expect(lines.count == 10)
    #expect(lines[4] == "training: epoch 5/10, loss 0.412, validation 0.391 93.1 %, 812 clips/s, 0:06 left\n")
    #expect(lines[9] == "training: epoch 10/10, loss 0.412, validation 0.391 93.1 %, 812 clips/s\n")
  }

  @Test func shortEpochsAreNoFloodAndLongOnesNoSilence() {
    var meter = ProgressMeter(isTerminal: false)
    let many = (1...1000).compactMap {
      meter.text(for: epoch($0 % 9 + 1, isEnd: true), at: Double($0) / 1000)
    }
    #expect((4...6).contains(many.count))
    var slow = ProgressMeter(isTerminal: false)
    _ = slow.text(for: epoch(1, isEnd: true), at: 0)
    let lines = (1...100).compactMap { slow.text(for: epoch(2, isEnd: false), at: Double($0)) }
    #expect(lines.count == 3)
  }

  @Test func figuresGiveWayInNarrowTerminals() {
    for columns in 20...140 {
      var meter = ProgressMeter(isTerminal: true, columns: columns, hasBlocks: false)
      _ = meter.text(for: epoch(1, isEnd: false), at: 0)
      let text = meter.text(for: epoch(5, isEnd: true), at: 8) ?? ""
      let line = text.dropFirst().dropLast(3)
      #expect(text.hasPrefix("\r") && text.hasSuffix("\u{1B}[K"))
      #expect(line.count < columns && line.contains("epoch 5/10"), "\(line)")
      #expect(line.contains("#") == (columns >= 36), "\(columns): \(line)")
      #expect(line.contains("loss") == (columns >= 53), "\(columns): \(line)")
      #expect(line.contains("93.1") == (columns >= 78), "\(columns): \(line)")
      #expect(line.contains("clips/s") == (columns >= 91), "\(columns): \(line)")
    }
  }

  @Test func resumedStageCountsItsOwnTimeOnly() {
    var meter = ProgressMeter(isTerminal: false)
    _ = meter.text(for: epoch(8, isEnd: true), at: 0)
    #expect(meter.text(for: epoch(9, isEnd: true), at: 60)?.hasSuffix(", 1:00 left\n") == true)
  }
}
