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

/// A row of 2 x 2 tiles.
typedef struct {
  /// The four rows of input it reads, and those of the gate that they pass; null for none.
  const char *in[4], *gate[4];
  /// The two rows of results, the second null where there is none; with pooling one row of pixels of half the width.
  char *out[2];
  /// As in `gl_forward`, of the first row; null for none.
  uint16_t *mask;
} gl_winograd_line;

/// What the lines of one pass share.
typedef struct {
  gl_winograd w;
  /// Columns of input that exist; tile 0 begins at column `left`.
  int left, input_width;
  /// Columns of results, before pooling.
  int width;
  int relu, pooled;
  gl_rule rule;
  /// From a line's first row of the mask to its second.
  size_t mask_row;
  const char *packed;
  /// A float for each lane of the outputs.
  const float *bias;
  /// From the last two rows of input to those that the next call will begin to read.
  size_t next;
} gl_winograd_pass;

gl_winograd gl_winograd_of(int inputs, int outputs, int is_short);
size_t gl_winograd_packed_bytes(const gl_winograd *w);
size_t gl_winograd_scratch_bytes(const gl_winograd *w);
/// Transformed weights. `turned`: for the input's gradient, from weights `[inputs, outputs, 3, 3]`.
void gl_winograd_pack(const gl_winograd *w, const float *weights, int turned, void *packed, int threads);

/// Lines that are computed together, so that what is read of the weights serves them all.
int gl_winograd_lines(const gl_winograd_pass *p);
/// The groups `first_group ..< end_group` of output channels of `count` lines, at most as many as go together.
/// With `fetches_next` the rows of the line after the last are fetched meanwhile.
void gl_winograd_block(
  const gl_winograd_pass *p, const gl_winograd_line *lines, int count, int first_group, int end_group, int fetches_next,
  void *scratch);

/// Whether the forward pass of a convolution takes this way: the transforms pay from 16 channels on.
static inline int gl_uses_winograd(const gl_convolution *c) {
  int pool = c->pool_y * c->pool_x;
  return !c->bfloat16 && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->stride_x == 1
    && c->input_channels >= 16 && c->output_channels >= 16 && (pool == 1 || (c->pool_y == 2 && c->pool_x == 2));
}
