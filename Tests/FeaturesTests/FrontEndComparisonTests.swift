import Audio
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Features

/// A front end next to the map of the program that a network comes from.
@Suite(.tags(.property, .hostile)) struct FrontEndComparisonTests {
  private func sound(_ spec: FeatureSpec, seconds: Double) -> Waveform {
    Waveform(
      samples: SyntheticSound.samples(count: Int(seconds * Double(spec.sampleRateHz))),
      sampleRateHz: spec.sampleRateHz)
  }

  private func map(_ spec: FeatureSpec, of sound: Waveform) throws -> Tensor {
    try FeatureExtractor(spec).map(of: sound).values
  }

  private func comparison(_ spec: FeatureSpec, _ original: Tensor, _ sound: Waveform) throws
    -> FrontEndComparison
  {
    try FrontEndComparison(sound, original, spec: spec, path: "original.npy")
  }

  @Test func theSameFrontEndIsTheSame() throws {
    let sound = sound(.musicnn, seconds: 5)
    // The first window, the whole sound, a part of it; rows first, frames first, with axes of 1.
    var whole = FeatureSpec.musicnn
    whole.sampleCount = sound.samples.count
    for spec in [FeatureSpec.musicnn, whole, FeatureSpec.musicnn.cropped(toFrames: 50)] {
      let original = try map(spec, of: sound)
      let frames = original.shape[1]
      let turned = Tensor(shape: [1, frames, 96]) { values in
        for frame in 0..<frames {
          for row in 0..<96 { values[frame * 96 + row] = original[row, frame] }
        }
      }
      for original in [original, turned] {
        let found = try comparison(.musicnn, original, sound)
        #expect(found.isSame && (found.difference?.largest ?? 1) < 1e-6 && found.extents == (96, frames))
        #expect(
          found.difference?.standardization == nil && found.words.contains("the same numbers"))
      }
    }
  }

  /// Settings that nearly fit: the difference is seen, and the search finds the original's.
  @Test(arguments: [
    ("essentia-musicnn", "musicnn"), ("won-musicnn", "musicnn"), ("self-attention-tagger", "musicnn"),
    ("vggish", "yamnet"), ("kaldi-ast", "kaldi-ast"), ("panns", "panns"), ("kwt", "kwt"),
  ]) func whatNearlyFitsIsFound(truth: String, guess: String) throws {
    let original = try #require(FeatureSpec.named(truth)).cropped(toFrames: 90)
    var spec = try #require(FeatureSpec.named(guess))
    if truth == guess {
      // Two settings of the guess are wrong.
      (spec.window, spec.melNorm) = (.symmetricHamming, .sum)
    }
    let sound = sound(original, seconds: 2)
    let found = try comparison(spec, try map(original, of: sound), sound)
    #expect(!found.isSame && (found.difference?.largest ?? 1) > 1e-3)
    let refusal = found.refusal(guess, path: "original.npy")
    #expect(refusal.code == .otherFeatures && refusal.message.contains("above 0.001"))
    let nearest = try #require(try found.nearest())
    #expect(
      nearest.difference.largest <= 1e-3, "\(nearest.spec.differences(from: original, anyLength: true))")
    // What it prints makes the same front end again.
    let lines = nearest.spec.settings(from: .mfcc128)
    #expect(lines.contains { $0.hasPrefix("sampleRateHz: ") } && lines == lines.sorted())
  }

  /// Of another hop the front end does not make as many frames; the search finds it all the same.
  @Test func anotherHopIsFound() throws {
    var original = FeatureSpec.musicnn
    (original.hopLength, original.sampleCount) = (160, 40_000)
    let sound = sound(original, seconds: 2.5)
    let found = try comparison(.musicnn, try map(original, of: sound), sound)
    #expect(found.difference == nil && !found.isSame && found.words.contains("another hop"))
    #expect(found.refusal("musicnn", path: "x.npy").message.contains("another number of frames"))
    let nearest = try #require(try found.nearest())
    #expect(nearest.spec.hopLength == 160 && nearest.difference.largest < 1e-5)
  }

  @Test func aStandardisationIsNamed() throws {
    let spec = FeatureSpec.kaldiAST.cropped(toFrames: 100)
    let sound = sound(spec, seconds: 3)
    let original = try map(spec, of: sound).map { ($0 + 4.2677) / (2 * 4.5690) }
    let found = try comparison(.kaldiAST, original, sound)
    let (mean, deviation) = try #require(found.difference?.standardization)
    #expect(abs(mean + 4.2677) < 1e-3 && abs(deviation - 9.138) < 1e-3 && !found.isSame)
    #expect(found.isPublishedStandardization)
    #expect(found.difference?.standardizationWords?.contains("--mean -4.267") == true)
    let other = try comparison(.kaldiAST, original.map { $0 * 1.5 }, sound)
    #expect(other.difference?.standardization != nil && !other.isPublishedStandardization)
    // A scale below 0 is no standardisation.
    #expect(try comparison(.kaldiAST, original.map { -$0 }, sound).difference?.standardization == nil)
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    let sound = sound(.musicnn, seconds: 2)
    let cases: [(Tensor, CodedError.Code)] = [
      (Tensor(repeating: 1, shape: [96]), .wrongShape), (Tensor(repeating: 1, shape: [95, 20]), .wrongShape),
      (Tensor(repeating: 1, shape: [2, 96, 20]), .wrongShape),
      (Tensor(repeating: 1, shape: [96, 20]), .badInput),
      (Tensor(repeating: .nan, shape: [96, 20]), .notFinite),
    ]
    for (original, code) in cases {
      let error = #expect(throws: CodedError.self) { _ = try comparison(.musicnn, original, sound) }
      #expect(error?.code == code && error?.path == "original.npy")
    }
  }

  @Test func settingsAreWhatIsChanged() {
    #expect(FeatureSpec.mfcc128.settings(from: .mfcc128).isEmpty)
    #expect(
      FeatureSpec.yamnet.settings(from: .vggish) == ["logarithm: ln(x + 0.001)"])
    #expect(FeatureSpec.vggish.settings(from: .kaldiAST).contains("window: null"))
  }
}
