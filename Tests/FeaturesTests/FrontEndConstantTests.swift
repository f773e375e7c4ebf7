import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Features

/// A front end that is compared with the original's golden map: a preset, or librosa with settings of which nothing is a preset.
struct ComparedFrontEnd: CustomTestStringConvertible, Sendable {
  let name: String
  let spec: FeatureSpec
  /// At most 3e-4 of the range of the map. Where nothing is added to the mel values and no range is cut off, bands that are 1e-10 of
  /// the loudest hold the noise of single precision on both sides.
  let tolerance: Float

  var testDescription: String { name }

  static let presets: [ComparedFrontEnd] = [
    ("musicnn", 1e-5), ("essentia-musicnn", 1e-4), ("won-tagger", 2e-2), ("won-musicnn", 2e-2),
    ("self-attention-tagger", 2e-4), ("choi", 2e-4), ("kwt", 2e-3), ("vggish", 1e-4), ("yamnet", 1e-4),
    ("panns", 1e-2), ("kaldi-ast", 1e-3),
  ].map { ComparedFrontEnd(name: $0.0, spec: FeatureSpec.named($0.0) ?? .mfcc20, tolerance: $0.1) }

  /// Settings are those of Golden/front-librosa.json.
  static let ofLibrosa: [ComparedFrontEnd] = {
    let tolerances: [String: Float] = [
      "librosa-whisper": 1e-4, "librosa-log1p": 1e-4, "librosa-uncentered": 1e-3, "librosa-loudest": 2e-3,
      "librosa-odd": 1e-4, "librosa-amplitude": 2e-3, "librosa-mfcc13": 1e-3,
    ]
    guard let data = try? Data(contentsOf: golden("front-librosa.json")),
      let specs = try? JSONDecoder().decode([String: FeatureSpec].self, from: data)
    else { return [] }
    return specs.sorted { $0.key < $1.key }.map {
      ComparedFrontEnd(name: $0.key, spec: $0.value, tolerance: tolerances[$0.key] ?? 0)
    }
  }()

  static let all = presets + ofLibrosa

  /// The golden map: frames 0 and 1, the last two and seven between.
  func expected() throws -> [Float] { try readFloats(golden("front-\(name).f32")) }

  /// The map of the synthetic sound by a specification, in the same frames.
  static func keptFrames(_ spec: FeatureSpec) throws -> [Float] {
    let samples = SyntheticSound.samples(count: spec.sampleCount)
    let map = try FeatureExtractor(spec).map(of: Waveform(samples: samples, sampleRateHz: spec.sampleRateHz))
    let frames = map.values.shape[1]
    #expect(map.values.shape == [spec.binCount, spec.frameCount] && map.paddedSeconds == 0)
    let kept = Set([0, 1, frames - 2, frames - 1] + (1...7).map { frames * $0 / 8 }).sorted()
    return (0..<spec.binCount).flatMap { row in kept.map { map.values[row, $0] } }
  }
}

/// Every setting of every front end is seen by its comparison with the original: with any other value of it the test fails.
@Suite(.tags(.reference)) struct FrontEndConstantTests {
  @Test func settingsOfLibrosaAreRead() {
    #expect(ComparedFrontEnd.ofLibrosa.count == 7 && ComparedFrontEnd.all.count == 18)
  }

  @Test(arguments: ComparedFrontEnd.ofLibrosa) func mapsEqualLibrosas(_ frontEnd: ComparedFrontEnd) throws {
    let expected = try frontEnd.expected()
    expectClose(
      try ComparedFrontEnd.keptFrames(frontEnd.spec), expected, absolute: frontEnd.tolerance)
    let range = (expected.max() ?? 0) - (expected.min() ?? 0)
    #expect(frontEnd.tolerance < 3e-4 * range)
  }

  /// What the original gives for silence: floors, offsets, references.
  @Test(arguments: ComparedFrontEnd.all) func silenceIsTheOriginals(_ frontEnd: ComparedFrontEnd) throws {
    let all = try JSONDecoder().decode(
      [String: [Float]].self, from: Data(contentsOf: golden("front-silence.json")))
    let expected = try #require(all[frontEnd.name])
    let frame = frontEnd.spec.silentFrame
    expectClose([frame[0], frame[1], frame[frame.count - 1]], expected, absolute: 2e-4)
    // A floor or an offset 2 % off is a fiftieth of a natural logarithm off.
    for other in Self.otherNumbers(frontEnd.spec.logarithm) where other.silence != 0 {
      var spec = frontEnd.spec
      spec.logarithm = other
      #expect(abs(spec.silentFrame[0] - expected[0]) > 2e-4, "\(other)")
    }
  }

  /// The same formula with every one of its floors and offsets 2 % larger.
  private static func otherNumbers(_ logarithm: Logarithm) -> [Logarithm] {
    switch logarithm {
    case .decibels(let factor, let floor, let reference):
      [.decibels(factor: factor, floor: 1.02 * floor, reference: reference)]
    case .onePlus, .naturalOnePlus: []
    case .offset(let offset): [.offset(1.02 * offset)]
    case .decimalOffset(let offset): [.decimalOffset(1.02 * offset)]
    case .floored(let floor): [.floored(1.02 * floor)]
    case .decimalFloored(let floor): [.decimalFloored(1.02 * floor)]
    }
  }

  /// One setting at a time is changed; then the golden map is missed by more than the tolerance.
  @Test(arguments: ComparedFrontEnd.all) func everyConstantIsSeen(_ frontEnd: ComparedFrontEnd) throws {
    let expected = try frontEnd.expected()
    for (name, change) in Self.changes(of: frontEnd.spec) {
      var spec = frontEnd.spec
      change(&spec)
      guard spec != frontEnd.spec else { continue }
      if (try? spec.validate()) == nil { continue }
      let kept = try ComparedFrontEnd.keptFrames(spec)
      guard kept.count == expected.count else { continue }
      let largest = zip(kept, expected).map { abs($0 - $1) }.max() ?? 0
      #expect(largest > frontEnd.tolerance, "\(name): \(largest)")
    }
  }

  private static func changes(of spec: FeatureSpec) -> [(String, (inout FeatureSpec) -> Void)] {
    var changes: [(String, (inout FeatureSpec) -> Void)] = [
      ("sample rate", { $0.sampleRateHz += $0.sampleRateHz / 50 }),
      ("hop", { $0.hopLength -= 1 }), ("longer hop", { $0.hopLength += 1 }),
      ("transform", { $0.fftLength += $0.fftLength / 8 }),
      ("window's length", { $0.windowLength = $0.frameLength - $0.frameLength / 32 }),
      ("lowest frequency", { $0.minimumHz += 5 }),
      ("highest frequency", { $0.maximumHz = 0.99 * $0.upperHz }),

      ("preemphasis", { $0.preemphasis = max(0.01, $0.preemphasis - 0.01) }),
      ("scale", { $0.melScale = $0.melScale == .htk ? .slaney : .htk }),
      ("slopes", { $0.melSlopes = $0.melSlopes == .mel ? .hertz : .mel }),
      ("spectrum", { $0.spectrum = $0.spectrum == .power ? .magnitude : .power }),
    ]
    // Windows keep a constant out of all bins but the lowest, and hardly any is in the sound: taking it off where the original does not
    // changes no figure.
    if spec.removesMean { changes.append(("mean", { $0.removesMean = false })) }
    for window in FrameWindow.allCases { changes.append(("window \(window)", { $0.window = window })) }
    for framing in Framing.allCases where framing.isCentered == spec.framing.isCentered {
      changes.append(("framing \(framing)", { $0.framing = framing }))
    }
    for norm in MelFilterBank.Norm.allCases { changes.append(("norm \(norm)", { $0.melNorm = norm })) }
    if let top = spec.topDecibels {
      changes += [("range", { $0.topDecibels = top + 1 }), ("smaller range", { $0.topDecibels = top - 1 })]
    }
    if spec.kind == .mfcc {
      changes.append(
        ("scaling", { $0.cosineScaling = $0.cosineScaling == .uniform ? .orthonormal : .uniform }))
      changes.append(("bands", { $0.melBandCount += 1 }))
    }
    let others: [Logarithm] =
      switch spec.logarithm {
      case .onePlus(let scale): [.onePlus(scale: 1.02 * scale), .naturalOnePlus(scale: scale)]
      case .naturalOnePlus(let scale): [.naturalOnePlus(scale: 1.02 * scale), .onePlus(scale: scale)]
      case .offset(let offset): [.offset(1.02 * offset), .decimalOffset(offset), .floored(offset)]
      case .decimalOffset(let offset):
        [.decimalOffset(1.02 * offset), .offset(offset), .decimalFloored(offset)]
      case .floored(let floor): [.decimalFloored(floor)]
      case .decimalFloored(let floor): [.floored(floor)]
      case .decibels(let factor, let floor, let reference):
        [.decibels(factor: 30 - factor, floor: floor, reference: reference)]
          + [1, 0.02].map { .decibels(factor: factor, floor: floor, reference: .value($0)) }
          + [.decibels(factor: factor, floor: floor, reference: .loudest)]
      }
    for logarithm in others where logarithm != spec.logarithm {
      changes.append(("\(logarithm)", { $0.logarithm = logarithm }))
    }
    return changes
  }
}
