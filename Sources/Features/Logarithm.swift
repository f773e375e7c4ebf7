import Files
import Foundation

/// The logarithm that mel values x pass before they are a map, as in the program whose numbers are wanted.
///
/// ```swift
/// let logarithm = Logarithm("log10(1 + 10000 x)")      // musicnn's; nil for a formula of none of these forms
/// ```
///
/// Its text, in specifications and settings, is the formula. It is computed in single precision from one approximation of the
/// logarithm (`powerToDecibels(_:)`), whose error is below that of `Float`.
public enum Logarithm: Sendable, Hashable {
  /// `factor log10(max(x, floor))`, in decibels: factor 10 for powers. Factor 20 is for amplitudes; some programs apply it to
  /// powers, and their decibels count twice.
  case decibels(factor: Double, floor: Double)
  /// `log10(1 + scale x)`.
  case onePlus(scale: Double)
  /// `ln(x + offset)`.
  case offset(Double)
  /// `ln(max(x, floor))`.
  case floored(Double)

  /// `10 log10(max(x, 1e-10))`: librosa's `power_to_db` with ref 1, PyTorch's `AmplitudeToDB`.
  public static let powerDecibels = Logarithm.decibels(factor: 10, floor: 1e-10)
  /// `20 log10(max(x, 1e-5))`: librosa's `amplitude_to_db`, or `power_to_db` of squares.
  public static let amplitudeDecibels = Logarithm.decibels(factor: 20, floor: 1e-5)

  /// Whether values are decibels.
  public var isDecibels: Bool {
    if case .decibels = self { true } else { false }
  }

  /// What a value is in, beside an axis: `dB`, or the formula.
  public var unit: String { isDecibels ? "dB" : description }

  /// Whether its numbers are positive, and neither too large nor too small for single precision.
  var isValid: Bool {
    let numbers =
      switch self {
      case .decibels(let factor, let floor): [factor, floor]
      case .onePlus(let scale): [scale]
      case .offset(let offset): [offset]
      case .floored(let floor): [floor]
      }
    return numbers.allSatisfy { $0 > 0 && Float($0).isNormal }
  }

  /// The value of one x.
  public func value(of x: Double) -> Double {
    switch self {
    case .decibels(let factor, let floor): factor * log10(max(x, floor))
    case .onePlus(let scale): log10(1 + scale * x)
    case .offset(let offset): log(x + offset)
    case .floored(let floor): log(max(x, floor))
    }
  }

  /// The value of silence, x = 0: no value is lower.
  public var silence: Float { Float(value(of: 0)) }

  /// Values up to here are silence, with room for the rounding of a sum: x is at most 0.23 % above the floor.
  var nearSilence: Float {
    switch self {
    case .decibels(let factor, _): silence + 0.001 * Float(factor)
    case .onePlus: silence + 1e-5
    case .offset: silence + 1e-5 * max(1, abs(silence))
    case .floored: silence + 0.002_3
    }
  }

  /// By how much the values of a power spectrum increase for each decibel of the sound, as long as none is at the floor; nil where
  /// that depends on the value.
  var increasePerDecibel: Double? {
    switch self {
    case .decibels(let factor, _): factor / 10
    case .onePlus, .offset: nil
    case .floored: log(10) / 10
    }
  }

  /// The parts of `unit 10 log10(max(slope x + offset, floor))`, which all forms are.
  private var parts: (slope: Float, offset: Float, floor: Float, unit: Float) {
    let tiny = Float.leastNormalMagnitude
    switch self {
    case .decibels(let factor, let floor): return (1, 0, Float(floor), Float(factor / 10))
    case .onePlus(let scale): return (Float(scale), 1, tiny, 0.1)
    case .offset(let offset): return (1, Float(offset), tiny, Float(log(10.0) / 10))
    case .floored(let floor): return (1, 0, Float(floor), Float(log(10.0) / 10))
    }
  }

  /// Replaces values of at least 0 by their logarithms and returns the largest; nil when one is infinite or not a number.
  /// `values.count` must be a multiple of 8.
  func apply(to values: UnsafeMutableBufferPointer<Float>) -> Float? {
    if self == .powerDecibels { return unsafe powerToDecibels(values) }
    let (slope, offset, floor, unit) = parts
    return unsafe logarithms(of: values, slope: slope, offset: offset, floor: floor, unit: unit)
  }
}

// MARK: - Text

extension Logarithm: LosslessStringConvertible, Codable {
  /// The forms that a text may have, for messages.
  static let forms =
    "10 log10(max(x, 1e-10)), 20 log10(max(x, 1e-05)), log10(1 + 10000 x), ln(x + 0.01), ln(max(x, 1e-12))"

  /// The formula: `log10(1 + 10000 x)`.
  public var description: String {
    switch self {
    case .decibels(let factor, let floor): "\(Self.text(factor)) log10(max(x, \(Self.text(floor))))"
    case .onePlus(let scale): "log10(1 + \(Self.text(scale)) x)"
    case .offset(let offset): "ln(x + \(Self.text(offset)))"
    case .floored(let floor): "ln(max(x, \(Self.text(floor))))"
    }
  }

  /// Reads ``description``, with any numbers; nil for anything else.
  public init?(_ description: String) {
    func number(_ prefix: String, _ suffix: String) -> Double? {
      guard description.hasPrefix(prefix), description.hasSuffix(suffix),
        description.utf8.count > prefix.utf8.count + suffix.utf8.count
      else { return nil }
      return Double(description.dropFirst(prefix.count).dropLast(suffix.count))
    }
    if let scale = number("log10(1 + ", " x)") {
      self = .onePlus(scale: scale)
    } else if let offset = number("ln(x + ", ")") {
      self = .offset(offset)
    } else if let floor = number("ln(max(x, ", "))") {
      self = .floored(floor)
    } else if let floor = number("10 log10(max(x, ", "))") {
      self = .decibels(factor: 10, floor: floor)
    } else if let floor = number("20 log10(max(x, ", "))") {
      self = .decibels(factor: 20, floor: floor)
    } else {
      return nil
    }
  }

  private static func text(_ number: Double) -> String {
    abs(number) < 1e15 && number == number.rounded() ? String(Int(number)) : "\(number)"
  }

  /// Throws ``CodedError`` `invalidSpec` for a formula that is none of the forms.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let known = Logarithm(text) else {
      throw CodedError(
        .invalidSpec, "unknown logarithm '\(text.prefix(64))', known are \(Self.forms), with any numbers",
        properties: [FeatureSpec.Key.logarithm.rawValue])
    }
    self = known
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
