/// What the elements are that a network's convolutions work on; their sums and all weights are float32 in any case.
public enum Precision: String, Codable, Sendable, Hashable, CaseIterable {
  case float32
  /// The upper half of a float32: the same range, three significant digits, half the memory.
  case bfloat16

  /// Whether this processor can train with it: bfloat16 needs AVX-512 BF16 (Zen 4, Cooper Lake and later).
  public var isSupported: Bool { self == .float32 || ConvolutionKernel.level == .bfloat16 }
}
