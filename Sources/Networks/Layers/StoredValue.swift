import Tensors

/// A value that does not depend on the input: a learned token or positional embedding, or a constant. It has no batch axis.
///
/// Its array is called `value`.
public struct StoredValue: Layer {
  public static let kind = "stored-value"
  public static let inputCounts = 0...0

  /// Initial values other than random ones.
  public enum Contents: Codable, Sendable, Hashable {
    /// These, row-major.
    case values([Float])
    /// Sinusoids of positions: the last axis is features, all axes before it are positions.
    case sinusoids
  }

  public var axes: [Axis]
  /// Whether training changes it.
  public var isLearned: Bool
  /// Of its initial values, which are normal with mean 0 if ``contents`` is nil; 0 for zeros.
  public var deviation: Float
  /// Whether weight decay applies to it.
  public var decays: Bool
  public var contents: Contents?

  public init(_ axes: [Axis], isLearned: Bool = true, deviation: Float = 0.02, decays: Bool = false) {
    (self.axes, self.isLearned, self.deviation, self.decays) = (axes, isLearned, deviation, decays)
  }

  /// A value that starts with, or always has, the given contents.
  public init(_ axes: [Axis], _ contents: Contents, isLearned: Bool = false, decays: Bool = false) {
    self.init(axes, isLearned: isLearned, deviation: 0, decays: decays)
    self.contents = contents
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard !axes.isEmpty, axes.allSatisfy({ (1...1 << 24).contains($0.extent) }), deviation.isFinite else {
      throw ArchitectureError("a stored value of \(axes)")
    }
    if case .values(let values) = contents,
      Double(values.count) != axes.reduce(1.0, { $0 * Double($1.extent) })
    {
      throw ArchitectureError("\(values.count) values for a stored value of \(axes)")
    }
    return ValueShape(axes, isBatched: false)
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let initial: LayerArray.InitialValues =
      switch contents {
      case .values(let values): .values(values)
      case .sinusoids: .sinusoids(features: axes.last?.extent ?? 1)
      case nil: deviation == 0 ? .constant(0) : .normal(deviation: deviation)
      }
    return [
      LayerArray(
        "value", Shape(axes.map(\.extent)), role: isLearned ? .parameter : .constant, initial: initial,
        decays: decays)
    ]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    StoredValueOperation(self, site: site)
  }
}

/// Copies the array into a value.
final class StoredValueOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  var hasParameters: Bool { isLearned }
  private let name: String
  private let isLearned: Bool

  init(_ layer: StoredValue, site: LayerSite) {
    outputFormat = .plain(site.outputs[0])
    name = site.array("value")
    isLearned = layer.isLearned
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let array = (isLearned ? context.parameters : context.state)[name].values
    result.withFloats { target in for index in array.indices { target[index] = array[index] } }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    if let entry = context.parameterGradients?.entry(name) {
      gradient.withFloats { values in
        context.parameterGradients?[name] = Tensor(
          (0..<entry.shape.count).map { values[$0] }, shape: entry.shape)
      }
    }
    return []
  }
}
