// Structural similarity, on any processor in the same order and so to the same bit (OnePass.h).
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

typedef double lanes8 __attribute__((vector_size(64)));
typedef float floats8 __attribute__((vector_size(32)));

#define WIDENED(from) \
  ({ floats8 loaded; __builtin_memcpy(&loaded, from, sizeof loaded); __builtin_convertvector(loaded, lanes8); })

/// Eight windows side by side, or, in a double, one.
#define SIMILARITY(type, load) \
  type sx = {0}, sy = {0}, sxx = {0}, syy = {0}, sxy = {0}; \
  for (int row = top; row < top + window; row++) { \
    for (int column = left; column < left + window; column++) { \
      type x = load(a + (ptrdiff_t)row * columns + column), y = load(b + (ptrdiff_t)row * columns + column); \
      sx += x; \
      sy += y; \
      sxx += x * x; \
      syy += y * y; \
      sxy += x * y; \
    } \
  } \
  type mx = sx / count, my = sy / count; \
  type vx = (sxx - count * mx * mx) / (count - 1), vy = (syy - count * my * my) / (count - 1); \
  type vxy = (sxy - count * mx * my) / (count - 1); \
  type similarity = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
#define SINGLE(from) ((double)*(from))

INLINE double sum_of_similarities(
  const float *a, const float *b, int rows, int columns, int window, double c1, double c2
) {
  double count = (double)window * window, sum = 0;
  for (int top = 0; top + window <= rows; top++) {
    int left = 0, last = columns - window;
    for (; left + 7 <= last; left += 8) {
      SIMILARITY(lanes8, WIDENED)
      for (int lane = 0; lane < 8; lane++) sum += similarity[lane];
    }
    for (; left <= last; left++) {
      SIMILARITY(double, SINGLE)
      sum += similarity;
    }
  }
  return sum;
}

AVX512 static double wide_sum(
  const float *a, const float *b, int rows, int columns, int window, double c1, double c2
) {
  return sum_of_similarities(a, b, rows, columns, window, c1, c2);
}
static double any_sum(const float *a, const float *b, int rows, int columns, int window, double c1, double c2) {
  return sum_of_similarities(a, b, rows, columns, window, c1, c2);
}

double gl_sum_of_similarities(
  const float *a, const float *b, int rows, int columns, int window, double c1, double c2
) {
  return gl_processor_level() == gl_none ? any_sum(a, b, rows, columns, window, c1, c2)
                                         : wide_sum(a, b, rows, columns, window, c1, c2);
}
