import Tensors

/// Mean or maximum over windows of (F, T); output extents are floored as in PyTorch's default.
public struct Pooling: Codable, Sendable, Hashable {
  public enum Reduction: String, Codable, Sendable { case average, maximum }

  public var reduction: Reduction
  /// Extents over (F, T).
  public var kernel: [Int]
  public var stride: [Int]
  /// Zeros (average) or minus infinity (maximum) on both sides.
  public var padding: [Int]
  /// Whether a mean counts the padding, as PyTorch does by default.
  public var countsPadding: Bool

  /// `stride` is `kernel` when it is not given.
  public init(
    _ reduction: Reduction, kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0, 0],
    countsPadding: Bool = true
  ) {
    self.reduction = reduction
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.countsPadding = countsPadding
  }

  func outputShape(of input: Shape) throws(ArchitectureError) -> Shape {
    guard input.rank == 3 else { throw ArchitectureError("pooling needs [C, F, T], not \(input)") }
    let extents = try windowExtents(input, kernel: kernel, stride: stride, padding: padding)
    guard 2 * padding[0] <= kernel[0], 2 * padding[1] <= kernel[1] else {
      throw ArchitectureError("pooling padding \(padding) is more than half of the kernel \(kernel)")
    }
    return Shape([input[0]] + extents)
  }
}
