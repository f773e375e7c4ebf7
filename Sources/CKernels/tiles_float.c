// The two inner loops on floats. Registers hold a tile of sums; each product is one fused multiply-add.
#include "internal.h"

INLINE AVX512 void tile(
  const int vectors, const int pixels, const float *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows, int steps,
  const float *weights, const float *bias, float *out, ptrdiff_t out_pitch
) {
  __m512 sums[widest_tile][widest_group];
  UNROLL for (int k = 0; k < vectors; k++) {
    __m512 start = bias ? _mm512_loadu_ps(bias + 16 * k) : _mm512_setzero_ps();
    UNROLL for (int p = 0; p < pixels; p++) sums[p][k] = start;
  }
  for (int row = 0; row < rows; row++) {
    // Three pixels share a pointer: their offsets 0, 1 and 2 steps fit x86 addressing.
    const float *base[6];
    UNROLL for (int g = 0; 3 * g < pixels; g++) base[g] = x + row * row_pitch + 3 * g * pixel_step;
    for (int step = 0; step < steps; step++) {
      __m512 w[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) w[k] = _mm512_loadu_ps(weights + 16 * k);
      UNROLL for (int p = 0; p < pixels; p++) {
        __m512 value = _mm512_set1_ps(base[p / 3][(p % 3) * pixel_step]);
        UNROLL for (int k = 0; k < vectors; k++) sums[p][k] = _mm512_fmadd_ps(value, w[k], sums[p][k]);
      }
      UNROLL for (int g = 0; 3 * g < pixels; g++) base[g]++;
      weights += 16 * vectors;
    }
  }
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int k = 0; k < vectors; k++) _mm512_storeu_ps(out + p * out_pitch + 16 * k, sums[p][k]);
  }
}

INLINE AVX512 void outer(
  const int vectors, const int count, const float *x, ptrdiff_t x_row_pitch, ptrdiff_t x_step, const float *dy,
  ptrdiff_t dy_row_pitch, ptrdiff_t dy_step, int rows, int pixels, float *sums, ptrdiff_t sum_pitch
) {
  __m512 total[widest_tile][widest_group];
  UNROLL for (int j = 0; j < count; j++) {
    UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_loadu_ps(sums + j * sum_pitch + 16 * k);
  }
  for (int row = 0; row < rows; row++) {
    const float *a = x + row * x_row_pitch, *b = dy + row * dy_row_pitch;
    for (int pixel = 0; pixel < pixels; pixel++) {
      __m512 d[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) d[k] = _mm512_loadu_ps(b + 16 * k);
      UNROLL for (int j = 0; j < count; j++) {
        __m512 value = _mm512_set1_ps(a[j]);
        UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_fmadd_ps(value, d[k], total[j][k]);
      }
      a += x_step;
      b += dy_step;
    }
  }
  UNROLL for (int j = 0; j < count; j++) {
    UNROLL for (int k = 0; k < vectors; k++) _mm512_storeu_ps(sums + j * sum_pitch + 16 * k, total[j][k]);
  }
}

#define TILE(vectors, pixels)                                                                                          \
  AVX512 static void tile_##vectors(                                                                                   \
    const void *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows, int steps, const void *weights,                \
    const float *bias, float *out, ptrdiff_t out_pitch) {                                                              \
    tile(vectors, pixels, x, row_pitch, pixel_step, rows, steps, weights, bias, out, out_pitch);                       \
  }
TILE(1, 16)
TILE(2, 12)
TILE(3, 8)
TILE(4, 6)

gl_tile gl_float_tile(int vectors) {
  static const gl_tile tiles[] = {0, tile_1, tile_2, tile_3, tile_4};
  return tiles[vectors];
}

#define OUTER(vectors, count)                                                                                          \
  AVX512 static void outer_##vectors##_##count(                                                                        \
    const void *x, ptrdiff_t x_row_pitch, ptrdiff_t x_step, const void *dy, ptrdiff_t dy_row_pitch, ptrdiff_t dy_step, \
    int rows, int pixels, float *sums, ptrdiff_t sum_pitch) {                                                          \
    outer(vectors, count, x, x_row_pitch, x_step, dy, dy_row_pitch, dy_step, rows, pixels, sums, sum_pitch);           \
  }
#include "outer_table.h"

gl_outer gl_float_outer(int vectors, int elements, int *count) { return choose_outer(vectors, elements, count); }
