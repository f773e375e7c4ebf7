// Sums of floats in double, on any processor in the same order and so to the same bit.
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

typedef double lanes8 __attribute__((vector_size(64)));
typedef int64_t bits8 __attribute__((vector_size(64)));
typedef float floats8 __attribute__((vector_size(32)));
enum { sum_vectors = 4, map_vectors = 8 };

// Macros, since a function cannot return such vectors where the processor has none.
#define LOAD(from) ({ floats8 loaded; __builtin_memcpy(&loaded, from, sizeof loaded); loaded; })
#define WIDENED(from) __builtin_convertvector(LOAD(from), lanes8)

INLINE double total_of(const lanes8 *sums) {
  double total = 0;
  for (int k = 0; k < sum_vectors; k++) {
    for (int lane = 0; lane < 8; lane++) total += sums[k][lane];
  }
  return total;
}

/// Of `a`, of its magnitudes, or of its products with `b`.
INLINE double sum(const float *a, const float *b, ptrdiff_t count, const int magnitudes) {
  lanes8 sums[sum_vectors] = {0};
  ptrdiff_t i = 0;
  for (; i + 8 * sum_vectors <= count; i += 8 * sum_vectors) {
    UNROLL for (int k = 0; k < sum_vectors; k++) {
      lanes8 values = WIDENED(a + i + 8 * k);
      if (magnitudes) values = (lanes8)((bits8)values & INT64_MAX);
      sums[k] += b ? values * WIDENED(b + i + 8 * k) : values;
    }
  }
  double total = total_of(sums);
  for (; i < count; i++) {
    double value = magnitudes ? __builtin_fabs(a[i]) : a[i];
    total += b ? value * b[i] : value;
  }
  return total;
}

INLINE void weighted_rows(
  const float *values, const double *weights, ptrdiff_t rows, ptrdiff_t columns, float *map
) {
  ptrdiff_t i = 0;
  for (; i + 8 * map_vectors <= columns; i += 8 * map_vectors) {
    lanes8 sums[map_vectors] = {0};
    for (ptrdiff_t row = 0; row < rows; row++) {
      if (weights[row] == 0) continue;
      const float *from = values + row * columns + i;
      UNROLL for (int k = 0; k < map_vectors; k++) sums[k] += weights[row] * WIDENED(from + 8 * k);
    }
    UNROLL for (int k = 0; k < map_vectors; k++) {
      floats8 result = __builtin_convertvector(sums[k], floats8);
      __builtin_memcpy(map + i + 8 * k, &result, sizeof result);
    }
  }
  for (; i < columns; i++) {
    double total = 0;
    for (ptrdiff_t row = 0; row < rows; row++)
      if (weights[row] != 0) total += weights[row] * (double)values[row * columns + i];
    map[i] = (float)total;
  }
}

INLINE int add_gated(
  const float *values, const float *gates, const double *weights, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t count,
  double *sums
) {
  bits8 seen = {0};
  int has_any = 0;
  ptrdiff_t i = 0;
  for (; i + 8 * sum_vectors <= count; i += 8 * sum_vectors) {
    lanes8 totals[sum_vectors];
    __builtin_memcpy(totals, sums + i, sizeof totals);
    for (ptrdiff_t row = 0; row < rows; row++) {
      const float *from = values + row * row_step + i, *gate = gates + row * row_step + i;
      UNROLL for (int k = 0; k < sum_vectors; k++) {
        lanes8 passed = (lanes8)((bits8)WIDENED(from + 8 * k) & (WIDENED(gate + 8 * k) > 0));
        seen |= (bits8)passed & INT64_MAX;
        totals[k] += weights[row] * passed;
      }
    }
    __builtin_memcpy(sums + i, totals, sizeof totals);
  }
  for (int lane = 0; lane < 8; lane++) has_any |= seen[lane] != 0;
  for (; i < count; i++) {
    for (ptrdiff_t row = 0; row < rows; row++) {
      float value = gates[row * row_step + i] > 0 ? values[row * row_step + i] : 0;
      has_any |= value != 0;
      sums[i] += weights[row] * (double)value;
    }
  }
  return has_any;
}

INLINE double sum_of_doubles(const double *a, const double *b, ptrdiff_t count) {
  lanes8 sums[sum_vectors] = {0};
  ptrdiff_t i = 0;
  for (; i + 8 * sum_vectors <= count; i += 8 * sum_vectors) {
    UNROLL for (int k = 0; k < sum_vectors; k++) {
      lanes8 x, y;
      __builtin_memcpy(&x, a + i + 8 * k, sizeof x);
      __builtin_memcpy(&y, b + i + 8 * k, sizeof y);
      sums[k] += x * y;
    }
  }
  double total = total_of(sums);
  for (; i < count; i++) total += a[i] * b[i];
  return total;
}

AVX512 static double wide_sum(const float *a, ptrdiff_t count) { return sum(a, 0, count, 0); }
static double any_sum(const float *a, ptrdiff_t count) { return sum(a, 0, count, 0); }
AVX512 static double wide_magnitudes(const float *a, ptrdiff_t count) { return sum(a, 0, count, 1); }
static double any_magnitudes(const float *a, ptrdiff_t count) { return sum(a, 0, count, 1); }
AVX512 static double wide_products(const float *a, const float *b, ptrdiff_t count) { return sum(a, b, count, 0); }
static double any_products(const float *a, const float *b, ptrdiff_t count) { return sum(a, b, count, 0); }

double gl_sum(const float *values, ptrdiff_t count) {
  return gl_processor_level() == gl_none ? any_sum(values, count) : wide_sum(values, count);
}

double gl_sum_of_magnitudes(const float *values, ptrdiff_t count) {
  return gl_processor_level() == gl_none ? any_magnitudes(values, count) : wide_magnitudes(values, count);
}

double gl_sum_of_products(const float *a, const float *b, ptrdiff_t count) {
  return gl_processor_level() == gl_none ? any_products(a, b, count) : wide_products(a, b, count);
}

AVX512 static double wide_doubles(const double *a, const double *b, ptrdiff_t count) {
  return sum_of_doubles(a, b, count);
}
static double any_doubles(const double *a, const double *b, ptrdiff_t count) { return sum_of_doubles(a, b, count); }

double gl_sum_of_double_products(const double *a, const double *b, ptrdiff_t count) {
  return gl_processor_level() == gl_none ? any_doubles(a, b, count) : wide_doubles(a, b, count);
}

AVX512 static int wide_gated(
  const float *v, const float *g, const double *w, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t count, double *sums
) {
  return add_gated(v, g, w, rows, row_step, count, sums);
}
static int any_gated(
  const float *v, const float *g, const double *w, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t count, double *sums
) {
  return add_gated(v, g, w, rows, row_step, count, sums);
}

int gl_add_gated(
  const float *values, const float *gates, const double *weights, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t count,
  double *sums
) {
  return gl_processor_level() == gl_none ? any_gated(values, gates, weights, rows, row_step, count, sums)
    : wide_gated(values, gates, weights, rows, row_step, count, sums);
}

AVX512 static void wide_rows(const float *v, const double *w, ptrdiff_t rows, ptrdiff_t columns, float *map) {
  weighted_rows(v, w, rows, columns, map);
}
static void any_rows(const float *v, const double *w, ptrdiff_t rows, ptrdiff_t columns, float *map) {
  weighted_rows(v, w, rows, columns, map);
}

void gl_weighted_rows(const float *values, const double *weights, ptrdiff_t rows, ptrdiff_t columns, float *map) {
  if (gl_processor_level() == gl_none) any_rows(values, weights, rows, columns, map);
  else wide_rows(values, weights, rows, columns, map);
}
