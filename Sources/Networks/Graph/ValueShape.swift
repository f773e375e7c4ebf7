public import Tensors

/// The axes of a value without the batch axis.
public struct ValueShape: Sendable, Hashable, CustomStringConvertible {
  public var axes: [Axis]
  /// Whether each item of a batch has its own value; a constant has one for all.
  public var isBatched: Bool

  public init(_ axes: [Axis], isBatched: Bool = true) {
    (self.axes, self.isBatched) = (axes, isBatched)
  }

  /// `[C, F, T]`.
  public static func map(_ channels: Int, _ bins: Int, _ frames: Int) -> ValueShape {
    ValueShape([Axis(.channel, channels), Axis(.frequency, bins), Axis(.time, frames)])
  }

  /// A flat vector.
  public static func vector(_ count: Int) -> ValueShape { ValueShape([Axis(.feature, count)]) }

  /// The extents.
  public var shape: Shape { Shape(axes.map(\.extent)) }
  public var rank: Int { axes.count }
  public var count: Int { axes.reduce(1) { $0 * $1.extent } }

  /// The extent of an axis, counted from the outermost.
  public subscript(index: Int) -> Int { axes[index].extent }

  /// The index of the first axis with that name; nil if there is none.
  public func index(of name: Axis.Name) -> Int? { axes.firstIndex { $0.name == name } }

  /// The index of an axis counted from the outermost or, if negative, from the end: -1 is the last. Nil if there is none.
  public func place(of axis: Int) -> Int? {
    let place = axis < 0 ? axis &+ rank : axis
    return axes.indices.contains(place) ? place : nil
  }

  /// The same axes with other extents. Traps when their number differs.
  public func with(extents: [Int]) -> ValueShape {
    precondition(extents.count == axes.count, "\(extents) for \(self)")
    var result = self
    for (index, extent) in extents.enumerated() { result.axes[index].extent = extent }
    return result
  }

  /// The extents with the batch axis in front.
  func batched(_ batchSize: Int) -> Shape { Shape([isBatched ? batchSize : 1] + axes.map(\.extent)) }

  public var description: String { "\(shape)" }
}
