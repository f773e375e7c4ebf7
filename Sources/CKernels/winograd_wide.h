// Winograd's way through a 3 x 3 convolution with stride 1, by tiles of 4 x 4 results.
#pragma once
#include "forward.h"

/// Whether a convolution goes this way: it was asked for, and the transforms pay from 16 channels on.
static inline int gl_uses_wide_tiles(const gl_convolution *c) {
  return c->wide_tiles && !c->bfloat16 && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1
    && c->stride_x == 1 && c->input_channels >= 16 && c->output_channels >= 16 && c->pool_y * c->pool_x == 1;
}

size_t gl_wide_packed_bytes(const gl_convolution *c);
/// Transformed weights. `turned`: for the input's gradient, from weights `[inputs, outputs, 3, 3]`.
void gl_wide_pack(const gl_convolution *c, const float *weights, int turned, void *packed);

size_t gl_wide_scratch_bytes(const gl_convolution *c);
/// `bias` has a float for each lane of the outputs.
void gl_wide_forward(
  const gl_convolution *c, const float *input, gl_gate gate, const float *packed, const float *bias, float *output,
  void *scratch);
