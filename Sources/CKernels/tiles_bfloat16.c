// The two inner loops on bfloat16: pairs of products are added to a float (VDPBF16PS).
#include <string.h>
#include "internal.h"

/// Two neighbouring bfloat16 values in every lane.
INLINE AVX512BF16 __m512bh pair_everywhere(const uint16_t *x) {
  int32_t pair;
  memcpy(&pair, x, sizeof pair);
  return (__m512bh)_mm512_set1_epi32(pair);
}

INLINE AVX512BF16 void tile(
  const int vectors, const int pixels, const uint16_t *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows,
  int steps, const uint32_t *weights, const float *bias, float *out, ptrdiff_t out_pitch
) {
  __m512 sums[widest_tile][widest_group];
  UNROLL for (int k = 0; k < vectors; k++) {
    __m512 start = bias ? _mm512_loadu_ps(bias + 16 * k) : _mm512_setzero_ps();
    UNROLL for (int p = 0; p < pixels; p++) sums[p][k] = start;
  }
  for (int row = 0; row < rows; row++) {
    const uint16_t *base[6];
    UNROLL for (int g = 0; 3 * g < pixels; g++) base[g] = x + row * row_pitch + 3 * g * pixel_step;
    for (int step = 0; step < steps; step++) {
      __m512bh w[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) w[k] = (__m512bh)_mm512_loadu_si512(weights + 16 * k);
      UNROLL for (int p = 0; p < pixels; p++) {
        __m512bh value = pair_everywhere(base[p / 3] + (p % 3) * pixel_step);
        UNROLL for (int k = 0; k < vectors; k++) sums[p][k] = _mm512_dpbf16_ps(sums[p][k], value, w[k]);
      }
      UNROLL for (int g = 0; 3 * g < pixels; g++) base[g] += 2;
      weights += 16 * vectors;
    }
  }
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int k = 0; k < vectors; k++) _mm512_storeu_ps(out + p * out_pitch + 16 * k, sums[p][k]);
  }
}

/// Here x and dy hold pairs of horizontally neighbouring pixels, one pair in 32 bits; `pixels` counts pairs.
INLINE AVX512BF16 void outer(
  const int vectors, const int count, const uint32_t *x, ptrdiff_t x_row_pitch, ptrdiff_t x_step, const uint32_t *dy,
  ptrdiff_t dy_row_pitch, ptrdiff_t dy_step, int rows, int pixels, float *sums, ptrdiff_t sum_pitch
) {
  __m512 total[widest_tile][widest_group];
  UNROLL for (int j = 0; j < count; j++) {
    UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_loadu_ps(sums + j * sum_pitch + 16 * k);
  }
  for (int row = 0; row < rows; row++) {
    const uint32_t *a = x + row * x_row_pitch, *b = dy + row * dy_row_pitch;
    for (int pixel = 0; pixel < pixels; pixel++) {
      __m512bh d[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) d[k] = (__m512bh)_mm512_loadu_si512(b + 16 * k);
      UNROLL for (int j = 0; j < count; j++) {
        __m512bh value = (__m512bh)_mm512_set1_epi32((int32_t)a[j]);
        UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_dpbf16_ps(total[j][k], value, d[k]);
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
  AVX512BF16 static void tile_##vectors(                                                                               \
    const void *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows, int steps, const void *weights,                \
    const float *bias, float *out, ptrdiff_t out_pitch) {                                                              \
    tile(vectors, pixels, x, row_pitch, pixel_step, rows, steps, weights, bias, out, out_pitch);                       \
  }
TILE(1, 16)
TILE(2, 12)
TILE(3, 8)
TILE(4, 6)

gl_tile gl_bfloat16_tile(int vectors) {
  static const gl_tile tiles[] = {0, tile_1, tile_2, tile_3, tile_4};
  return tiles[vectors];
}

#define OUTER(vectors, count)                                                                                          \
  AVX512BF16 static void outer_##vectors##_##count(                                                                    \
    const void *x, ptrdiff_t x_row_pitch, ptrdiff_t x_step, const void *dy, ptrdiff_t dy_row_pitch, ptrdiff_t dy_step, \
    int rows, int pixels, float *sums, ptrdiff_t sum_pitch) {                                                          \
    outer(vectors, count, x, x_row_pitch, x_step, dy, dy_row_pitch, dy_step, rows, pixels, sums, sum_pitch);           \
  }
#include "outer_table.h"

gl_outer gl_bfloat16_outer(int vectors, int elements, int *count) { return choose_outer(vectors, elements, count); }
