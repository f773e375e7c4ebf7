// Convolution of maps with many channels.
#pragma once
#include "internal.h"

/// Whether the forward pass takes this way: float, no pooling, and rows of weights too long for the first cache.
int gl_uses_panels(const gl_convolution *c);
size_t gl_panels_scratch_bytes(const gl_convolution *c, int is_gated);
/// `bias` has a float for each lane. What is read passes `gate` first.
void gl_panels_forward(
  const gl_convolution *c, const float *input, gl_gate gate, const float *packed, const float *bias, float *output,
  void *scratch);
