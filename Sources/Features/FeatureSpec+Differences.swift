import Audio
import Foundation

extension FeatureSpec {
  /// What the maps are, in a few words: `20 MFCC x 130 frames`.
  public var words: String { "\(binCount) \(kindName) x \(frameCount) frames" }

  /// Its name among the presets (``names``); nil for any other.
  public var presetName: String? {
    Self.names.first { Self.named($0).map { differences(from: $0).isEmpty } ?? false }
  }

  /// All differences between maps of this specification and those of another one, each as a clause:
  /// `fftLength is 1024, not 2048`. Empty for specifications that give the same numbers, however they are written.
  ///
  /// - Parameter anyLength: whether windows may be of different lengths (``sampleCount``), as when a network hears a section of a
  ///   longer map. All other properties affect every frame.
  public func differences(from other: FeatureSpec, anyLength: Bool = false) -> [String] {
    let values: [(name: String, own: String, other: String)] = [
      ("version", "\(version)", "\(other.version)"), ("kind", kind.rawValue, other.kind.rawValue),
      ("binCount", "\(binCount)", "\(other.binCount)"),
      ("coefficientCount", Self.text(coefficientCount), Self.text(other.coefficientCount)),
      ("sampleRateHz", "\(sampleRateHz)", "\(other.sampleRateHz)"),
      ("sampleCount", "\(sampleCount)", "\(anyLength ? sampleCount : other.sampleCount)"),
      ("fftLength", "\(fftLength)", "\(other.fftLength)"),
      ("hopLength", "\(hopLength)", "\(other.hopLength)"),
      ("melBandCount", "\(melBandCount)", "\(other.melBandCount)"),
      ("minimumHz", Self.text(minimumHz), Self.text(other.minimumHz)),
      // nil is half the rate.
      ("maximumHz", Self.text(upperHz), Self.text(other.upperHz)),
      ("topDecibels", Self.text(topDecibels), Self.text(other.topDecibels)),
      ("mono", mono.rawValue, other.mono.rawValue),
      ("framing", framingName, other.framingName),
      ("window", window.rawValue, other.window.rawValue),
      // nil is the transform's length.
      (
        "windowLength", "\(frameLength)",
        windowLength == other.windowLength ? "\(frameLength)" : "\(other.frameLength)"
      ),
      ("removesMean", "\(removesMean)", "\(other.removesMean)"),
      ("preemphasis", Self.text(preemphasis), Self.text(other.preemphasis)),
      ("spectrum", spectrum.rawValue, other.spectrum.rawValue),
      ("melScale", melScale.rawValue, other.melScale.rawValue),
      ("melNorm", melNorm.rawValue, other.melNorm.rawValue),
      ("melSlopes", melSlopes.rawValue, other.melSlopes.rawValue),
      ("logarithm", logarithm.description, other.logarithm.description),
      ("cosineScaling", cosineScaling.rawValue, other.cosineScaling.rawValue),
    ]
    return values.filter { $0.own != $0.other }.map { "\($0.name) is \($0.own), not \($0.other)" }
  }

  /// With windows as long as the transform, frames are inside either way.
  private var framingName: String {
    framing == .uncentered && frameLength == fftLength ? Framing.inside.rawValue : framing.rawValue
  }

  private static func text(_ value: Int?) -> String { value.map(String.init) ?? "none" }

  /// What must be set to get this specification from another one, as lines of YAML: `fftLength: 1024`.
  public func settings(from other: FeatureSpec) -> [String] {
    guard let own = Self.values(of: self), let others = Self.values(of: other) else { return [] }
    return own.filter { $0.value != others[$0.key] }.map { "\($0.key): \($0.value)" }.sorted()
      + others.keys.filter { own[$0] == nil }.map { "\($0): null" }.sorted()
  }

  /// Its settings by name, as YAML has them.
  private static func values(of spec: FeatureSpec) -> [String: String]? {
    guard let data = try? JSONEncoder().encode(spec),
      let values = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return nil }
    return values.mapValues { value in
      switch value {
      case is NSNull: "null"
      case let text as String: text
      default: "\(value)"
      }
    }
  }

  private static func text(_ value: Double?) -> String {
    guard let value else { return "none" }
    return Int(exactly: value).map(String.init) ?? "\(value)"
  }
}
