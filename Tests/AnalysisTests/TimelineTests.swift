import Analysis
import TestSupport
import Testing

@Suite(.tags(.hand)) struct TimelineTests {
  private static func timeline(
    _ probabilities: [Double], seconds: Double = 2, hop: Double = 2, end: Double? = nil
  ) -> Timeline {
    let windows = probabilities.enumerated().map { index, probability in
      let start = Double(index) * hop
      return Timeline.Window(
        startSeconds: start, endSeconds: min(start + seconds, end ?? .infinity),
        probabilities: [probability, 1 - probability])
    }
    return Timeline(labels: ["a", "b"], windows: windows, hopSeconds: hop)
  }

  private static func spans(_ segments: [TimelineSegment]) -> [String] {
    segments.map { "\($0.label) \($0.startSeconds)-\($0.endSeconds)" }
  }

  @Test func windowsBesideEachOtherAreTheirOwnCells() {
    let cells = Self.timeline([0.9, 0.2, 0.6], end: 5).cells
    #expect(cells.map(\.startSeconds) == [0, 2, 4])
    #expect(cells.map(\.endSeconds) == [2, 4, 5])
    #expect(cells.map { $0.probabilities[0] } == [0.9, 0.2, 0.6])
  }

  /// Windows of 3 s each second: the middle of 0 to 3 is 1.5, so that it speaks up to 2, the next one from 2 to 3.
  @Test func overlappingWindowsSpeakForOneHopAboutTheirMiddle() {
    let cells = Self.timeline([0.1, 0.2, 0.3, 0.4], seconds: 3, hop: 1).cells
    #expect(cells.map(\.startSeconds) == [0, 2, 3, 4])
    #expect(cells.map(\.endSeconds) == [2, 3, 4, 6])
  }

  @Test func whatWasNotHeardBelongsToNoWindow() {
    let timeline = Self.timeline([0.9, 0.8], seconds: 1, hop: 5)
    #expect(timeline.cells.map(\.startSeconds) == [0, 5])
    #expect(timeline.cells.map(\.endSeconds) == [1, 6])
    #expect(Self.spans(timeline.segments()) == ["a 0.0-1.0", "a 5.0-6.0"])
  }

  @Test func noWindowsNoSegments() {
    let empty = Timeline(labels: ["a"], windows: [], hopSeconds: 1)
    #expect(empty.segments().isEmpty)
    #expect(empty.endSeconds == 0)
  }

  /// 0.48 to 0.52 is a lead of 0.04 and changes nothing at a margin of 0.1; 0.44 to 0.56 is one of 0.12 and does.
  @Test func theClassChangesOnlyWhereAnotherIsAheadByTheMargin() throws {
    let timeline = Self.timeline([0.7, 0.48, 0.52, 0.44, 0.54, 0.56])
    #expect(Self.spans(timeline.segments()) == ["a 0.0-6.0", "b 6.0-10.0", "a 10.0-12.0"])
    #expect(
      Self.spans(timeline.segments(SegmentRule(margin: 0)))
        == ["a 0.0-2.0", "b 2.0-4.0", "a 4.0-6.0", "b 6.0-8.0", "a 8.0-12.0"])
    let first = try #require(timeline.segments().first)
    #expect(abs(first.probability - (0.7 + 0.48 + 0.52) / 3) < 1e-12)
    #expect(abs(first.margin - (2 * first.probability - 1)) < 1e-12)
  }

  /// The short b in the middle lies between two a: all three become one. The short b at the end has one neighbour only.
  @Test func shortSegmentsJoinTheMoreProbableNeighbour() throws {
    let timeline = Self.timeline([0.9, 0.9, 0.2, 0.9, 0.9, 0.1])
    let segments = timeline.segments(SegmentRule(minimumSeconds: 3))
    #expect(Self.spans(segments) == ["a 0.0-12.0"])
    #expect(abs(try #require(segments.first).probability - (4 * 0.9 + 0.2 + 0.1) / 6) < 1e-12)
    #expect(Self.spans(timeline.segments(SegmentRule(minimumSeconds: 2))).count == 4)
  }

  @Test func aShortSegmentBetweenTwoOthersGoesToTheOneMoreProbableInIt() {
    let rows = [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.5, 0.4], [0.1, 0.1, 0.8], [0.1, 0.1, 0.8]]
    let windows = rows.enumerated().map { index, row in
      Timeline.Window(
        startSeconds: Double(index), endSeconds: Double(index + 1), probabilities: row)
    }
    let timeline = Timeline(labels: ["a", "b", "c"], windows: windows, hopSeconds: 1)
    #expect(Self.spans(timeline.segments()) == ["a 0.0-2.0", "b 2.0-3.0", "c 3.0-5.0"])
    #expect(
      Self.spans(timeline.segments(SegmentRule(minimumSeconds: 1.5))) == ["a 0.0-2.0", "c 2.0-5.0"])
  }

  /// Whatever the probabilities: segments cover what was heard once, in order, neighbours differ, none is too short but where
  /// it is alone.
  @Test(arguments: 0..<40) func segmentsCoverTheTimeOnce(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    let count = 1 + Int(next() * 60)
    let hop = 0.1 + next() * 3
    let timeline = Self.timeline((0..<count).map { _ in next() }, seconds: 3, hop: min(hop, 3))
    let rule = SegmentRule(margin: next() * 0.5, minimumSeconds: next() * 10)
    let segments = timeline.segments(rule)
    #expect(segments.first?.startSeconds == 0)
    #expect(segments.last?.endSeconds == timeline.endSeconds)
    for (one, other) in zip(segments, segments.dropFirst()) {
      #expect(abs(one.endSeconds - other.startSeconds) < 1e-9)
      #expect(one.label != other.label)
    }
    if segments.count > 1 { #expect(segments.allSatisfy { $0.seconds >= rule.minimumSeconds - 1e-6 }) }
  }
}
