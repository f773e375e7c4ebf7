import COneDNN

/// How the elements of a logical shape are arranged in memory: plain row-major, or in the blocks that a kernel prefers.
public struct MemoryFormat: Equatable, Sendable {
  var descriptor: dnnl_memory_desc_t

  init(_ descriptor: dnnl_memory_desc_t) {
    self.descriptor = descriptor
  }

  private init(shape: Shape, tag: dnnl_format_tag_t, type: dnnl_data_type_t = dnnl_f32) {
    let dimensions = shape.dimensions.map(Int64.init)
    var descriptor = dnnl_memory_desc_t()
    unsafe OneDNN.check(
      dnnl_memory_desc_init_by_tag(&descriptor, Int32(dimensions.count), dimensions, type, tag),
      "format of \(shape)")
    self.descriptor = descriptor
  }

  /// Row-major order, 1 to 6 axes.
  public static func plain(_ shape: Shape) -> MemoryFormat {
    let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef]
    return MemoryFormat(shape: shape, tag: tags[shape.rank - 1])
  }

  /// `[N, C, H, W]` with the channels of a pixel beside each other: [N, H, W, C] in memory.
  package static func channelsLast(_ shape: Shape, _ precision: Precision = .float32) -> MemoryFormat {
    // With one channel both orders are one; the plain name of it saves a copy.
    let tag = shape[1] == 1 ? dnnl_abcd : dnnl_acdb
    return MemoryFormat(shape: shape, tag: tag, type: precision == .bfloat16 ? dnnl_bf16 : dnnl_f32)
  }

  /// Whatever the primitive made with it likes best.
  package static func any(_ shape: Shape) -> MemoryFormat {
    MemoryFormat(shape: shape, tag: dnnl_format_tag_any)
  }

  /// The logical shape.
  public var shape: Shape {
    unsafe withUnsafeBytes(of: descriptor.dims) { bytes in
      Shape(unsafe bytes.bindMemory(to: Int64.self).prefix(Int(descriptor.ndims)).map(Int.init))
    }
  }

  /// Bytes needed, padding of blocks included.
  package var byteCount: Int {
    var copy = descriptor
    return unsafe Int(dnnl_memory_desc_get_size(&copy))
  }

  /// The same elements in place, their axes in another order: axis i of the result is axis `order[i]` of this.
  package func permuted(_ order: [Int]) -> MemoryFormat {
    var (source, result) = (descriptor, dnnl_memory_desc_t())
    // oneDNN asks where each axis goes.
    let places = order.indices.map { Int32(order.firstIndex(of: $0) ?? 0) }
    unsafe OneDNN.check(
      dnnl_memory_desc_permute_axes(&result, &source, places), "axes of \(shape) in the order \(order)")
    return MemoryFormat(result)
  }

  /// Whether the elements are in row-major order without padding.
  public var isPlain: Bool { self == .plain(shape) }

  public static func == (left: MemoryFormat, right: MemoryFormat) -> Bool {
    var (a, b) = (left.descriptor, right.descriptor)
    return unsafe dnnl_memory_desc_equal(&a, &b) != 0
  }
}
