import Files

/// One setting of a training: its name, its allowed values, and its effect.
///
/// ``TrainingPlan`` has a property for each key. This is the only description: the parsing of files, the command line,
/// `genrelens train --print-config` and docs/configuration.md all follow it. A property without a description, or a description
/// without a property, fails a test.
public struct ConfigurationKey: Sendable {
  /// The allowed values.
  public indirect enum Kind: Sendable {
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A whole number of 0 to 2^64 - 1.
    case seed
    /// A number.
    case number(Bounds)
    /// `true` or `false`.
    case boolean
    /// One of some names.
    case choice([String])
    /// Any text that is not empty.
    case text
    /// Values of one kind in brackets, with a range for their number.
    case list(Kind, count: ClosedRange<Int>)
    /// One of some names, or a number for each genre by its name.
    case weights([String], Bounds)
    /// A number for each of some layers by their names.
    case factors(Bounds)
    /// A value or `null`.
    case optional(Kind)
  }

  /// The interval of allowed numbers.
  public struct Bounds: Sendable, Hashable {
    public var low: Double
    public var includesLow = true
    public var high = Double.infinity
    public var includesHigh = true

    /// `low` or more.
    public static func atLeast(_ low: Double) -> Bounds { Bounds(low: low) }

    /// More than `low`, and `high` at most.
    public static func above(_ low: Double, through high: Double = .infinity) -> Bounds {
      Bounds(low: low, includesLow: false, high: high)
    }

    /// More than `low` and less than `high`.
    public static func above(_ low: Double, below high: Double) -> Bounds {
      Bounds(low: low, includesLow: false, high: high, includesHigh: false)
    }

    /// Both ends are included.
    public static func from(_ low: Double, through high: Double) -> Bounds { Bounds(low: low, high: high) }

    /// `high` is excluded.
    public static func from(_ low: Double, below high: Double) -> Bounds {
      Bounds(low: low, high: high, includesHigh: false)
    }
  }

  /// The part of the settings a key belongs to, in the order of the printed configuration.
  public enum Group: String, Sendable, CaseIterable {
    case data = "Data"
    case network = "Network"
    case steps = "Steps and learning rate"
    case regularization = "Regularisation"
    case augmentation = "Augmentation of the training maps"
    case run = "The run"
  }

  /// The name in a file, with dots between its parts: `epochs`, `network.dropout`.
  public let name: String
  public let kind: Kind
  public let group: Group
  /// What the number counts or measures; empty if there is no unit.
  public let unit: String
  /// One sentence.
  public let summary: String
  /// The option of `genrelens train` that sets it, without dashes; nil if only `--set` does.
  public let option: String?

  init(
    _ name: String, _ kind: Kind, _ group: Group, unit: String = "", option: String? = nil, _ summary: String
  ) {
    (self.name, self.kind, self.group) = (name, kind, group)
    (self.unit, self.option, self.summary) = (unit, option, summary)
  }

  /// ``name`` in its parts.
  var path: [String] { name.split(separator: ".").map(String.init) }

  /// The key of that name; nil when there is none.
  public static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }

  /// The default, as written in a file.
  public var defaultText: String { ConfigurationTree.defaults.value(at: path)?.yaml ?? "null" }
}
