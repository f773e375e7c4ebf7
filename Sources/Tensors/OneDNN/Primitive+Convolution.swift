import COneDNN

/// The fixed numbers of a two-dimensional convolution, in the order height (F), width (T).
package struct ConvolutionGeometry {
  package var strides: [Int]
  package var padding: [Int]
  /// After the last position of each axis.
  package var paddingBehind: [Int]
  /// Distance of the positions that a kernel reads.
  package var dilation: [Int]

  package init(strides: [Int], padding: [Int], paddingBehind: [Int]? = nil, dilation: [Int] = [1, 1]) {
    self.strides = strides
    self.padding = padding
    self.paddingBehind = paddingBehind ?? padding
    self.dilation = dilation
  }

  /// As oneDNN takes them; its dilation counts the positions left out.
  var numbers: (strides: [Int64], dilation: [Int64], before: [Int64], behind: [Int64]) {
    (
      strides.map(Int64.init), dilation.map { Int64($0 - 1) }, padding.map(Int64.init),
      paddingBehind.map(Int64.init)
    )
  }
}

extension Primitive {
  /// A function of each result of a convolution.
  package enum ResultFunction: Sendable {
    case relu
    /// min(max(x, 0), 6)
    case relu6
    /// x / (1 + exp(-x))
    case silu

    var algorithm: (kind: dnnl_alg_kind_t, alpha: Float, beta: Float) {
      switch self {
      case .relu: (dnnl_eltwise_relu, 0, 0)
      case .relu6: (dnnl_eltwise_clip, 0, 6)
      case .silu: (dnnl_eltwise_swish, 1, 0)
      }
    }
  }

  /// `destination = source * weights + bias`, with ReLU after it when `relu` is set, or another function.
  package static func convolution(
    source: MemoryFormat, weights: MemoryFormat, bias: MemoryFormat, destination: MemoryFormat,
    geometry: ConvolutionGeometry, relu: Bool, training: Bool, function: ResultFunction? = nil
  ) -> Primitive {
    var (s, w, b, d) = (
      source.descriptor, weights.descriptor, bias.descriptor, destination.descriptor
    )
    let (strides, dilation, before, behind) = geometry.numbers
    var operation = dnnl_convolution_desc_t()
    unsafe OneDNN.check(
      dnnl_dilated_convolution_forward_desc_init(
        &operation, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct, &s,
        &w,
        &b, &d, strides, dilation, before, behind), "convolution of \(source.shape) by \(weights.shape)")
    guard let function = relu ? .relu : function else {
      return unsafe Primitive(&operation, attributes: nil, hint: nil, "convolution")
    }
    let (kind, alpha, beta) = function.algorithm
    let attributes = unsafe makeAttributes()
    var operations: dnnl_post_ops_t?
    unsafe OneDNN.check(dnnl_post_ops_create(&operations), "post operations")
    unsafe OneDNN.check(dnnl_post_ops_append_eltwise(operations, 1, kind, alpha, beta), "fused function")
    unsafe OneDNN.check(dnnl_primitive_attr_set_post_ops(attributes, operations), "fused function")
    defer {
      unsafe _ = dnnl_post_ops_destroy(operations)
      unsafe _ = dnnl_primitive_attr_destroy(attributes)
    }
    return unsafe Primitive(&operation, attributes: attributes, hint: nil, "convolution with a function")
  }

  /// Gradient of a convolution with respect to its source.
  package static func convolutionSourceGradient(
    source: MemoryFormat, weights: MemoryFormat, destination: MemoryFormat, geometry: ConvolutionGeometry,
    hint: Primitive
  ) -> Primitive {
    var (s, w, d) = (source.descriptor, weights.descriptor, destination.descriptor)
    let (strides, dilation, before, behind) = geometry.numbers
    var operation = dnnl_convolution_desc_t()
    unsafe OneDNN.check(
      dnnl_dilated_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &s, &w, &d, strides, dilation, before, behind),
      "source gradient of \(source.shape) by \(weights.shape)")
    return unsafe Primitive(&operation, attributes: nil, hint: hint, "convolution source gradient")
  }

  /// Gradient of a convolution with respect to its weights and bias.
  package static func convolutionWeightsGradient(
    source: MemoryFormat, weights: MemoryFormat, bias: MemoryFormat, destination: MemoryFormat,
    geometry: ConvolutionGeometry, hint: Primitive
  ) -> Primitive {
    var (s, w, b, d) = (
      source.descriptor, weights.descriptor, bias.descriptor, destination.descriptor
    )
    let (strides, dilation, before, behind) = geometry.numbers
    var operation = dnnl_convolution_desc_t()
    unsafe OneDNN.check(
      dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, &s, &w, &b, &d, strides, dilation, before, behind),
      "weights gradient of \(source.shape) by \(weights.shape)")
    return unsafe Primitive(&operation, attributes: nil, hint: hint, "convolution weights gradient")
  }
}
