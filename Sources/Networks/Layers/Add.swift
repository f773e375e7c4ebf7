import Tensors

/// Elementwise sum of two or more inputs, broadcast along axes of extent 1 (numpy's rules; the batch axis is aligned separately).
public struct Add: Layer {
  public static let kind = "add"
  public static let inputCounts = 2...Int.max
  public init() {}

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try Broadcasting.shape(inputs, Self.kind)
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let isPlainSum = site.inputs.allSatisfy { $0.shape == site.outputs[0] }
    return isPlainSum ? AddOperation(inputs: site.inputs) : RepeatingAddOperation(site)
  }
}

/// Elementwise sum of inputs of one shape, in the layout of the first.
final class AddOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormats: [MemoryFormat]

  init(inputs: [MemoryFormat]) {
    inputFormats = inputs
    outputFormat = inputs[0]
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let isReadAgain = inputs.dropFirst().contains { $0 === inputs[0] }
    let result = mayOverwrite && !isReadAgain ? inputs[0] : context.memory(outputFormat)
    var sum = inputs[0]
    for input in inputs.dropFirst() {
      result.setToSum(of: sum, and: context.converted(input, to: outputFormat))
      sum = result
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    zip(inputFormats, wanted).enumerated().map { index, input in
      guard input.1 else { return nil }
      let converted = context.converted(gradient, to: input.0)
      return converted === gradient && index > 0 ? gradient.copy(context.pool) : converted
    }
  }
}

/// Elementwise sum of inputs some of which are repeated, in row-major order.
final class RepeatingAddOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormats: [MemoryFormat]

  init(_ site: LayerSite) {
    inputFormats = site.inputs
    outputFormat = .plain(site.outputs[0])
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let pool = context.pool
    var result: NativeMemory?
    for input in inputs {
      let plain = context.converted(input, to: .plain(input.format.shape))
      let term = Broadcasting.expand(plain, to: outputFormat) { NativeMemory($0, from: pool) }
      if let result { result.add(term) } else { result = term }
    }
    return result ?? context.memory(outputFormat)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let pool = context.pool
    return zip(inputFormats, wanted).map { format, isWanted in
      guard isWanted else { return nil }
      let sums = Broadcasting.reduce(gradient, to: .plain(format.shape)) { NativeMemory($0, from: pool) }
      return context.converted(sums, to: format)
    }
  }
}
