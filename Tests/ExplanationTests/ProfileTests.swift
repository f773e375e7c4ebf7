import Features
import Tensors
import TestSupport
import Testing

@testable import Explanation

@Suite(.tags(.hand, .reference)) struct ProfileTests {
  let centers = [100.0, 250, 2000, 3000]

  @Test func sharesByHand() {
    let map = Tensor([1, 1, 2, 2, 3, -5, 0, 1], shape: [4, 2])
    let bands = BandProfile(map: map, bandCentersHz: centers)
    #expect(bands.perBand == [0.2, 0.4, 0.3, 0.1])
    #expect(bands.low == 0.2)
    #expect(abs(bands.middle - 0.7) < 1e-12)
    #expect(bands.high == 0.1)
    #expect(!bands.isEmpty)
    #expect(TimeProfile(map: map).perFrame == [0.6, 0.4])
  }

  @Test func emptyMapsHaveNoShares() {
    let map = Tensor(repeating: -1, shape: [4, 2])
    let bands = BandProfile(map: map, bandCentersHz: centers)
    #expect(bands.isEmpty && bands.perBand == [0, 0, 0, 0] && bands.low + bands.middle + bands.high == 0)
    let time = TimeProfile(map: map)
    #expect(time.isEmpty && time.perFrame == [0, 0])
  }

  @Test func evenEvidenceHasTheSharesOfTheBands() {
    let profile = BandProfile(map: Tensor(repeating: 7, shape: [4, 3]), bandCentersHz: centers)
    #expect(profile == BandProfile.bandShares(bandCentersHz: centers))
    // librosa.mel_frequencies(130, fmin=0, fmax=11025)[1:-1]: 9 below 250 Hz, 55 between, 64 above 2 kHz.
    let librosa = BandProfile.bandShares(bandCentersHz: MelFilterBank(.mfcc128).centerHz)
    #expect(abs(librosa.low * 128 - 9) < 1e-9)
    #expect(abs(librosa.middle * 128 - 55) < 1e-9)
    #expect(abs(librosa.high * 128 - 64) < 1e-9)
  }

  @Test func scaleDoesNotMatter() {
    let map = Tensor.random([4, 9], seed: 1)
    let (one, other) = (TimeProfile(map: map), TimeProfile(map: map.map { 8 * $0 }))
    #expect(one == other)
    #expect(abs(one.perFrame.reduce(0, +) - 1) < 1e-12)
  }
}
