import CKernels
import Files

/// Which elements a dropout lets through: one bit each.
package struct DropoutMask {
  private let bits: NativeMemory
  private let scale: Float
  private let threads: Int

  /// Draws 16 bits for each of `count` elements, four from each number of the generator, the lowest first; those below
  /// `threshold` fall out, the others are multiplied by `65536 / (65536 - threshold)`.
  package init(
    count: Int, threshold: Int, from generator: inout SeededGenerator, threads: Int, pool: BufferPool
  ) {
    self.threads = threads
    scale = 1 / (1 - Float(threshold) / 65_536)
    bits = NativeMemory(.plain([(count + 63) / 64 * 2]), from: pool)
    unsafe generator.withState { state in
      unsafe gl_dropout_draw(
        state, UInt32(threshold), count, bits.address.assumingMemoryBound(to: UInt64.self))
    }
  }

  /// Multiplies by 0 or the scale; `result` may be the input.
  package func apply(to input: NativeMemory, into result: NativeMemory) {
    let count = input.format.byteCount / MemoryLayout<Float>.stride
    demand(
      result.format.byteCount == input.format.byteCount && bits.format.byteCount * 8 >= count,
      "dropout of \(input.format.shape) into \(result.format.shape)")
    unsafe gl_dropout_apply(
      input.address.assumingMemoryBound(to: Float.self), bits.address.assumingMemoryBound(to: UInt64.self),
      scale, result.address.assumingMemoryBound(to: Float.self), count, Int32(threads))
  }
}
