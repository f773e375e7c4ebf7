// Products of many pixels with a piece of the weights: pixels lie anywhere, and the weights stay in the first cache.
#pragma once
#include "internal.h"

/// Weights of at most this many steps are read again and again from the first cache.
enum { piece_steps = 96, most_pixels = 12 };

/// `out[pixel] = start + sum over steps of x[pixel][offset + step] * weights[step]`; `out` and `start` have pixels
/// `16 * vectors` apart, and `start` is the same for all pixels when `start_pitch` is 0.
typedef void (*gl_piece)(
  const float *const *x, ptrdiff_t offset, int steps, const float *weights, const float *start, ptrdiff_t start_pitch,
  float *out);

/// The one for a group of vectors and a number of pixels; at most `gl_piece_pixels(vectors)`.
gl_piece gl_piece_for(int vectors, int pixels);
static inline int gl_piece_pixels(int vectors) { static const int most[] = {0, 12, 12, 8, 6}; return most[vectors]; }

/// A row of `steps` steps of weights, in pieces of equal length; `x` has `count` pixels. `start` is a group's bias.
void gl_multiply_pieces(
  const float *const *x, int count, ptrdiff_t offset, int steps, int vectors, const float *weights, const float *start,
  float *sums);
