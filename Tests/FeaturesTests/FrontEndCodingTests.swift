import Features
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand, .hostile)) struct FrontEndCodingTests {
  private func decode(_ json: String) throws -> FeatureSpec {
    try JSONDecoder().decode(FeatureSpec.self, from: Data(json.utf8))
  }

  private func encode(_ spec: FeatureSpec) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(spec), as: UTF8.self)
  }

  /// Stores and models carry these bytes.
  @Test func earlierSpecsAreWhatTheyWere() throws {
    #expect(
      try encode(.mfcc20)
        == #"{"binCount":20,"fftLength":2048,"hopLength":512,"kind":"mfcc","maximumHz":null,"melBandCount":128,"minimumHz":0,"sampleCount":66150,"sampleRateHz":22050,"topDecibels":80,"version":1}"#
    )
    #expect(
      try encode(.smel20)
        == #"{"binCount":20,"coefficientCount":20,"fftLength":2048,"hopLength":512,"kind":"smoothedMelDecibels","maximumHz":null,"melBandCount":128,"minimumHz":0,"sampleCount":66150,"sampleRateHz":22050,"topDecibels":80,"version":1}"#
    )
  }

  /// Earlier versions know none of these keys and refuse the specification: they cannot compute it.
  @Test func otherFrontEndsSaySo() throws {
    #expect(
      try encode(.musicnn)
        == #"{"binCount":96,"fftLength":512,"framing":"mirrored","hopLength":256,"kind":"logMel","logarithm":"log10(1 + 10000 x)","maximumHz":null,"melBandCount":96,"minimumHz":0,"sampleCount":47871,"sampleRateHz":16000,"topDecibels":null,"version":1}"#
    )
    let earlier: Set = [
      "version", "kind", "binCount", "coefficientCount", "sampleRateHz", "sampleCount", "fftLength",
      "hopLength",
      "melBandCount", "minimumHz", "maximumHz", "topDecibels", "mono",
    ]
    for name in FeatureSpec.names.dropFirst(4) {
      let spec = try #require(FeatureSpec.named(name))
      let text = try encode(spec)
      let keys = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]).keys
      #expect(!Set(keys).isSubset(of: earlier), "\(name)")
      #expect(try decode(text) == spec && spec.presetName == name)
    }
  }

  @Test(arguments: [
    ("10 log10(max(x, 1e-10))", Logarithm.powerDecibels), ("20 log10(max(x, 1e-05))", .amplitudeDecibels),
    ("log10(1 + 10000 x)", .onePlus(scale: 10_000)), ("ln(x + 0.01)", .offset(0.01)),
    ("ln(1 + 10 x)", .naturalOnePlus(scale: 10)), ("log10(x + 0.001)", .decimalOffset(0.001)),
    ("log10(max(x, 1e-10))", .decimalFloored(1e-10)),
    ("10 log10(max(x, 1e-10) / 0.5)", .decibels(factor: 10, floor: 1e-10, reference: .value(0.5))),
    ("20 log10(max(x, 1e-05) / loudest)", .decibels(factor: 20, floor: 1e-5, reference: .loudest)),
    ("ln(max(x, 1e-12))", .floored(1e-12)), ("ln(max(x, 1.1920929e-07))", .floored(1.1920929e-7)),
  ]) func logarithmsAreTheirFormulas(text: String, logarithm: Logarithm) throws {
    #expect(Logarithm(text) == logarithm && logarithm.description == text)
    let json = #"{"kind": "mfcc", "logarithm": "\#(text)", "topDecibels": null}"#
    #expect(try decode(json).logarithm == logarithm)
  }

  @Test(arguments: [
    "", "x", "ln(x + )", "ln(x + 0.01", "log10(1+10000x)", "30 log10(max(x, 1))", "ln(max(x, one))",
    "ln(x + 0.01) ", "10 log10(max(x, 1e-10) / )", "10 log10(max(x, 1e-10) / quietest)",
    "10 log10(max(x, 1e-10)/2)",
    "10 log10(max(x, ))", "10 log10(max(x, )", "log10(1 +  x)",
  ]) func otherFormulasAreRefused(text: String) {
    #expect(Logarithm(text) == nil)
    #expect { _ = try decode(#"{"logarithm": "\#(text)"}"#) } throws: { error in
      (error as? CodedError)?.code == .invalidSpec && "\(error)".contains("log10(1 + 10000 x)")
        && (error as? CodedError)?.properties == ["logarithm"]
    }
  }

  @Test(arguments: [
    (
      #"{"framing": "outside"}"#, "known are centered, mirrored, inside, uncentered, symmetric, repeated",
      ["framing"]
    ),
    (#"{"window": "boxcar"}"#, "povey", ["window"]), (#"{"melScale": "bark"}"#, "slaney, htk", ["melScale"]),
    (#"{"windowLength": 4096}"#, "2 to fftLength (2048)", ["windowLength", "fftLength"]),
    (#"{"windowLength": 1}"#, "windowLength is 1", ["windowLength", "fftLength"]),
    (
      #"{"framing": "inside", "sampleCount": 2047}"#, "2048 inside",
      ["framing", "sampleCount", "windowLength"]
    ),
    (
      #"{"framing": "uncentered", "sampleCount": 2047, "windowLength": 100}"#, "2048 inside",
      ["framing", "sampleCount", "fftLength"]
    ),
    (#"{"framing": "symmetric", "sampleCount": 1024}"#, "mirrored", ["framing", "sampleCount", "fftLength"]),
    (#"{"logarithm": "10 log10(max(x, 1e-10) / 0)"}"#, "positive", ["logarithm"]),
    (#"{"framing": "mirrored", "sampleCount": 1024}"#, "mirrored", ["framing", "sampleCount", "fftLength"]),
    (#"{"preemphasis": 1.5}"#, "0 to 1", ["preemphasis"]),
    (#"{"logarithm": "ln(x + 0)"}"#, "positive", ["logarithm"]),
    (#"{"logarithm": "ln(max(x, 1e-60))"}"#, "single precision", ["logarithm"]),
    (#"{"logarithm": "ln(x + inf)"}"#, "single precision", ["logarithm"]),
    (#"{"kind": "melDecibels", "logarithm": "ln(x + 1)"}"#, "logMel", ["kind", "logarithm"]),
    (
      #"{"kind": "smoothedMelDecibels", "coefficientCount": 20, "logarithm": "ln(x + 1)"}"#, "logMel",
      ["kind", "logarithm"]
    ),
    (#"{"kind": "logMel"}"#, "melDecibels", ["kind", "logarithm"]),
    (
      #"{"kind": "logMel", "binCount": 5, "logarithm": "ln(x + 1)"}"#, "binCount",
      ["binCount", "melBandCount"]
    ),
    (#"{"logarithm": "ln(x + 1)", "topDecibels": 80}"#, "null", ["topDecibels", "logarithm"]),
    (#"{"kind": "melDecibels", "cosineScaling": "uniform"}"#, "mfcc", ["cosineScaling", "kind"]),
  ]) func badValuesAreNamed(json: String, word: String, properties: [String]) {
    #expect { _ = try decode(json) } throws: { error in
      guard let error = error as? CodedError else { return false }
      return error.code == .invalidSpec && error.description.contains(word) && error.properties == properties
    }
  }

  @Test func differencesAreNamed() {
    #expect(FeatureSpec.yamnet.differences(from: .vggish) == ["logarithm is ln(x + 0.001), not ln(x + 0.01)"])
    #expect(
      FeatureSpec.essentiaMusiCNN.differences(from: .musicnn)
        == ["framing is centered, not mirrored", "window is symmetricHann, not hann"])
    var spec = FeatureSpec.musicnn
    spec.windowLength = 512
    #expect(spec.differences(from: .musicnn).isEmpty && spec != .musicnn)
    #expect(FeatureSpec.musicnn.words == "96 mel bands under log10(1 + 10000 x) x 187 frames")
  }
}
