import Foundation
public import Tensors

/// An array that a layer learns or keeps.
public struct LayerArray: Sendable, Hashable {
  /// What changes it.
  public enum Role: Sendable, Hashable {
    /// Training, by its gradient.
    case parameter
    /// The layer itself, while it trains: running statistics.
    case state
    /// Nothing.
    case constant
  }

  /// Its initial values.
  public enum InitialValues: Sendable, Hashable {
    case constant(Float)
    /// Uniform in ±bound.
    case uniform(bound: Float)
    /// Normal with mean 0.
    case normal(deviation: Float)
    /// These, row-major.
    case values([Float])
    /// For position p and feature i, `sin(p / 10000^(i / features))` for even i, `cos(p / 10000^((i - 1) / features))` for odd i.
    /// Source: Vaswani et al. 2017, arXiv:1706.03762.
    case sinusoids(features: Int)

    /// Uniform in ±1/sqrt(fan-in), the default of PyTorch's layers.
    public static func uniform(fanIn: Int) -> InitialValues { .uniform(bound: 1 / Float(fanIn).squareRoot()) }

    /// `count` values; constants draw nothing from the generator.
    func values(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
      switch self {
      case .constant(let value): [Float](repeating: value, count: count)
      case .uniform(let bound): (0..<count).map { _ in generator.uniform(in: -bound..<bound) }
      case .normal(let deviation): (0..<count).map { _ in deviation * generator.normal() }
      case .values(let values): values
      case .sinusoids(let features): Self.sinusoids(count / max(1, features), features)
      }
    }

    static func sinusoids(_ positions: Int, _ features: Int) -> [Float] {
      let rates = (0..<features).map { pow(10_000, -Double($0 - $0 % 2) / Double(features)) }
      return (0..<positions).flatMap { position in
        rates.enumerated().map { index, rate in
          Float(index % 2 == 0 ? sin(Double(position) * rate) : cos(Double(position) * rate))
        }
      }
    }
  }

  /// The name within the layer: PyTorch's if there is one, such as `weight`.
  public var name: String
  public var shape: Shape
  public var role: Role
  public var initial: InitialValues
  /// Whether weight decay applies; by default to parameters with two or more axes.
  public var decays: Bool
  /// The smallest valid value; nil if all are valid.
  public var minimum: Float?

  public init(
    _ name: String, _ shape: Shape, role: Role = .parameter, initial: InitialValues, decays: Bool? = nil,
    minimum: Float? = nil
  ) {
    (self.name, self.shape, self.role, self.initial) = (name, shape, role, initial)
    self.decays = decays ?? (role == .parameter && shape.rank > 1)
    self.minimum = minimum
  }
}
