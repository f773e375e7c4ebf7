/// The weight of an example of each class in the training loss.
///
/// In a file: `none`, `balanced`, or a weight for each class by name, such as `{Folk: 1.5, Hip-Hop: 1}`.
public enum ClassWeights: Sendable, Hashable {
  /// Every example has the same weight.
  case none
  /// `examples / (classes * examples of the class)`: every class has the same total weight, like scikit-learn's `balanced`.
  case balanced
  /// By class name; a class that is not named has 1.
  case explicit([String: Double])
}

extension ClassWeights: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let weights = try? value.decode([String: Double].self) {
      self = .explicit(weights)
      return
    }
    switch try? value.decode(String.self) {
    case "none": self = .none
    case "balanced": self = .balanced
    default:
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "none, balanced or a number for each genre ({Folk: 1.5}) is needed")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .none: try value.encode("none")
    case .balanced: try value.encode("balanced")
    case .explicit(let weights): try value.encode(weights)
    }
  }
}

extension ClassWeights {
  /// The weights in the order of `labels`; nil where every example counts the same.
  ///
  /// - Parameter counts: training examples of each class; a class without any has the weight 0 under `balanced`.
  package func values(labels: [String], counts: [Int]) -> [Float]? {
    switch self {
    case .none: return nil
    case .balanced:
      let present = counts.count { $0 > 0 }
      let total = Double(counts.reduce(0, +))
      return counts.map { $0 > 0 ? Float(total / (Double(present) * Double($0))) : 0 }
    case .explicit(let weights): return labels.map { Float(weights[$0] ?? 1) }
    }
  }
}
