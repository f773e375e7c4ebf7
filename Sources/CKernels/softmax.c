// Softmax of rows, forward and back: on any processor the same bits.
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

INLINE void softmax_row(const float *x, float *y, ptrdiff_t count) {
  float lanes[16], largest = -__builtin_inff();
  for (int lane = 0; lane < 16; lane++) lanes[lane] = largest;
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int lane = 0; lane < 16; lane++) lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
  for (int lane = 0; lane < 16; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
  for (; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  // A row of minus infinities gives zeros.
  if (largest == -__builtin_inff()) largest = 0;
  for (i = 0; i < count; i++) y[i] = gl_exp(x[i] - largest);
  double sum = gl_sum(y, count);
  float scale = sum == 0 ? 0 : (float)(1 / sum);
  for (i = 0; i < count; i++) y[i] *= scale;
}

INLINE void softmax_row_gradient(const float *y, float *gradient, ptrdiff_t count) {
  float product = (float)gl_sum_of_products(y, gradient, count);
  for (ptrdiff_t i = 0; i < count; i++) gradient[i] = y[i] * (gradient[i] - product);
}

AVX512 static void wide_row(const float *x, float *y, ptrdiff_t count) { softmax_row(x, y, count); }
static void any_row(const float *x, float *y, ptrdiff_t count) { softmax_row(x, y, count); }
AVX512 static void wide_gradient(const float *y, float *g, ptrdiff_t count) { softmax_row_gradient(y, g, count); }
static void any_gradient(const float *y, float *g, ptrdiff_t count) { softmax_row_gradient(y, g, count); }

void gl_softmax_row(const float *x, float *y, ptrdiff_t count) {
  if (gl_processor_level() == gl_none) any_row(x, y, count);
  else wide_row(x, y, count);
}

void gl_softmax_row_gradient(const float *y, float *gradient, ptrdiff_t count) {
  if (gl_processor_level() == gl_none) any_gradient(y, gradient, count);
  else wide_gradient(y, gradient, count);
}
