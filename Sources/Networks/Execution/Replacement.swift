import Files
public import Tensors

/// What a pass uses instead of a named value x: `keep x + values`, item by item.
///
/// ```swift
/// network.forward(batch, replacing: ["conv3": .zero])                        // without the layer
/// network.forward(batch, replacing: ["conv3": .masked(by: mask)])            // where the mask is 1
/// network.forward(batch, replacing: ["attention.weights": .values(forced)])  // as if it had been this
/// ```
public struct Replacement: Sendable, Equatable {
  /// The factor of each element; nil is 0. Axes of extent 1, including the batch axis, are broadcast.
  public var keep: Tensor?
  /// The values added; nil is 0. Axes of extent 1 as in ``keep``.
  public var values: Tensor?

  public init(keep: Tensor? = nil, values: Tensor? = nil) {
    (self.keep, self.values) = (keep, values)
  }

  /// Zeros.
  public static let zero = Replacement()

  /// Other values, `[N or 1, ...]`: those of another pass, or any others.
  public static func values(_ values: Tensor) -> Replacement { Replacement(values: values) }

  /// The value times a mask or scale.
  public static func masked(by mask: Tensor) -> Replacement { Replacement(keep: mask) }

  /// `mask x + (1 - mask) baseline`.
  public static func masked(by mask: Tensor, baseline: Float) -> Replacement {
    Replacement(keep: mask, values: mask.map { (1 - $0) * baseline })
  }

  /// Traps where a tensor does not fit a value of this shape.
  func check(_ name: String, _ shape: Shape) {
    for tensor in [keep, values].compactMap(\.self) {
      demand(
        tensor.shape.rank == shape.rank
          && zip(tensor.shape.dimensions, shape.dimensions).allSatisfy { $0 == $1 || $0 == 1 },
        "a replacement \(tensor.shape) for '\(name)' of \(shape)")
    }
  }
}

extension Replacement {
  /// `keep x + values` for a value x `[N or 1, ...]`, with as many items as the largest of the three has.
  func applied(to value: Tensor, called name: String) -> Tensor {
    let batch = [value, keep, values].compactMap { $0?.shape[0] }.max() ?? 1
    let shape = Shape([batch] + value.shape.dimensions.dropFirst())
    demand([1, batch].contains(value.shape[0]), "\(batch) replacements for \(value.shape[0]) items")
    check(name, shape)
    if keep == nil, let values, values.shape == shape { return values }
    var result = Tensor(shape: shape)
    result.withMutableSpan { target in
      if let keep {
        BroadcastRuns([value.shape], to: shape).walkElements { target[$0] = value.values[$1] }
        BroadcastRuns([keep.shape], to: shape).walkElements { target[$0] *= keep.values[$1] }
      }
      if let values {
        BroadcastRuns([values.shape], to: shape).walkElements { target[$0] += values.values[$1] }
      }
    }
    return result
  }
}

extension ForwardTrace {
  /// Logits with an observed value replaced: only what depends on it is computed again.
  ///
  /// A trace of one item can be used for any number of replacements: `[M, 1, ...]` tensors give logits `[M, K]`. Observe
  /// ``Network/companions(of:)`` too: values that do not depend on the replaced one are taken from this trace. Runs in inference
  /// mode. Traps if a companion was not observed, and for tensors that do not fit.
  public func logits(replacing value: String, by replacement: Replacement) -> Tensor {
    let replaced = replacement.applied(to: activation(at: value), called: value)
    let batch = replaced.shape[0]
    var given = [value: replaced]
    for name in network.companions(of: value) {
      let own = activation(at: name)
      let isConstant = network.valueShapes[name]?.isBatched == false
      given[name] =
        own.shape[0] == batch || isConstant ? own : Tensor.stack((0..<batch).map { _ in own.item(0) })
    }
    return network.forward(from: given)
  }
}

/// Puts what the pass asks for in the place of a value.
final class ReplacementOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let name: String
  private let inputFormat: MemoryFormat

  init(_ name: String, input: MemoryFormat) {
    self.name = name
    inputFormat = input
    outputFormat = .plain(input.shape)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    guard let replacement = context.replacements[name] else {
      preconditionFailure("nothing to put in the place of '\(name)'")
    }
    let plain = context.converted(inputs[0], to: outputFormat)
    plain.withFloats { source in
      result.withFloats { target in
        for index in 0..<target.count { target[index] = replacement.keep == nil ? 0 : source[index] }
        if let keep = replacement.keep {
          BroadcastRuns([keep.shape], to: outputFormat.shape).walkElements { target[$0] *= keep.values[$1] }
        }
        if let values = replacement.values {
          BroadcastRuns([values.shape], to: outputFormat.shape).walkElements {
            target[$0] += values.values[$1]
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
    let keep = context.replacements[name]?.keep
    gradient.withFloats { values in
      if let keep {
        BroadcastRuns([keep.shape], to: outputFormat.shape).walkElements { values[$0] *= keep.values[$1] }
      } else {
        for index in 0..<values.count { values[index] = 0 }
      }
    }
    return [context.converted(gradient, to: inputFormat)]
  }
}
