import Tensors

/// Some positions of an axis: `start`, `start + step`, ... before `end`.
///
/// Numbers below 0 count from the end, and those beyond it are clamped, as in numpy. With a negative step the result runs
/// backwards from `start`, and `nil` means the ends in that order: `Slice(axis: 1, step: -1)` reverses an axis.
public struct Slice: Layer {
  public static let kind = "slice"

  /// Counted from the outermost, without the batch axis; negative from the end.
  public var axis: Int
  public var start: Int?
  /// Exclusive.
  public var end: Int?
  /// Must not be 0.
  public var step: Int

  public init(axis: Int, start: Int? = nil, end: Int? = nil, step: Int = 1) {
    (self.axis, self.start, self.end, self.step) = (axis, start, end, step)
  }

  /// The places that are taken of an axis of this extent.
  func places(of extent: Int) -> [Int] {
    let (low, high) = step > 0 ? (0, extent) : (-1, extent - 1)
    func bounded(_ place: Int?, _ other: Int) -> Int {
      place.map { min(high, max(low, $0 < 0 ? $0 &+ extent : $0)) } ?? other
    }
    let (first, last) = (bounded(start, step > 0 ? low : high), bounded(end, step > 0 ? high : low))
    return Array(stride(from: first, to: last, by: step))
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let possible = -(1 << 30)...1 << 30
    guard let place = inputs[0].place(of: axis), step != 0,
      [start ?? 0, end ?? 0, step].allSatisfy(possible.contains)
    else { throw ArchitectureError("slice \(text) of axis \(axis) of \(inputs[0])") }
    var result = inputs[0]
    result.axes[place].extent = places(of: inputs[0][place]).count
    guard result[place] > 0 else {
      throw ArchitectureError("slice \(text) of axis \(axis) of \(inputs[0]) is empty")
    }
    return result
  }

  private var text: String { "\(start.map { "\($0)" } ?? ""):\(end.map { "\($0)" } ?? ""):\(step)" }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let shape = site.inputs[0].shape
    let place = axis < 0 ? axis + shape.rank : axis + 1
    return SelectionOperation([[AxisSelection(axis: place, sources: places(of: shape[place]))]], at: site)
  }
}
