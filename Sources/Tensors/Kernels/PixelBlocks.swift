import CKernels
import Files

/// Maps whose blocks of 2 x 2 pixels are taken as one pixel of four times the channels: those of the upper row first, pixel
/// by pixel. Beyond the last row and column lie zeros.
package struct PixelBlocks {
  /// `[N, C, F, T]`, channels-last.
  package let pixels: MemoryFormat
  /// `[N, 4 C, (F + 1) / 2, (T + 1) / 2]`, channels-last.
  package let blocks: MemoryFormat
  private let shape: Shape
  private let threads: Int

  package init(_ shape: Shape, threads: Int) {
    demand(shape.rank == 4, "blocks of \(shape)")
    (self.shape, self.threads) = (shape, threads)
    pixels = .channelsLast(shape)
    blocks = .channelsLast([shape[0], 4 * shape[1], (shape[2] + 1) / 2, (shape[3] + 1) / 2])
  }

  /// Pixels as blocks.
  package func split(_ values: NativeMemory, _ pool: BufferPool) -> NativeMemory {
    demand(values.format == pixels, "blocks of \(values.format.shape), not of \(shape)")
    let result = NativeMemory(blocks, from: pool)
    unsafe gl_split_blocks(
      values.address.assumingMemoryBound(to: Float.self), Int32(shape[0]), Int32(shape[2]), Int32(shape[3]),
      Int32(shape[1]), result.address.assumingMemoryBound(to: Float.self), Int32(threads))
    return result
  }

  /// Blocks as pixels; what lies beyond the last row and column is dropped.
  package func join(_ values: NativeMemory, _ pool: BufferPool) -> NativeMemory {
    demand(values.format == blocks, "pixels of \(values.format.shape), not of \(blocks.shape)")
    let result = NativeMemory(pixels, from: pool)
    unsafe gl_join_blocks(
      values.address.assumingMemoryBound(to: Float.self), Int32(shape[0]), Int32(shape[2]), Int32(shape[3]),
      Int32(shape[1]), result.address.assumingMemoryBound(to: Float.self), Int32(threads))
    return result
  }
}
