import Audio
import Features
import TestSupport
import Testing

@Suite(.tags(.hand)) struct FeatureSpecDifferencesTests {
  @Test func whatGivesTheSameNumbersDiffersInNothing() {
    var other = FeatureSpec.mfcc20
    #expect(other.differences(from: .mfcc20).isEmpty && other.presetName == "mfcc20")
    // Half the sample rate is the default.
    other.maximumHz = 11_025
    #expect(other != .mfcc20 && other.differences(from: .mfcc20).isEmpty)
  }

  @Test func everySettingCounts() {
    let changes: [(String, (inout FeatureSpec) -> Void)] = [
      ("kind is melDecibels, not mfcc", { $0.kind = .melDecibels }),
      ("binCount is 13, not 20", { $0.binCount = 13 }),
      ("coefficientCount is 20, not none", { $0.coefficientCount = 20 }),
      ("sampleRateHz is 16000, not 22050", { $0.sampleRateHz = 16_000 }),
      ("sampleCount is 66151, not 66150", { $0.sampleCount = 66_151 }),
      ("fftLength is 1024, not 2048", { $0.fftLength = 1024 }),
      ("hopLength is 256, not 512", { $0.hopLength = 256 }),
      ("melBandCount is 64, not 128", { $0.melBandCount = 64 }),
      ("minimumHz is 20.5, not 0", { $0.minimumHz = 20.5 }),
      ("maximumHz is 8000, not 11025", { $0.maximumHz = 8000 }),
      ("topDecibels is none, not 80", { $0.topDecibels = nil }),
      ("mono is left, not mean", { $0.mono = .left }),
    ]
    for (words, change) in changes {
      var other = FeatureSpec.mfcc20
      change(&other)
      #expect(other.differences(from: .mfcc20).contains(words), "\(words)")
      #expect(other.presetName == nil)
      // In a stretch of a longer map all but the window's length counts.
      #expect(other.differences(from: .mfcc20, anyLength: true).isEmpty == words.hasPrefix("sampleCount"))
    }
    #expect(FeatureSpec.smel20.differences(from: .mfcc20).count == 2)
  }
}
