import COneDNN

/// How the elements of a logical shape lie in memory: plain row-major, or in the blocks that a kernel prefers.
package struct MemoryFormat: Equatable {
  var descriptor: dnnl_memory_desc_t

  init(_ descriptor: dnnl_memory_desc_t) {
    self.descriptor = descriptor
  }

  private init(shape: Shape, tag: dnnl_format_tag_t) {
    let dimensions = shape.dimensions.map(Int64.init)
    var descriptor = dnnl_memory_desc_t()
    unsafe OneDNN.check(
      dnnl_memory_desc_init_by_tag(&descriptor, Int32(dimensions.count), dimensions, dnnl_f32, tag),
      "format of \(shape)")
    self.descriptor = descriptor
  }

  /// Row-major order, 1 to 5 axes.
  package static func plain(_ shape: Shape) -> MemoryFormat {
    let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde]
    return MemoryFormat(shape: shape, tag: tags[shape.rank - 1])
  }

  /// Whatever the primitive made with it likes best.
  package static func any(_ shape: Shape) -> MemoryFormat {
    MemoryFormat(shape: shape, tag: dnnl_format_tag_any)
  }

  /// The logical shape.
  package var shape: Shape {
    unsafe withUnsafeBytes(of: descriptor.dims) { bytes in
      Shape(unsafe bytes.bindMemory(to: Int64.self).prefix(Int(descriptor.ndims)).map(Int.init))
    }
  }

  /// Bytes needed, padding of blocks included.
  package var byteCount: Int {
    var copy = descriptor
    return unsafe Int(dnnl_memory_desc_get_size(&copy))
  }

  /// Whether the elements lie in row-major order without padding.
  package var isPlain: Bool { self == .plain(shape) }

  package static func == (left: MemoryFormat, right: MemoryFormat) -> Bool {
    var (a, b) = (left.descriptor, right.descriptor)
    return unsafe dnnl_memory_desc_equal(&a, &b) != 0
  }
}
