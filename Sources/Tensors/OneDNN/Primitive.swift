import COneDNN
import Synchronization

/// A compiled oneDNN operation for fixed shapes and formats.
@safe package final class Primitive {
  let descriptor: dnnl_primitive_desc_t
  private let handle: dnnl_primitive_t
  private let scratchpad: MemoryFormat

  /// Compiles an operation. `hint` is the forward operation that a backward one belongs to.
  init(_ operation: UnsafeRawPointer, attributes: dnnl_primitive_attr_t?, hint: Primitive?, _ what: String) {
    var descriptor: dnnl_primitive_desc_t?
    let attributes = unsafe attributes ?? Primitive.defaultAttributes
    unsafe OneDNN.check(
      dnnl_primitive_desc_create(&descriptor, operation, attributes, OneDNN.engine, hint?.descriptor), what)
    unsafe self.descriptor = descriptor.unsafelyUnwrapped
    unsafe (handle, scratchpad) = Self.compile(descriptor.unsafelyUnwrapped, what)
  }

  /// A change of layout.
  package init(reorder source: MemoryFormat, to destination: MemoryFormat) {
    var (from, to) = (source.descriptor, destination.descriptor)
    var descriptor: dnnl_primitive_desc_t?
    unsafe OneDNN.check(
      dnnl_reorder_primitive_desc_create(
        &descriptor, &from, OneDNN.engine, &to, OneDNN.engine, Primitive.defaultAttributes),
      "reorder of \(source.shape) to \(destination.shape)")
    unsafe self.descriptor = descriptor.unsafelyUnwrapped
    unsafe (handle, scratchpad) = Self.compile(descriptor.unsafelyUnwrapped, "reorder")
  }

  /// As ``init(reorder:to:)``, compiled once for each pair of layouts and number of threads.
  package static func reorder(_ source: MemoryFormat, to destination: MemoryFormat) -> Primitive {
    let threads = Int(omp_get_max_threads())
    return compiledReorders.withLock { reorders in
      let match = reorders.first {
        $0.threads == threads && $0.source == source && $0.destination == destination
      }
      if let match { return match.primitive }
      let primitive = Primitive(reorder: source, to: destination)
      reorders.append(
        CompiledReorder(source: source, destination: destination, threads: threads, primitive: primitive))
      if reorders.count > 64 { reorders.removeFirst() }
      return primitive
    }
  }

  private struct CompiledReorder: @unchecked Sendable {
    let source: MemoryFormat
    let destination: MemoryFormat
    let threads: Int
    let primitive: Primitive
  }

  private static let compiledReorders = Mutex<[CompiledReorder]>([])

  deinit {
    unsafe _ = dnnl_primitive_destroy(handle)
    unsafe _ = dnnl_primitive_desc_destroy(descriptor)
  }

  /// The format of an argument as the operation wants it.
  package func format(of argument: OneDNN.Argument) -> MemoryFormat {
    unsafe MemoryFormat(
      dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument.rawValue).pointee)
  }

  /// Runs the operation on the calling thread's kernels and waits for it.
  package func run(
    _ arguments: [(OneDNN.Argument, NativeMemory)], on stream: OneDNNStream, pool: BufferPool
  ) {
    let scratch = scratchpad.byteCount > 0 ? NativeMemory(scratchpad, from: pool) : nil
    var list = unsafe arguments.map { unsafe dnnl_exec_arg_t(arg: $0.0.rawValue, memory: $0.1.handle) }
    if let scratch {
      unsafe list.append(dnnl_exec_arg_t(arg: OneDNN.Argument.scratchpad.rawValue, memory: scratch.handle))
    }
    unsafe OneDNN.check(
      dnnl_primitive_execute(handle, stream.handle, Int32(list.count), list), "execution")
    unsafe OneDNN.check(dnnl_stream_wait(stream.handle), "wait")
  }

  /// Scratch memory is handed in by the caller, which makes primitives independent of threads.
  nonisolated(unsafe) private static let defaultAttributes = unsafe makeAttributes()

  static func makeAttributes() -> dnnl_primitive_attr_t {
    var attributes: dnnl_primitive_attr_t?
    unsafe OneDNN.check(dnnl_primitive_attr_create(&attributes), "attributes")
    unsafe OneDNN.check(
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "scratchpad mode")
    return unsafe attributes.unsafelyUnwrapped
  }

  private static func compile(
    _ descriptor: dnnl_primitive_desc_t, _ what: String
  ) -> (dnnl_primitive_t, MemoryFormat) {
    var handle: dnnl_primitive_t?
    unsafe OneDNN.check(dnnl_primitive_create(&handle, descriptor), what)
    let scratchpad = unsafe dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0).pointee
    return unsafe (handle.unsafelyUnwrapped, MemoryFormat(scratchpad))
  }
}
