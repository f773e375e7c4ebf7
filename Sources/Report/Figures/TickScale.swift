import Foundation

/// A mark on an axis.
public struct AxisTick: Sendable, Hashable {
  /// The position, in the axis's own unit: cells for a map (the middle of cell i is i + 0.5).
  public let position: Double
  /// The text at the mark.
  public let label: String

  public init(position: Double, label: String) {
    self.position = position
    self.label = label
  }
}

/// Round numbers between two ends, with labels that share their decimals.
struct TickScale: Sendable, Hashable {
  let ticks: [AxisTick]
  /// The labels are to be multiplied by ten to this power; 0 for plain numbers.
  let exponent: Int

  /// About `count` steps of 1, 2, 2.5 or 5 times a power of ten within `low...high`.
  init(low: Double, high: Double, count: Int) {
    guard low.isFinite, high.isFinite, high > low, count > 0, (high - low).isFinite else {
      ticks = low.isFinite ? [AxisTick(position: low, label: String(format: "%.6g", low))] : []
      exponent = 0
      return
    }
    var step = Self.step((high - low) / Double(count))
    // At least two marks, or the numbers could not be read off.
    var finer = count + 1
    while (high / step + 1e-9).rounded(.down) <= (low / step - 1e-9).rounded(.up), finer < count + 6 {
      step = Self.step((high - low) / Double(finer))
      finer += 1
    }
    let largest = max(abs(low), abs(high))
    let power = Int(log10(largest).rounded(.down))
    let exponent = power < -2 || power > 3 ? power : 0
    let unit = pow(10, Double(exponent))
    let decimals = Self.decimals(step / unit)
    let (first, last) = ((low / step - 1e-9).rounded(.up), (high / step + 1e-9).rounded(.down))
    self.exponent = exponent
    ticks = stride(from: first, through: last, by: 1).map { index in
      let value = index * step
      return AxisTick(position: value, label: Self.number(value / unit, decimals: decimals))
    }
  }

  /// “×10⁻⁴” for the end of an axis; nil for plain numbers.
  var factor: String? {
    guard exponent != 0 else { return nil }
    let digits: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
      "9": "⁹",
    ]
    return "×10" + String(String(exponent).map { digits[$0] ?? $0 })
  }

  private static func step(_ raw: Double) -> Double {
    let base = pow(10, log10(raw).rounded(.down))
    for factor in [1, 2, 2.5, 5] where raw <= factor * base * (1 + 1e-9) { return factor * base }
    return 10 * base
  }

  private static func decimals(_ step: Double) -> Int {
    for digits in 0..<12 {
      let scaled = step * pow(10, Double(digits))
      if abs(scaled - scaled.rounded()) < 1e-6 * scaled { return digits }
    }
    return 12
  }

  /// A number with a true minus sign and none before zero.
  static func number(_ value: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", abs(value))
    let isZero = !text.contains { $0 != "0" && $0 != "." }
    return value < 0 && !isZero ? "−" + text : text
  }
}
