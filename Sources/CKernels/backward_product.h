// The weights' gradient as a product of matrices.
#pragma once
#include "internal.h"

/// Whether it is taken as one: float, no pooling, and a small map with many weights, or a kernel of a single position.
int gl_uses_product(const gl_convolution *c);
size_t gl_product_scratch_bytes(const gl_convolution *c);
void gl_weights_product(
  const gl_convolution *c, const float *input, const float *output_gradient, gl_gate gate, float *weights_gradient,
  float *bias_gradient, void *scratch);
