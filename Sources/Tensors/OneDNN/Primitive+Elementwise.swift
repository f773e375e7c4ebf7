import COneDNN

extension Primitive {
  /// max(x, 0), any layout; source and destination may be the same memory.
  package static func relu(_ format: MemoryFormat) -> Primitive {
    var data = format.descriptor
    var operation = dnnl_eltwise_desc_t()
    unsafe OneDNN.check(
      dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_eltwise_relu_use_dst_for_bwd, &data, 0, 0), "ReLU")
    return unsafe Primitive(&operation, attributes: nil, hint: nil, "ReLU")
  }

  /// Gradient of ReLU from its *output* (argument `destination`); the gradients may share memory.
  package static func reluGradient(_ format: MemoryFormat, hint: Primitive) -> Primitive {
    var data = format.descriptor
    var gradient = format.descriptor
    var operation = dnnl_eltwise_desc_t()
    unsafe OneDNN.check(
      dnnl_eltwise_backward_desc_init(
        &operation, dnnl_eltwise_relu_use_dst_for_bwd, &gradient, &data, 0, 0), "ReLU gradient")
    return unsafe Primitive(&operation, attributes: nil, hint: hint, "ReLU gradient")
  }

  /// Batch normalisation with one scale and one shift per channel (argument `weights`: 2 x C).
  package static func batchNormalization(
    _ format: MemoryFormat, epsilon: Float, usesGivenStatistics: Bool
  ) -> Primitive {
    var data = format.descriptor
    var operation = dnnl_batch_normalization_desc_t()
    unsafe OneDNN.check(
      dnnl_batch_normalization_forward_desc_init(
        &operation, dnnl_forward_training, &data, epsilon, flags(usesGivenStatistics)), "batch normalisation")
    return unsafe Primitive(&operation, attributes: nil, hint: nil, "batch normalisation")
  }

  /// Gradients of batch normalisation with respect to its source and its scale and shift.
  package static func batchNormalizationGradient(
    _ format: MemoryFormat, epsilon: Float, usesGivenStatistics: Bool, hint: Primitive
  ) -> Primitive {
    var data = format.descriptor
    var gradient = format.descriptor
    var operation = dnnl_batch_normalization_desc_t()
    unsafe OneDNN.check(
      dnnl_batch_normalization_backward_desc_init(
        &operation, dnnl_backward, &gradient, &data, epsilon, flags(usesGivenStatistics)),
      "batch normalisation gradient")
    return unsafe Primitive(&operation, attributes: nil, hint: hint, "batch normalisation gradient")
  }

  private static func flags(_ usesGivenStatistics: Bool) -> UInt32 {
    dnnl_use_scaleshift.rawValue | (usesGivenStatistics ? dnnl_use_global_stats.rawValue : 0)
  }
}
