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
  /// `factor log10(max(x, floor) / max(reference, floor))`, in decibels: factor 10 for powers. Factor 20 is for amplitudes; some
  /// programs apply it to powers, and their decibels count twice.
  case decibels(factor: Double, floor: Double, reference: Reference = .value(1))
  /// `log10(1 + scale x)`.
  case onePlus(scale: Double)
  /// `ln(1 + scale x)`: `log1p`.
  case naturalOnePlus(scale: Double)
  /// `ln(x + offset)`.
  case offset(Double)
  /// `log10(x + offset)`.
  case decimalOffset(Double)
  /// `ln(max(x, floor))`.
  case floored(Double)
  /// `log10(max(x, floor))`.
  case decimalFloored(Double)

  /// What is 0 dB.
  public enum Reference: Sendable, Hashable {
    /// This x; 1 in most programs.
    case value(Double)
    /// The largest x of the map (librosa's `ref=np.max`): levels of two maps cannot be compared, and of silence all values are 0.
    case loudest
  }

  /// `10 log10(max(x, 1e-10))`: librosa's `power_to_db` with ref 1, PyTorch's `AmplitudeToDB`.
  public static let powerDecibels = Logarithm.decibels(factor: 10, floor: 1e-10)
  /// `20 log10(max(x, 1e-5))`: librosa's `amplitude_to_db`, or `power_to_db` of squares.
  public static let amplitudeDecibels = Logarithm.decibels(factor: 20, floor: 1e-5)

  /// Whether values are decibels.
  public var isDecibels: Bool {
    if case .decibels = self { true } else { false }
  }

  /// Whether values are relative to the map's largest.
  public var isRelative: Bool {
    if case .decibels(_, _, .loudest) = self { true } else { false }
  }

  /// What a value is in, beside an axis: `dB`, or the formula.
  public var unit: String { isDecibels ? "dB" : description }

  /// Whether its numbers are positive, and neither too large nor too small for single precision.
  var isValid: Bool {
    let numbers =
      switch self {
      case .decibels(let factor, let floor, .value(let reference)): [factor, floor, reference]
      case .decibels(let factor, let floor, .loudest): [factor, floor]
      case .onePlus(let scale), .naturalOnePlus(let scale): [scale]
      case .offset(let offset), .decimalOffset(let offset): [offset]
      case .floored(let floor), .decimalFloored(let floor): [floor]
      }
    return numbers.allSatisfy { $0 > 0 && Float($0).isNormal }
  }

  /// The value of one x, in a map whose largest it is where that matters.
  public func value(of x: Double) -> Double {
    switch self {
    case .decibels(_, _, .loudest): 0
    case .decibels(let factor, let floor, .value(let reference)):
      factor * (log10(max(x, floor)) - log10(max(reference, floor)))
    case .onePlus(let scale): log10(1 + scale * x)
    case .naturalOnePlus(let scale): log(1 + scale * x)
    case .offset(let offset): log(x + offset)
    case .decimalOffset(let offset): log10(x + offset)
    case .floored(let floor): log(max(x, floor))
    case .decimalFloored(let floor): log10(max(x, floor))
    }
  }

  /// The value of silence, x = 0, in a silent map: no value is lower, but where values are relative to the loudest.
  public var silence: Float { Float(value(of: 0)) }

  /// By how much a value of silence may differ from ``silence``, with room for the rounding of a sum: x is at most 0.23 % above the
  /// floor.
  private var silenceMargin: Float {
    switch self {
    case .decibels(let factor, _, _): 0.001 * Float(factor)
    case .onePlus, .naturalOnePlus: 1e-5
    case .offset, .decimalOffset: 1e-5 * max(1, abs(silence))
    case .floored: 0.002_3
    case .decimalFloored: 0.001
    }
  }

  /// Values up to here are silence.
  var nearSilence: Float { silence + silenceMargin }

  /// Whether a map of these values is silent: none is above the floor; relative to the loudest, none is below it.
  ///
  /// - Parameter weight: what a value of 1 in all bands is in these values.
  func isSilent(_ values: some Sequence<Float>, weight: Float = 1) -> Bool {
    if isRelative { return values.allSatisfy { $0 >= -silenceMargin * weight } }
    return values.allSatisfy { $0 <= nearSilence * weight }
  }

  /// By how much the values of a power spectrum increase for each decibel of the sound, as long as none is at the floor; nil where
  /// that depends on the value.
  var increasePerDecibel: Double? {
    switch self {
    case .decibels(_, _, .loudest): nil
    case .decibels(let factor, _, .value): factor / 10
    case .onePlus, .naturalOnePlus, .offset, .decimalOffset: nil
    case .floored: log(10) / 10
    case .decimalFloored: 0.1
    }
  }

  /// The parts of `unit 10 log10(max(slope x + offset, floor))`, which all forms are.
  private var parts: (slope: Float, offset: Float, floor: Float, unit: Float) {
    let tiny = Float.leastNormalMagnitude
    let natural = Float(log(10.0) / 10)
    switch self {
    case .decibels(let factor, let floor, _): return (1, 0, Float(floor), Float(factor / 10))
    case .onePlus(let scale): return (Float(scale), 1, tiny, 0.1)
    case .naturalOnePlus(let scale): return (Float(scale), 1, tiny, natural)
    case .offset(let offset): return (1, Float(offset), tiny, natural)
    case .decimalOffset(let offset): return (1, Float(offset), tiny, 0.1)
    case .floored(let floor): return (1, 0, Float(floor), natural)
    case .decimalFloored(let floor): return (1, 0, Float(floor), 0.1)
    }
  }

  /// What is taken off all values at last: the level of the reference; nil where that is 0.
  private func referenceLevel(largest: Float) -> Float? {
    switch self {
    case .decibels(_, _, .loudest): largest
    case .decibels(let factor, let floor, .value(let reference)) where reference != 1:
      Float(factor * log10(max(reference, floor)))
    default: nil
    }
  }

  /// Replaces values of at least 0 by their logarithms and returns the largest; nil when one is infinite or not a number.
  /// `values.count` must be a multiple of 8.
  func apply(to values: UnsafeMutableBufferPointer<Float>) -> Float? {
    if self == .powerDecibels { return unsafe powerToDecibels(values) }
    let (slope, offset, floor, unit) = parts
    let largest = unsafe logarithms(of: values, slope: slope, offset: offset, floor: floor, unit: unit)
    guard let largest, let level = referenceLevel(largest: largest) else { return largest }
    for index in values.indices { unsafe values[index] -= level }
    return largest - level
  }
}

// MARK: - Text

extension Logarithm: LosslessStringConvertible, Codable {
  /// The forms that a text may have, for messages.
  static let forms =
    "10 log10(max(x, 1e-10)), 10 log10(max(x, 1e-10) / 0.5), 10 log10(max(x, 1e-10) / loudest), 20 log10(max(x, 1e-05)), "
    + "log10(1 + 10000 x), ln(1 + 10000 x), ln(x + 0.01), log10(x + 0.01), ln(max(x, 1e-12)), log10(max(x, 1e-12))"

  /// The formula: `log10(1 + 10000 x)`.
  public var description: String {
    switch self {
    case .decibels(let factor, let floor, let reference):
      "\(Self.text(factor)) log10(max(x, \(Self.text(floor)))\(Self.text(reference)))"
    case .onePlus(let scale): "log10(1 + \(Self.text(scale)) x)"
    case .naturalOnePlus(let scale): "ln(1 + \(Self.text(scale)) x)"
    case .offset(let offset): "ln(x + \(Self.text(offset)))"
    case .decimalOffset(let offset): "log10(x + \(Self.text(offset)))"
    case .floored(let floor): "ln(max(x, \(Self.text(floor))))"
    case .decimalFloored(let floor): "log10(max(x, \(Self.text(floor))))"
    }
  }

  private static func text(_ reference: Reference) -> String {
    switch reference {
    case .value(1): ""
    case .value(let value): " / \(text(value))"
    case .loudest: " / loudest"
    }
  }

  /// A factor of decibels, a floor and a reference: `10 log10(max(x, 1e-10) / 0.5)`.
  private static func decibels(_ description: String) -> Logarithm? {
    for factor in [10, 20] where description.hasPrefix("\(factor) log10(max(x, ") {
      guard description.hasSuffix(")") else { return nil }
      let inner = description.dropFirst("\(factor) log10(max(x, ".count).dropLast()
      let parts = inner.split(separator: ")", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let floor = Double(parts[0]) else { return nil }
      if parts[1].isEmpty { return .decibels(factor: Double(factor), floor: floor) }
      guard parts[1].hasPrefix(" / ") else { return nil }
      let text = parts[1].dropFirst(3)
      if text == "loudest" { return .decibels(factor: Double(factor), floor: floor, reference: .loudest) }
      guard let value = Double(text) else { return nil }
      return .decibels(factor: Double(factor), floor: floor, reference: .value(value))
    }
    return nil
  }

  /// Reads ``description``, with any numbers; nil for anything else.
  public init?(_ description: String) {
    func number(_ prefix: String, _ suffix: String) -> Double? {
      guard description.hasPrefix(prefix), description.hasSuffix(suffix),
        description.utf8.count > prefix.utf8.count + suffix.utf8.count
      else { return nil }
      return Double(description.dropFirst(prefix.count).dropLast(suffix.count))
    }
    let forms: [(prefix: String, suffix: String, logarithm: (Double) -> Logarithm)] = [
      ("log10(1 + ", " x)", { .onePlus(scale: $0) }), ("ln(1 + ", " x)", { .naturalOnePlus(scale: $0) }),
      ("ln(x + ", ")", { .offset($0) }), ("log10(x + ", ")", { .decimalOffset($0) }),
      ("ln(max(x, ", "))", { .floored($0) }), ("log10(max(x, ", "))", { .decimalFloored($0) }),
    ]
    for form in forms {
      guard let value = number(form.prefix, form.suffix) else { continue }
      self = form.logarithm(value)
      return
    }
    // What is usually written without a 1.
    switch description {
    case "log10(1 + x)": self = .onePlus(scale: 1)
    case "ln(1 + x)": self = .naturalOnePlus(scale: 1)
    default:
      guard let decibels = Self.decibels(description) else { return nil }
      self = decibels
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
