import Tensors

/// The mean, sum or maximum over some axes, separately for each item of a batch; sums in `Double`.
///
/// The gradient of a maximum goes to the first of several equal values.
public struct Reduction: Layer {
  public enum Function: String, Codable, Sendable, CaseIterable {
    case mean, sum, maximum
  }

  public static let kind = "reduction"

  public var function: Function
  /// Counted from the outermost, without the batch axis; negative from the end.
  public var axes: [Int]
  /// Whether the result keeps these axes with extent 1.
  public var keepsAxes: Bool

  public init(_ function: Function, axes: [Int], keepsAxes: Bool = false) {
    (self.function, self.axes, self.keepsAxes) = (function, axes, keepsAxes)
  }

  /// Their places; nil where one is none or named twice.
  private func places(in rank: Int) -> Set<Int>? {
    let places = axes.map { $0 < 0 ? $0 &+ rank : $0 }
    let isValid = places.allSatisfy { (0..<rank).contains($0) } && Set(places).count == places.count
    return isValid && !places.isEmpty ? Set(places) : nil
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let input = inputs[0]
    guard let places = places(in: input.rank) else {
      throw ArchitectureError("\(function.rawValue) over axes \(axes) of \(input)")
    }
    guard keepsAxes || places.count < input.rank else {
      throw ArchitectureError("\(function.rawValue) over all axes of \(input): keep them")
    }
    var result = input
    for place in places { result.axes[place].extent = 1 }
    if !keepsAxes {
      result.axes = result.axes.enumerated().filter { !places.contains($0.offset) }.map(\.element)
    }
    return result
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    function == .maximum ? .moved : .contributions
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let places = places(in: site.inputs[0].shape.rank - 1) ?? []
    let kept = site.inputs[0].shape.dimensions.enumerated().map {
      places.contains($0.offset - 1) ? 1 : $0.element
    }
    return function == .maximum
      ? MaximumOperation(kept: Shape(kept), site) : SumOperation(self, kept: Shape(kept), site)
  }
}

/// Sums or means; back, each element gets its share.
final class SumOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormat: MemoryFormat
  /// The result with the axes of the input.
  private let keptFormat: MemoryFormat
  private let scale: Double

  init(_ layer: Reduction, kept: Shape, _ site: LayerSite) {
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.outputs[0])
    keptFormat = .plain(kept)
    scale = layer.function == .mean ? Double(kept.count) / Double(site.inputs[0].shape.count) : 1
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let plain = context.converted(inputs[0], to: .plain(inputFormat.shape))
    let pool = context.pool
    return Broadcasting.reduce(plain, to: keptFormat, scale: scale) { NativeMemory($0, from: pool) }
      .viewed(as: outputFormat)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let pool = context.pool
    let result = Broadcasting.expand(
      gradient.viewed(as: keptFormat), to: .plain(inputFormat.shape), scale: Float(scale)
    ) { NativeMemory($0, from: pool) }
    return [context.converted(result, to: inputFormat)]
  }
}

/// Maxima; back, the first of the largest elements gets all.
final class MaximumOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormat: MemoryFormat
  private let runs: BroadcastRuns
  private let count: Int
  /// Where each maximum stood in the last pass.
  private var places: [Int] = []

  init(kept: Shape, _ site: LayerSite) {
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.outputs[0])
    runs = BroadcastRuns([kept], to: site.inputs[0].shape)
    count = kept.count
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    var places = [Int](repeating: -1, count: count)
    let (length, step) = (runs.count, runs.steps[0])
    context.converted(inputs[0], to: .plain(inputFormat.shape)).withFloats { x in
      result.withFloats { y in
        runs.walk { from, offsets in
          for index in 0..<length {
            let (to, value) = (offsets[0] + index * step, x[from + index])
            // Not a number is carried along, as by other libraries.
            if places[to] < 0 || value > y[to] || (value.isNaN && !y[to].isNaN) {
              (y[to], places[to]) = (value, from + index)
            }
          }
        }
      }
    }
    self.places = places
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    precondition(places.count == count, "a maximum without a forward pass")
    let result = context.memory(.plain(inputFormat.shape))
    result.withFloats { dx in
      for index in 0..<dx.count { dx[index] = 0 }
      gradient.withFloats { g in for (index, place) in places.enumerated() { dx[place] = g[index] } }
    }
    return [context.converted(result, to: inputFormat)]
  }

  func reset() { places = [] }
}
