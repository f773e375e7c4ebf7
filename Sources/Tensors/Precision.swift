/// The number format of the elements in a network's convolutions; their sums and all weights are always float32.
public enum Precision: String, Codable, Sendable, Hashable, CaseIterable {
  case float32
  /// The upper half of a float32: the same range, three significant digits, half the memory.
  case bfloat16

  /// Whether this processor can train with it: bfloat16 needs AVX-512 BF16 (Zen 4, Cooper Lake and later).
  public var isSupported: Bool { self == .float32 || ConvolutionKernel.level == .bfloat16 }
}
