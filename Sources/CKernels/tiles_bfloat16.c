// The two inner loops on bfloat16: pairs of products are added to a float (VDPBF16PS).
#include <string.h>
#include "internal.h"

/// Two neighbouring bfloat16 values in every lane.
INLINE AVX512BF16 __m512bh pair_everywhere(const uint16_t *x) {
  int32_t pair;
  memcpy(&pair, x, sizeof pair);
  return (__m512bh)_mm512_set1_epi32(pair);
}

/// The sums of a tile where each pixel is read by three: spread over a vector once, it meets the weights of all three.
INLINE AVX512BF16 void add_three_taps(
  const int vectors, const int pixels, const uint16_t *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows,
  const uint32_t *weights, __m512 sums[widest_tile][widest_group]
) {
  ptrdiff_t steps = pixel_step / 2, tap_step = steps * 16 * vectors;
  for (int row = 0; row < rows; row++, weights += 2 * tap_step) {
    const uint16_t *from = x + row * row_pitch;
    for (int step = 0; step < steps; step++, from += 2, weights += 16 * vectors) {
      __m512bh w[3][widest_group];
      UNROLL for (int tap = 0; tap < 3; tap++) {
        UNROLL for (int k = 0; k < vectors; k++)
          w[tap][k] = (__m512bh)_mm512_loadu_si512(weights + tap * tap_step + 16 * k);
      }
      UNROLL for (int at = 0; at < pixels + 2; at++) {
        __m512bh value = pair_everywhere(from + at * pixel_step);
        UNROLL for (int tap = 0; tap < 3; tap++) {
          const int p = at - tap;
          if (p < 0 || p >= pixels) continue;
          UNROLL for (int k = 0; k < vectors; k++) sums[p][k] = _mm512_dpbf16_ps(sums[p][k], w[tap][k], value);
        }
      }
    }
  }
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
  // One vector's products wait for their loads: a kernel of three columns with stride 1 can do with fewer.
  if (vectors == 1 && 2 * steps == 3 * pixel_step) {
    add_three_taps(vectors, pixels, x, row_pitch, pixel_step, rows, weights, sums);
    rows = 0;
  }
  for (int row = 0; row < rows; row++) {
    const uint16_t *base[6];
    UNROLL for (int g = 0; 3 * g < pixels; g++) base[g] = x + row * row_pitch + 3 * g * pixel_step;
    for (int step = 0; step < steps; step++) {
      __m512bh w[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) w[k] = (__m512bh)_mm512_loadu_si512(weights + 16 * k);
      UNROLL for (int p = 0; p < pixels; p++) {
        __m512bh value = pair_everywhere(base[p / 3] + (p % 3) * pixel_step);
        UNROLL for (int k = 0; k < vectors; k++) sums[p][k] = _mm512_dpbf16_ps(sums[p][k], w[k], value);
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
  const int vectors, const int lines, const int count, const outer_extents *e, const uint32_t *x, const uint32_t *dy, float *sums
) {
  __m512 total[widest_tile][widest_group];
  UNROLL for (int j = 0; j < lines * count; j++) {
    const float *from = sums + j / count * e->sum_line_pitch + j % count * e->sum_pitch;
    UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_loadu_ps(from + 16 * k);
  }
  for (int row = 0; row < e->rows; row++) {
    const uint32_t *a[3], *b = dy + row * e->dy_row_pitch;
    UNROLL for (int line = 0; line < lines; line++) a[line] = x + row * e->x_row_pitch + line * e->x_line_pitch;
    for (int pixel = 0; pixel < e->pixels; pixel++) {
      __m512bh d[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) d[k] = (__m512bh)_mm512_loadu_si512(b + 16 * k);
      UNROLL for (int j = 0; j < lines * count; j++) {
        __m512bh value = (__m512bh)_mm512_set1_epi32((int32_t)a[j / count][j % count]);
        UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_dpbf16_ps(total[j][k], d[k], value);
      }
      UNROLL for (int line = 0; line < lines; line++) a[line] += e->x_step;
      b += e->dy_step;
    }
  }
  UNROLL for (int j = 0; j < lines * count; j++) {
    float *to = sums + j / count * e->sum_line_pitch + j % count * e->sum_pitch;
    UNROLL for (int k = 0; k < vectors; k++) _mm512_storeu_ps(to + 16 * k, total[j][k]);
  }
}

#define TARGET AVX512BF16
#include "instances.h"

gl_tile gl_bfloat16_tile(int vectors) { return choose_tile(vectors); }
gl_outer gl_bfloat16_outer(int vectors, int kernel_height, int elements, int *lines, int *count) {
  return choose_outer(vectors, kernel_height, elements, lines, count);
}
