// Winograd's way through a 3 x 3 convolution with stride 1, one row of 2 x 2 tiles at a time.
#pragma once
#include "internal.h"

/// Channels and elements of one convolution (for the input's gradient the roles are exchanged).
typedef struct {
  int inputs, outputs;
  /// Elements of a pixel in the working copies.
  int in_pitch, out_pitch;
  int is_short, in_steps;
} gl_winograd;

/// Where a row of tiles goes.
typedef struct {
  /// The two rows of results, the second null where there is none; with pooling one row of pixels of half the width.
  char *rows[2];
  /// Columns of results, before pooling.
  int width;
  int relu, pooled;
  /// As in `gl_forward`, of the first row, and the distance to the second.
  uint16_t *mask;
  size_t mask_row;
} gl_winograd_target;

gl_winograd gl_winograd_of(int inputs, int outputs, int is_short);
size_t gl_winograd_packed_bytes(const gl_winograd *w);
size_t gl_winograd_scratch_bytes(const gl_winograd *w);
/// Transformed weights. `turned`: for the input's gradient, from weights `[inputs, outputs, 3, 3]`.
void gl_winograd_pack(const gl_winograd *w, const float *weights, int turned, void *packed, int threads);

/// Two rows of results from four rows of input, whose columns `0 ..< width` exist; tile 0 begins at column `left`.
/// `bias` has a float for each lane of the outputs, or is null. `next` is the distance in bytes from the last two rows
/// to those that the next call will begin to read, which are fetched meanwhile; 0 for none.
void gl_winograd_row(
  const gl_winograd *w, const char *const rows[4], int left, int width, const void *packed, const float *bias,
  const gl_winograd_target *to, ptrdiff_t next, void *scratch);

/// Whether the forward pass of a convolution takes this way: the transforms pay from 16 channels on.
static inline int gl_uses_winograd(const gl_convolution *c) {
  int pool = c->pool_y * c->pool_x;
  return !c->bfloat16 && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->stride_x == 1
    && c->input_channels >= 16 && c->output_channels >= 16 && (pool == 1 || (c->pool_y == 2 && c->pool_x == 2));
}
