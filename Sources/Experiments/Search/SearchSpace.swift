import Files
import Foundation
import Tensors
import Training

/// The values that a search tries for some keys of the configuration.
public struct SearchSpace: Sendable, Hashable, Codable {
  /// The values of one key.
  public enum Choice: Sendable, Hashable, Codable {
    /// One of these, as written in a configuration file; all are equally likely.
    case values([String])
    /// Uniform from the first to the last number; with `logarithmic`, its logarithm is; with `whole`, whole numbers only.
    case range(ClosedRange<Double>, logarithmic: Bool, whole: Bool)
  }

  /// One key and its values.
  public struct Dimension: Sendable, Hashable, Codable {
    /// A ``ConfigurationKey``'s name, such as `network.dropout`.
    public let key: String
    public let choice: Choice

    public init(key: String, choice: Choice) { (self.key, self.choice) = (key, choice) }
  }

  /// Sorted by key: the order in the file does not matter.
  public let dimensions: [Dimension]

  /// Traps if a key occurs twice or has no values.
  public init(_ dimensions: [Dimension]) {
    demand(Set(dimensions.map(\.key)).count == dimensions.count, "a key is there twice")
    demand(dimensions.allSatisfy { $0.choice != .values([]) }, "a key without values")
    self.dimensions = dimensions.sorted { $0.key < $1.key }
  }

  /// The settings of trials 1 ... count by key, each drawn with the seed and its own number.
  ///
  /// No settings are repeated: a space with fewer than `count` different ones gives fewer, once a thousand consecutive draws find
  /// nothing new. Drawn numbers have four significant digits.
  public func settings(count: Int, seed: UInt64) -> [[String: String]] {
    var seen: Set<[String: String]> = []
    var result: [[String: String]] = []
    for trial in stride(from: 1, through: count, by: 1) {
      var generator = SeededGenerator(seed: seed, stream: 0x5EA2_0000 &+ UInt64(trial))
      var found = false
      for _ in 0..<1000 where !found {
        let draw = Dictionary(uniqueKeysWithValues: dimensions.map { ($0.key, $0.choice.draw(&generator)) })
        if seen.insert(draw).inserted {
          result.append(draw)
          found = true
        }
      }
      guard found else { break }
    }
    return result
  }
}

extension SearchSpace.Choice {
  func draw(_ generator: inout SeededGenerator) -> String {
    switch self {
    case .values(let values): return values[generator.index(below: values.count)]
    case .range(let range, let logarithmic, let whole):
      let share = Double(generator.next() >> 11) * 0x1p-53
      // A whole number owns the stretch up to the next one, so that the last is as likely as the others.
      let (low, high) = (range.lowerBound, range.upperBound + (whole ? 1 : 0))
      let value = logarithmic ? low * pow(high / low, share) : low + share * (high - low)
      if whole { return "\(Int(min(max(value.rounded(.down), low), range.upperBound)))" }
      let rounded = Double(String(format: "%.4g", value)) ?? value
      return SettingValue.spelling(min(max(rounded, range.lowerBound), range.upperBound))
    }
  }
}
