// The rows of attention between its matrix products. Plain row-major floats; runs on any processor, to the same bits.
#pragma once
#include <stddef.h>

/// Softmax of each row of `scores` in place, after the row of `mask` is added to it, if not null; the rows of the mask lie
/// `mask_step` floats apart, 0 for one row for all. `offsets[row]` becomes log(sum of exp), infinity where all scores are minus
/// infinity and the row zeros.
void gl_attention_weights(
  float *scores, ptrdiff_t rows, ptrdiff_t columns, const float *mask, ptrdiff_t mask_step, float *offsets);
/// The same weights again, from their `offsets`.
void gl_attention_weights_again(
  float *scores, ptrdiff_t rows, ptrdiff_t columns, const float *mask, ptrdiff_t mask_step, const float *offsets);
/// `gradients[row][k] = weights[row][k] * (gradients[row][k] - shares[row])`
void gl_attention_gradient(
  const float *weights, ptrdiff_t rows, ptrdiff_t columns, const float *shares, float *gradients);
