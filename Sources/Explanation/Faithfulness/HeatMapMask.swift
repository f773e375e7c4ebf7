import Files
public import Tensors

/// How a map determines what is kept of the input.
///
/// The map's shown part is divided by its maximum, so it is in [0, 1]; a map with nothing positive keeps nothing.
public enum HeatMapMask: Sendable, Hashable {
  /// Each cell is kept by its share of the maximum: map x input (Chattopadhay et al. 2018, there called the explanation map).
  case hadamard
  /// Cells whose heat, on a scale of 0 to 255, is above the level are kept completely, the others not at all. The heat is not
  /// rounded to whole numbers first.
  case threshold(Int)

  /// The four of this project's benchmark: Hadamard and the thresholds 10, 20 and 30.
  public static let standard: [HeatMapMask] = [.hadamard, .threshold(10), .threshold(20), .threshold(30)]

  /// "hadamard", "threshold-10".
  public var name: String {
    switch self {
    case .hadamard: "hadamard"
    case .threshold(let level): "threshold-\(level)"
    }
  }

  /// The kept share, in [0, 1], of a cell whose share of the map's maximum is `value`.
  public func kept(_ value: Float) -> Float {
    switch self {
    case .hadamard: value
    case .threshold(let level): value * 255 > Float(level) ? 1 : 0
    }
  }

  /// Mean of the mask over all cells of a map divided by its maximum. NaN for an empty map.
  public func keptShare(of map: Tensor) -> Double {
    map.values.reduce(0) { $0 + Double(kept($1)) } / Double(map.count)
  }

  /// The mask of a map divided by its maximum, written in row-major order.
  func write(_ map: borrowing [Float], _ mask: inout MutableSpan<Float>) {
    let values = map.span
    demand(values.count == mask.count, "\(values.count) cells for a mask of \(mask.count)")
    switch self {
    case .hadamard:
      for cell in mask.indices { unsafe mask[unchecked: cell] = values[unchecked: cell] }
    case .threshold(let level):
      let limit = Float(level)
      for cell in mask.indices {
        unsafe mask[unchecked: cell] = values[unchecked: cell] * 255 > limit ? 1 : 0
      }
    }
  }
}
