// What the steps of the backward pass share.
#pragma once
#include "internal.h"

/// The extents of one thread's working memory, for `band` rows at a time.
typedef struct {
  /// Rows of the output's gradient worked on at once, and bands in an image.
  int band, bands;
  /// Rows of the output's gradient that reach a row of the input, and columns likewise.
  taps down, across;
  /// Working copy of the output's gradient: zero-extended rows of `dy_columns` pixels from column `across.low`.
  int dy_rows, dy_columns;
  /// Working copy of the input: zero-extended rows of `x_columns` pixels from column `-pad_x`; pairs if bfloat16.
  int x_rows, x_columns;
  /// Elements of weights' sums in a row of the kernel, rounded up to whole tiles.
  int sum_rows;
  /// Byte offsets of what a thread has, and all of it.
  size_t dy, dy_pairs, x, x_pairs, row, bytes;
  /// Bytes of one group of images' sums, and how many groups there are; 0 without weights' gradient.
  size_t sum_bytes;
  int groups;
} layout;

layout gl_backward_layout(const gl_convolution *c, int wants_weights);

typedef struct {
  const gl_convolution *c;
  layout at;
  const char *input, *output, *output_gradient;
  const uint16_t *mask;
  const void *packed;
  gl_rule rule;
  char *input_gradient;
  char *sums, *scratch;
  int bands;
  /// Into how many parts a group's work is cut, by elements of the weights and rows of the input's gradient.
  int parts;
} backward_pass;

/// Fills the working copies for the band that begins at row `first` of image `image`.
/// With `bias_sums` the band's rows are added to them, and laid out in pairs when they are bfloat16.
void gl_take_output_gradient(const backward_pass *p, int image, int first, char *mine, float *bias_sums);
void gl_take_input(const backward_pass *p, int image, int first, char *mine);
/// Writes a row whose sums lie `pitch` floats apart, `together` elements each, without what is beyond `elements`.
void gl_write_row(const float *sums, int pitch, int together, int elements, void *to, int is_short);
