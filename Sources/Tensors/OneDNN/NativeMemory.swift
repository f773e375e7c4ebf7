import COneDNN
import Files

/// Elements in a oneDNN format, in memory taken from a pool or borrowed from the caller.
@safe public final class NativeMemory {
  public let format: MemoryFormat
  let handle: dnnl_memory_t
  /// The first byte.
  let address: UnsafeMutableRawPointer
  private let block: BufferPool.Block?
  private let pool: BufferPool?
  /// Keeps the memory that this one is a view of.
  private let viewed: NativeMemory?

  /// Memory from a pool, with undefined contents.
  package init(_ format: MemoryFormat, from pool: BufferPool) {
    let block = pool.take(byteCount: format.byteCount)
    self.format = format
    self.pool = pool
    self.block = block
    viewed = nil
    unsafe address = block.address
    unsafe handle = Self.makeHandle(format, block.address)
  }

  /// Memory that the caller owns and keeps alive for as long as this object is used.
  package init(_ format: MemoryFormat, borrowing address: UnsafeMutableRawPointer) {
    self.format = format
    pool = nil
    block = nil
    viewed = nil
    unsafe self.address = address
    unsafe handle = Self.makeHandle(format, address)
  }

  /// The same bytes under another format of the same size.
  package init(_ format: MemoryFormat, viewing other: NativeMemory) {
    demand(
      format.byteCount == other.format.byteCount, "view of \(other.format.shape) as \(format.shape)")
    self.format = format
    pool = nil
    block = nil
    viewed = other
    unsafe address = other.address
    unsafe handle = Self.makeHandle(format, other.address)
  }

  deinit {
    unsafe _ = dnnl_memory_destroy(handle)
    if let block { pool?.give(block) }
  }

  private static func makeHandle(
    _ format: MemoryFormat, _ address: UnsafeMutableRawPointer
  ) -> dnnl_memory_t {
    var descriptor = format.descriptor
    var handle: dnnl_memory_t?
    unsafe OneDNN.check(
      dnnl_memory_create(&handle, &descriptor, OneDNN.engine, address), "memory for \(format.shape)")
    return unsafe handle.unsafelyUnwrapped
  }

  /// All floats, including the padding of blocks, for reading and writing.
  public func withFloats<R>(_ body: (inout MutableSpan<Float>) -> R) -> R {
    let count = format.byteCount / MemoryLayout<Float>.stride
    var span = unsafe MutableSpan(_unsafeStart: address.assumingMemoryBound(to: Float.self), count: count)
    return body(&span)
  }
}
