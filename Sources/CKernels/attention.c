// The rows of attention between its matrix products.
#include <math.h>
#include "internal.h"
#include "include/Attention.h"
#include "include/Elementary.h"

// Without fused multiply-adds, so that all processors give the same bits.
#pragma STDC FP_CONTRACT OFF

enum { lanes = 16 };

INLINE float largest_of(const float *x, ptrdiff_t n) {
  float most[lanes];
  for (int k = 0; k < lanes; k++) most[k] = -INFINITY;
  ptrdiff_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int k = 0; k < lanes; k++) most[k] = x[i + k] > most[k] ? x[i + k] : most[k];
  }
  for (; i < n; i++) most[0] = x[i] > most[0] ? x[i] : most[0];
  for (int k = 1; k < lanes; k++) most[0] = most[k] > most[0] ? most[k] : most[0];
  return most[0];
}

/// The sum of a row, in as many partial sums as the widest vectors have lanes, added in double.
INLINE double sum_of(const float *x, ptrdiff_t n) {
  float sums[lanes] = {0};
  double total = 0;
  ptrdiff_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int k = 0; k < lanes; k++) sums[k] += x[i + k];
  }
  for (; i < n; i++) total += x[i];
  for (int k = 0; k < lanes; k++) total += sums[k];
  return total;
}

INLINE float weights_row(float *restrict x, const float *restrict mask, ptrdiff_t n) {
  if (mask) for (ptrdiff_t i = 0; i < n; i++) x[i] += mask[i];
  float largest = largest_of(x, n);
  if (largest == -INFINITY) largest = 0;
  for (ptrdiff_t i = 0; i < n; i++) x[i] = gl_exp(x[i] - largest);
  double sum = sum_of(x, n);
  float scale = sum > 0 ? (float)(1 / sum) : sum == 0 ? 0 : NAN;
  for (ptrdiff_t i = 0; i < n; i++) x[i] *= scale;
  return sum == 0 ? INFINITY : (float)(largest + log(sum));
}

INLINE void again_row(float *restrict x, const float *restrict mask, float offset, ptrdiff_t n) {
  if (mask) for (ptrdiff_t i = 0; i < n; i++) x[i] += mask[i];
  for (ptrdiff_t i = 0; i < n; i++) x[i] = gl_exp(x[i] - offset);
}

INLINE void gradient_row(const float *restrict weights, float share, float *restrict gradient, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) gradient[i] = weights[i] * (gradient[i] - share);
}

static float weights_plain(float *x, const float *mask, ptrdiff_t n) { return weights_row(x, mask, n); }
AVX512 static float weights_wide(float *x, const float *mask, ptrdiff_t n) { return weights_row(x, mask, n); }
static void again_plain(float *x, const float *mask, float offset, ptrdiff_t n) { again_row(x, mask, offset, n); }
AVX512 static void again_wide(float *x, const float *mask, float offset, ptrdiff_t n) { again_row(x, mask, offset, n); }
static void gradient_plain(const float *w, float share, float *g, ptrdiff_t n) { gradient_row(w, share, g, n); }
AVX512 static void gradient_wide(const float *w, float share, float *g, ptrdiff_t n) { gradient_row(w, share, g, n); }

void gl_attention_weights(
  float *scores, ptrdiff_t rows, ptrdiff_t columns, const float *mask, ptrdiff_t mask_step, float *offsets)
{
  int wide = gl_processor_level() != gl_none;
  for (ptrdiff_t row = 0; row < rows; row++) {
    const float *own = mask ? mask + row * mask_step : NULL;
    offsets[row] = (wide ? weights_wide : weights_plain)(scores + row * columns, own, columns);
  }
}

void gl_attention_weights_again(
  float *scores, ptrdiff_t rows, ptrdiff_t columns, const float *mask, ptrdiff_t mask_step, const float *offsets)
{
  int wide = gl_processor_level() != gl_none;
  for (ptrdiff_t row = 0; row < rows; row++) {
    const float *own = mask ? mask + row * mask_step : NULL;
    (wide ? again_wide : again_plain)(scores + row * columns, own, offsets[row], columns);
  }
}

void gl_attention_gradient(
  const float *weights, ptrdiff_t rows, ptrdiff_t columns, const float *shares, float *gradients)
{
  int wide = gl_processor_level() != gl_none;
  for (ptrdiff_t row = 0; row < rows; row++) {
    (wide ? gradient_wide : gradient_plain)(weights + row * columns, shares[row], gradients + row * columns, columns);
  }
}
