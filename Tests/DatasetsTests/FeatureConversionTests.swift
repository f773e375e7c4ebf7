import Audio
import Features
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand, .property)) struct FeatureConversionTests {
  private var sound: Waveform {
    var generator = SeededGenerator(seed: 5)
    return Waveform(
      samples: (0..<66_150).map { Float(sin(Double($0) * 0.03)) * 0.3 + 0.1 * generator.normal() },
      sampleRateHz: 22_050)
  }

  /// What is converted equals what is computed from the sound.
  @Test(
    arguments: [
      ("mfcc", 128, nil, "mfcc", 20, nil), ("mfcc", 128, nil, "melDecibels", 128, nil),
      ("melDecibels", 128, nil, "mfcc", 40, nil), ("mfcc", 20, nil, "smoothedMelDecibels", 20, 20),
      ("melDecibels", 128, nil, "smoothedMelDecibels", 64, 30),
      ("mfcc", 128, nil, "smoothedMelDecibels", 32, 12),
    ] as [(String, Int, Int?, String, Int, Int?)])
  func conversionIsExtraction(
    kind: String, bins: Int, coefficients: Int?, wantedKind: String, wantedBins: Int, wantedCoefficients: Int?
  ) throws {
    func spec(_ kind: String, _ bins: Int, _ coefficients: Int?) throws -> FeatureSpec {
      var spec = FeatureSpec.mfcc20
      (spec.kind, spec.binCount) = (try #require(FeatureSpec.Kind(rawValue: kind)), bins)
      spec.coefficientCount = coefficients
      try spec.validate()
      return spec
    }
    let (source, target) = (
      try spec(kind, bins, coefficients), try spec(wantedKind, wantedBins, wantedCoefficients)
    )
    let conversion = try FeatureConversion(from: source, to: target, path: "x.npy")
    let converted = conversion.convert(try FeatureExtractor(source).map(of: sound).values)
    let wanted = try FeatureExtractor(target).map(of: sound).values
    #expect(converted.shape == wanted.shape)
    // Coefficients reach 1000, their float32 steps 6e-5; a sum of 128 of them comes to a few thousandths.
    expectClose(converted.values, wanted.values, absolute: 5e-3)
  }

  @Test func mapsOfAnotherFrontEndAreRefused() throws {
    func refusal(_ change: (inout FeatureSpec) -> Void) -> String {
      var other = FeatureSpec.mel128
      change(&other)
      do {
        _ = try FeatureConversion(from: .mel128, to: other, path: "x.npy")
        return ""
      } catch { return error.message }
    }
    #expect(refusal { $0.window = .hamming }.contains("window"))
    #expect(refusal { $0.framing = .mirrored }.contains("framing"))
    #expect(refusal { $0.melScale = .htk }.contains("melScale"))
    #expect(refusal { ($0.kind, $0.logarithm) = (.logMel, .offset(1)) }.contains("logarithm"))
    #expect(refusal { ($0.kind, $0.cosineScaling) = (.mfcc, .uniform) }.contains("another scale"))
    // Bands of one logarithm and all their coefficients are one map.
    var (bands, coefficients) = (FeatureSpec.vggish, FeatureSpec.vggish)
    coefficients.kind = .mfcc
    bands.windowLength = 400
    let map = try FeatureExtractor(bands).map(
      of: Waveform(samples: Array(sound.samples.prefix(15_600)), sampleRateHz: 16_000)
    ).values
    let there = try FeatureConversion(from: bands, to: coefficients, path: "x.npy").convert(map)
    let back = try FeatureConversion(from: coefficients, to: bands, path: "x.npy").convert(there)
    expectClose(back.values, map.values, absolute: 1e-4)
  }

  @Test func whatIsNotThereIsRefused() {
    func refusal(_ source: FeatureSpec, _ target: FeatureSpec) -> String {
      do {
        _ = try FeatureConversion(from: source, to: target, path: "x.npy")
        return ""
      } catch { return error.message }
    }
    var short = FeatureSpec.mfcc128
    short.sampleCount = 66_150
    #expect(refusal(.mfcc20, short).contains("it has 20 coefficients, the wanted maps need 128"))
    #expect(refusal(.mfcc20, .mel128).contains("sampleCount"))
    var other = FeatureSpec.mfcc20
    other.topDecibels = nil
    #expect(refusal(.mfcc20, other).contains("topDecibels"))
    #expect(refusal(.smel20, .mfcc20).contains("smoothed"))
    #expect(refusal(.smel20, .smel20).isEmpty)
  }

  /// On mel rows a gain is the same on all of them and a tilt a sum of slow waves; both constant in time.
  @Test func levelAndColourOfMelRows() throws {
    var spec = FeatureSpec.smel20
    spec.sampleCount = 512 * 7
    let frames = spec.frameCount
    let axis = MelAxis(spec: spec, deviations: Tensor(repeating: 3, shape: [20, 1]))
    func changed(_ change: (inout Augmentation) -> Void) -> [Float] {
      var augmentation = Augmentation()
      change(&augmentation)
      var (batch, targets) = (Tensor(shape: [1, 1, 20, frames]), Tensor(shape: [1, 2]))
      var generator = SeededGenerator(seed: 3)
      augmentation.apply(to: &batch, targets: &targets, using: &generator, melAxis: axis)
      for row in 0..<20 {
        #expect(Set(batch.values[row * frames..<(row + 1) * frames]).count == 1)
      }
      return (0..<20).map { batch.values[$0 * frames] }
    }
    let level = changed { $0.gain = 2 }
    #expect(Set(level).count == 1 && level[0] != 0)
    let colour = changed { ($0.tilt, $0.tiltBins) = (2, 3) }
    // Cosines of order 1 to 3 and nothing else: orthogonal to the constant and to order 4.
    for order in [0, 4, 5] {
      let projection = colour.enumerated().reduce(0.0) {
        $0 + Double($1.element) * cos(.pi * Double(order) * (Double($1.offset) + 0.5) / 20)
      }
      #expect(abs(projection) < 1e-4)
    }
    #expect(colour.contains { abs($0) > 0.1 })
  }
}
