import COneDNN

/// What a pooling window makes of its elements.
package enum PoolingReduction {
  case maximum
  /// Mean over the window, padding counted as zeros.
  case averageWithPadding
  /// Mean over the window's real elements.
  case averageWithoutPadding

  var algorithm: dnnl_alg_kind_t {
    switch self {
    case .maximum: dnnl_pooling_max
    case .averageWithPadding: dnnl_pooling_avg_include_padding
    case .averageWithoutPadding: dnnl_pooling_avg_exclude_padding
    }
  }
}

extension Primitive {
  /// Pooling in the source's own layout.
  package static func pooling(
    _ reduction: PoolingReduction, source: MemoryFormat, destination: Shape, kernel: [Int],
    geometry: ConvolutionGeometry, training: Bool
  ) -> Primitive {
    var (s, d) = (source.descriptor, MemoryFormat.any(destination).descriptor)
    let (strides, _, before, behind) = geometry.numbers
    var operation = dnnl_pooling_desc_t()
    unsafe OneDNN.check(
      dnnl_pooling_forward_desc_init(
        &operation, training ? dnnl_forward_training : dnnl_forward_inference, reduction.algorithm, &s, &d,
        strides, kernel.map(Int64.init), before, behind), "pooling of \(source.shape)")
    return unsafe Primitive(&operation, attributes: nil, hint: nil, "pooling")
  }

  /// Gradient of pooling with respect to its source.
  package static func poolingGradient(
    _ reduction: PoolingReduction, source: MemoryFormat, destination: MemoryFormat, kernel: [Int],
    geometry: ConvolutionGeometry, hint: Primitive
  ) -> Primitive {
    var (s, d) = (source.descriptor, destination.descriptor)
    let (strides, _, before, behind) = geometry.numbers
    var operation = dnnl_pooling_desc_t()
    unsafe OneDNN.check(
      dnnl_pooling_backward_desc_init(
        &operation, reduction.algorithm, &s, &d, strides, kernel.map(Int64.init), before, behind),
      "pooling gradient of \(source.shape)")
    return unsafe Primitive(&operation, attributes: nil, hint: hint, "pooling gradient")
  }
}
