import Tensors
import TestSupport
import Testing

@testable import Jobs

/// The evidence of all windows over a track.
@Suite(.tags(.hand)) struct TrackEvidenceTests {
  @Test func silenceBehindTheSoundIsNoEvidence() {
    var evidence = TrackEvidence(binCount: 2, secondsPerFrame: 0.5)
    evidence.add(Tensor([1, 2, 3, 4, -5, 6], shape: [2, 3]), startSeconds: 0, heardSeconds: 1.5)
    evidence.add(Tensor([10, 10, 10, 20, 20, 20], shape: [2, 3]), startSeconds: 1, heardSeconds: 1)
    #expect(evidence.map.shape == [2, 4])
    #expect(Array(evidence.map.values) == [1, 2, 6.5, 10, 4, 0, 13, 20])
    #expect(evidence.perFrame == [2.5, 1, 9.75, 15] && evidence.counts == [1, 1, 2, 1])
  }

  /// A stretch far into a long sound takes the memory of the stretch.
  @Test func evidenceBeginsWithItsFirstWindow() {
    var evidence = TrackEvidence(binCount: 2, secondsPerFrame: 0.5)
    for start in [5_000_000.0, 5_000_001] {
      evidence.add(Tensor([1, 2, 3, 4, -5, 6], shape: [2, 3]), startSeconds: start, heardSeconds: 1.5)
    }
    #expect(evidence.frames.count == 5 && evidence.startSeconds == 5_000_000)
    #expect(Array(evidence.map.values) == [1, 2, 2, 2, 3, 4, 0, 5, 0, 6])
  }

  /// Windows far apart take the memory of the windows: what lies between is left out, and drawn as empty.
  @Test func windowsFarApartLeaveOutWhatLiesBetween() {
    var evidence = TrackEvidence(binCount: 2, secondsPerFrame: 0.5)
    for start in [0.0, 1, 1e7] {
      evidence.add(Tensor([1, 2, 3, 4, -5, 6], shape: [2, 3]), startSeconds: start, heardSeconds: 1.5)
    }
    #expect(evidence.frames == [0, 1, 2, 3, 4, 20_000_000, 20_000_001, 20_000_002])
    #expect(evidence.leftOutCount == 20_000_003 - 8 && evidence.seconds == 10_000_001.5)
    #expect(evidence.counts == [1, 1, 2, 1, 1, 1, 1, 1])
    #expect(Array(evidence.map.values) == [1, 2, 2, 2, 3, 1, 2, 3, 4, 0, 5, 0, 6, 4, 0, 6])
    #expect(evidence.perFrame == [2.5, 1, 3.5, 1, 4.5, 2.5, 1, 4.5])
    let drawn = evidence.overTime(columnCount: 100)
    #expect(drawn.shape == [2, 100] && drawn[0, 0] == 2 && drawn[1, 99] == Float(10) / 3)
    #expect(drawn.values.count { $0 != 0 } == 4)
    // A gap of some windows is in the map, as zeros.
    var near = TrackEvidence(binCount: 1, secondsPerFrame: 0.5)
    for start in [3.0, 6] {
      near.add(Tensor([1, 2, 3], shape: [1, 3]), startSeconds: start, heardSeconds: 1)
    }
    #expect(near.frames == Array(6...13) && near.leftOutCount == 0)
    #expect(Array(near.map.values) == [1, 2, 0, 0, 0, 0, 1, 2] && near.counts == [1, 1, 0, 0, 0, 0, 1, 1])
    #expect(near.overTime(columnCount: 4) == near.map)
  }
}
