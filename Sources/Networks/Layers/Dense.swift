import Tensors

/// A fully connected layer: `y = W x + b`, weights `[out, in]` as in PyTorch's `Linear`.
public struct Dense: Codable, Sendable, Hashable {
  public var outputCount: Int

  public init(outputCount: Int) {
    self.outputCount = outputCount
  }

  func outputShape(of input: Shape) throws(ArchitectureError) -> Shape {
    guard input.rank == 1 else { throw ArchitectureError("dense needs a flat input, not \(input)") }
    guard outputCount > 0 else { throw ArchitectureError("dense with \(outputCount) outputs") }
    return [outputCount]
  }

  func parameters(input: Shape) -> [(name: String, shape: Shape)] {
    [("weight", [outputCount, input[0]]), ("bias", [outputCount])]
  }
}
