import Tensors
import Testing

/// Floats handed to a kernel, at an address that no vector is aligned to, with a margin on both sides that must come back as
/// it was. What a kernel must write is NaN before.
@safe final class KernelMemory {
  private static let (margin, sentinel) = (17, Float(-12_345))

  let count: Int
  let start: UnsafeMutablePointer<Float>
  private let all: UnsafeMutableBufferPointer<Float>

  init(_ values: [Float]) {
    count = values.count
    unsafe all = .allocate(capacity: count + 2 * Self.margin)
    unsafe all.initialize(repeating: Self.sentinel)
    unsafe start = all.baseAddress.unsafelyUnwrapped + Self.margin
    for index in values.indices { unsafe start[index] = values[index] }
  }

  /// Memory for a result.
  convenience init(unwritten count: Int) { self.init([Float](repeating: .nan, count: count)) }

  deinit { unsafe all.deallocate() }

  /// What a kernel left here. Records an issue where it wrote beside it.
  var values: [Float] {
    let margins = unsafe Array(all.prefix(Self.margin)) + Array(all.suffix(Self.margin))
    #expect(margins.allSatisfy { $0 == Self.sentinel }, "written beside \(count) floats")
    return (0..<count).map { unsafe start[$0] }
  }
}

/// Small whole numbers, of which no sum or product of a test is rounded.
func wholeNumbers(_ count: Int, seed: Int, to most: Int = 4) -> [Float] {
  var generator = SeededGenerator(seed: UInt64(seed))
  return (0..<count).map { _ in Float(generator.index(below: 2 * most + 1) - most) }
}

/// Numbers of all digits, from a standard normal distribution.
func normalNumbers(_ count: Int, seed: Int) -> [Float] {
  var generator = SeededGenerator(seed: UInt64(seed))
  return (0..<count).map { _ in generator.normal() }
}
