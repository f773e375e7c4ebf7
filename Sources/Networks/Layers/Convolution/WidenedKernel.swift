import Tensors

/// A convolution's kernel with an average pooling of window `pool` folded into it.
///
/// `wide[p] = 1/k * sum over a < k of narrow[p - a]` along each axis; with `pool` 1 x 1 both are the same.
struct WidenedKernel {
  /// The wide kernel as oneDNN takes it: `[groups, O / groups, I / groups, KF, KT]`, or without the first axis.
  let groupedShape: Shape
  /// Extents of the wide kernel.
  var extents: [Int] { wide }
  /// Whether both are the same.
  var isNarrow: Bool { pool == [1, 1] }
  /// The name of the narrow weights.
  let weight: String
  private let narrow: [Int]
  private let wide: [Int]
  private let pool: [Int]
  /// Number of (output, input) channel pairs.
  private let planes: Int

  init(_ convolution: Convolution, weight: String, inputChannels: Int, pool: [Int]) {
    self.weight = weight
    let (groups, outputs) = (convolution.groups, convolution.outputChannels)
    narrow = convolution.kernel
    wide = zip(convolution.kernel, pool).map { $0 + $1 - 1 }
    self.pool = pool
    planes = outputs * inputChannels / groups
    let core = [outputs / groups, inputChannels / groups] + wide
    groupedShape = Shape(groups > 1 ? [groups] + core : core)
  }

  /// The wide weights in plain order: borrowed when nothing is folded in, else in memory from the pool.
  func widened(from parameters: ParameterVector, pool memoryPool: BufferPool) -> NativeMemory {
    let result = NativeMemory(.plain(groupedShape), from: memoryPool)
    guard let entry = parameters.entry(weight) else { preconditionFailure("no array '\(weight)'") }
    let source = parameters.values.span
    result.withFloats { target in
      if pool == [1, 1] {
        Rows.copy(
          source.extracting(entry.range), count: 1, width: target.count, columns: 0..<target.count,
          into: &target)
      } else {
        spread(source, at: entry.offset, into: &target)
      }
    }
    return result
  }

  private func spread(_ source: Span<Float>, at offset: Int, into target: inout MutableSpan<Float>) {
    let scale = 1 / Float(pool[0] * pool[1])
    precondition(
      target.count == groupedShape.count && offset + planes * narrow[0] * narrow[1] <= source.count)
    for index in 0..<target.count { target[index] = 0 }
    forEachPair { narrowIndex, wideIndex in
      unsafe target[unchecked: wideIndex] += scale * source[unchecked: offset + narrowIndex]
    }
  }

  /// The gradient of the narrow kernel from the gradient of the wide one.
  func fold(_ gradient: borrowing MutableSpan<Float>, into vector: inout MutableSpan<Float>, at offset: Int) {
    let scale = 1 / Float(pool[0] * pool[1])
    precondition(
      gradient.count == groupedShape.count && offset + planes * narrow[0] * narrow[1] <= vector.count)
    if pool == [1, 1] {
      let count = gradient.count
      vector.withPart(offset..<offset + count) {
        Rows.copy(gradient.span, count: 1, width: count, columns: 0..<count, into: &$0)
      }
      return
    }
    for index in 0..<planes * narrow[0] * narrow[1] { vector[offset + index] = 0 }
    forEachPair { narrowIndex, wideIndex in
      unsafe vector[unchecked: offset + narrowIndex] += scale * gradient[unchecked: wideIndex]
    }
  }

  /// Every narrow weight with each wide weight it is part of.
  @inline(__always)
  private func forEachPair(_ body: (_ narrow: Int, _ wide: Int) -> Void) {
    let (height, width, wideHeight, wideWidth) = (narrow[0], narrow[1], wide[0], wide[1])
    let (poolHeight, poolWidth) = (pool[0], pool[1])
    for plane in 0..<planes {
      for row in 0..<height {
        for column in 0..<width {
          let narrowIndex = (plane * height + row) * width + column
          for shiftRow in 0..<poolHeight {
            for shiftColumn in 0..<poolWidth {
              body(narrowIndex, (plane * wideHeight + row + shiftRow) * wideWidth + column + shiftColumn)
            }
          }
        }
      }
    }
  }
}
