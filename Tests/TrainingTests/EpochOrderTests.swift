import Models
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite(.tags(.hand, .property)) struct EpochOrderTests {
  /// 13, 5 and 2 examples of three classes, at scattered numbers.
  private let labels = [0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 2, 1, 0, 9, 9]
  private let train = Array(0..<20)

  @Test func balancedEpochsDrawEveryClassEquallyOften() {
    let order = EpochOrder(train, labels: labels, balanced: true)
    #expect(order.count == 21)
    var seen: Set<Int> = []
    for epoch in 0..<6 {
      var generator = SeededGenerator(seed: 3, stream: UInt64(epoch))
      let examples = order.shuffled(using: &generator)
      #expect(examples.count == 21)
      for label in 0..<3 { #expect(examples.count { labels[$0] == label } == 7) }
      // Rare clips repeat evenly, frequent ones not at all.
      let times = Dictionary(grouping: examples) { $0 }.mapValues(\.count)
      #expect(
        times.allSatisfy { example, count in [[1], [1, 2], [3, 4]][labels[example]].contains(count) })
      seen.formUnion(examples)
    }
    #expect(seen == Set(train))
  }

  @Test(arguments: [true, false]) func sameSeedSameOrder(balanced: Bool) {
    let order = EpochOrder(train, labels: labels, balanced: balanced)
    let drawn = ([4, 4, 5] as [UInt64]).map { seed in
      var generator = SeededGenerator(seed: seed)
      return order.shuffled(using: &generator)
    }
    #expect(drawn[0] == drawn[1] && drawn[0] != drawn[2])
    if !balanced { #expect(drawn[0].sorted() == train) }
  }

  /// 20 windows of five recordings: 1, 2, 3, 6 and 8 of them.
  private let recordings = [1, 2, 3, 6, 8].enumerated().flatMap { [Int](repeating: $0, count: $1) }

  @Test(arguments: [0, 1, 3, 5, 9]) func eachRecordingIsDrawnEquallyOften(windows: Int) {
    let labels = recordings.map { $0 % 2 }
    for balanced in [false, true] {
      let order = EpochOrder(
        train, labels: labels, recordings: recordings, balanced: balanced, windows: windows)
      // The mean of 20 windows of five recordings.
      let wanted = windows == 0 ? 4 : windows
      // Of the classes with three and with two recordings each is drawn three times.
      #expect(order.windowsPerRecording == wanted && order.count == (balanced ? 6 : 5) * wanted)
      var seen: Set<Int> = []
      for epoch in 0..<40 {
        var generator = SeededGenerator(seed: 3, stream: UInt64(epoch))
        let drawn = order.shuffled(using: &generator)
        #expect(drawn.count == order.count)
        let times = Dictionary(grouping: drawn) { recordings[$0] }.mapValues(\.count)
        for recording in 0..<5 {
          let factors = balanced && recording % 2 == 1 ? [1, 2] : [1]
          #expect(factors.contains { times[recording] == $0 * wanted })
        }
        // No window twice where another one of its recording has not been drawn.
        for (example, count) in Dictionary(grouping: drawn, by: { $0 }).mapValues(\.count) {
          let own = [1, 2, 3, 6, 8][recordings[example]]
          let share = (times[recordings[example]] ?? 0) / own
          #expect(count == share || count == share + 1)
        }
        seen.formUnion(drawn)
      }
      #expect(seen == Set(train))
    }
  }

  /// Where each recording is one window, windows change nothing: the order is that of the examples.
  @Test(arguments: [true, false]) func singleWindowsAreDrawnAsExamples(balanced: Bool) {
    let plain = EpochOrder(train, labels: labels, balanced: balanced)
    let single = EpochOrder(train, labels: labels, recordings: Array(0..<22), balanced: balanced)
    for epoch: UInt64 in 1...3 {
      var (first, second) = (SeededGenerator(seed: 1, stream: epoch), SeededGenerator(seed: 1, stream: epoch))
      #expect(plain.shuffled(using: &first) == single.shuffled(using: &second))
      #expect(first.next() == second.next())
    }
  }

  @Test func balancedWeightsAreThoseOfScikitLearn() {
    // compute_class_weight("balanced", classes=[0, 1, 2], y=[0] * 13 + [1] * 5 + [2] * 2)
    let weights = ClassWeights.balanced.values(labels: [], counts: [13, 5, 2])
    #expect(weights == [0.512820512820513, 1.33333333333333, 3.33333333333333].map { Float($0 as Double) })
    #expect(ClassWeights.balanced.values(labels: [], counts: [3, 0, 3]) == [1, 0, 1])
    #expect(ClassWeights.explicit(["b": 2]).values(labels: ["a", "b"], counts: [1, 1]) == [1, 2])
    #expect(ClassWeights.none.values(labels: ["a"], counts: [1]) == nil)
  }
}
