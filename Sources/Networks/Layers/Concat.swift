import Tensors

/// Inputs concatenated along an axis; by default the outermost one, the channels of maps.
///
/// A value without batch axis, such as a learned token, is added before or after those of each item.
public struct Concat: Layer {
  public static let kind = "concat"
  public static let inputCounts = 2...Int.max

  /// Counted from the outermost axis, without the batch axis.
  public var axis: Int

  public init(axis: Int = 0) {
    self.axis = axis
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    func rest(_ shape: ValueShape) -> [Int] {
      shape.axes.enumerated().filter { $0.offset != axis }.map(\.element.extent)
    }
    guard inputs[0].axes.indices.contains(axis), inputs.allSatisfy({ $0.rank == inputs[0].rank }),
      inputs.allSatisfy({ rest($0) == rest(inputs[0]) })
    else {
      let what = axis == 0 ? "channels" : "axis \(axis)"
      throw ArchitectureError("concat needs inputs that differ in \(what) only, not \(inputs)")
    }
    var result = inputs.first(where: \.isBatched) ?? inputs[0]
    result.axes[axis].extent = inputs.reduce(0) { $0 + $1[axis] }
    return result
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { ConcatOperation(axis: axis + 1, site) }
}

extension Concat {
  private enum CodingKeys: String, CodingKey { case axis }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(axis: try container.decodeIfPresent(Int.self, forKey: .axis) ?? 0)
  }

  /// The axis of version 0.1.0 is omitted.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if axis != 0 { try container.encode(axis, forKey: .axis) }
  }
}

/// Runs of elements of each input side by side, in row-major order.
final class ConcatOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormats: [MemoryFormat]
  /// Runs in each item: the product of the extents before the axis.
  private let runs: Int
  /// Elements of a run of each input.
  private let lengths: [Int]

  init(axis: Int, _ site: LayerSite) {
    inputFormats = site.inputs
    outputFormat = .plain(site.outputs[0])
    runs = site.outputs[0].dimensions[1..<axis].reduce(1, *)
    lengths = site.inputs.map { $0.shape.dimensions[axis...].reduce(1, *) }
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    for (index, input) in inputs.enumerated() {
      let plain = context.converted(input, to: .plain(inputFormats[index].shape))
      plain.withFloats { source in
        result.withFloats { target in
          forEachRun(of: index) { from, to, count in
            for element in 0..<count { target[to + element] = source[from + element] }
          }
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    inputFormats.indices.map { index in
      guard wanted[index] else { return nil }
      let format = inputFormats[index]
      let part = context.memory(.plain(format.shape))
      part.withFloats { target in
        for element in 0..<target.count { target[element] = 0 }
        gradient.withFloats { source in
          forEachRun(of: index) { from, to, count in
            for element in 0..<count { target[from + element] += source[to + element] }
          }
        }
      }
      return context.converted(part, to: format)
    }
  }

  /// For every run of an input: where it begins there and in the result, and how long it is.
  private func forEachRun(of index: Int, _ body: (_ input: Int, _ result: Int, _ count: Int) -> Void) {
    let (length, whole) = (lengths[index], lengths.reduce(0, +))
    let before = lengths[..<index].reduce(0, +)
    let isRepeated = inputFormats[index].shape[0] == 1
    for item in 0..<outputFormat.shape[0] {
      for run in 0..<runs {
        body(
          ((isRepeated ? 0 : item) * runs + run) * length, (item * runs + run) * whole + before, length)
      }
    }
  }
}
