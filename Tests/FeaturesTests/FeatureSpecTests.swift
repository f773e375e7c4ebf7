import Features
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand, .hostile)) struct FeatureSpecTests {
  private func decode(_ json: String) throws -> FeatureSpec {
    try JSONDecoder().decode(FeatureSpec.self, from: Data(json.utf8))
  }

  @Test func presetsAreValidAndNamed() throws {
    for name in FeatureSpec.names {
      let spec = try #require(FeatureSpec.named(name))
      try spec.validate()
      #expect(try decode(String(decoding: JSONEncoder().encode(spec), as: UTF8.self)) == spec)
    }
    #expect(FeatureSpec.named("mfcc") == nil)
    #expect(FeatureSpec.mfcc128.frameCount == 431 && FeatureSpec.mfcc20.frameCount == 130)
  }

  @Test func missingKeysTakeDefaults() throws {
    #expect(try decode("{}") == .mfcc128)
    #expect(try decode(#"{"binCount": 20, "sampleCount": 66150}"#) == .mfcc20)
    #expect(try decode(#"{"topDecibels": null}"#).topDecibels == nil)
    var spec = FeatureSpec.mfcc128
    spec.topDecibels = nil
    #expect(try JSONDecoder().decode(FeatureSpec.self, from: JSONEncoder().encode(spec)) == spec)
  }

  @Test(arguments: [
    (#"{"version": 2}"#, "version 2"), (#"{"version": 99, "hologram": true}"#, "version 99"),
    (#"{"hopLenght": 512}"#, "hopLenght"), (#"{"fftLength": 20}"#, "32 to 65536"),
    (#"{"hopLength": 0}"#, "hopLength"), (#"{"binCount": 129}"#, "binCount"),
    (#"{"kind": "melDecibels", "binCount": 64}"#, "binCount"), (#"{"minimumHz": 20000}"#, "20000"),
    (#"{"maximumHz": 12000}"#, "12000"), (#"{"sampleRateHz": 0}"#, "sampleRateHz"),
    (#"{"topDecibels": -1}"#, "topDecibels"), (#"{"sampleCount": 0}"#, "sampleCount"),
    (#"{"sampleCount": 79000000, "hopLength": 1}"#, "too large"),
  ]) func badValuesAreNamed(json: String, word: String) {
    #expect { _ = try decode(json) } throws: { error in
      guard let error = error as? CodedError else { return false }
      return error.description.contains(word)
        && error.code == (word.hasPrefix("version") ? .futureVersion : .invalidSpec)
    }
  }

  @Test(arguments: [
    (#"{"version": 2}"#, ["version"]), (#"{"kind": "wavelet"}"#, ["kind"]),
    (#"{"fftLength": 20}"#, ["fftLength"]), (#"{"fftLength": 200}"#, ["melBandCount", "fftLength"]),
    (#"{"binCount": 129}"#, ["binCount"]),
    (#"{"kind": "melDecibels", "binCount": 64}"#, ["binCount", "melBandCount"]),
    (#"{"coefficientCount": 20}"#, ["coefficientCount", "kind", "binCount"]),
    (#"{"maximumHz": 12000}"#, ["minimumHz", "maximumHz"]), (#"{"hopLenght": 512}"#, []),
  ]) func errorsCarryTheirProperties(json: String, properties: [String]) {
    #expect { _ = try decode(json) } throws: { ($0 as? CodedError)?.properties == properties }
  }

  @Test func notANumberIsRefused() {
    var spec = FeatureSpec.mfcc128
    spec.maximumHz = .nan
    #expect(throws: CodedError.self) { try spec.validate() }
    (spec.maximumHz, spec.topDecibels) = (nil, .nan)
    #expect(throws: CodedError.self) { try spec.validate() }
  }
}
