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
  const int vectors, const int lines, const int count, const outer_extents *e, const float *x, const float *dy, float *sums
) {
  __m512 total[widest_tile][widest_group];
  UNROLL for (int j = 0; j < lines * count; j++) {
    const float *from = sums + j / count * e->sum_line_pitch + j % count * e->sum_pitch;
    UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_loadu_ps(from + 16 * k);
  }
  for (int row = 0; row < e->rows; row++) {
    const float *a[3], *b = dy + row * e->dy_row_pitch;
    UNROLL for (int line = 0; line < lines; line++) a[line] = x + row * e->x_row_pitch + line * e->x_line_pitch;
    for (int pixel = 0; pixel < e->pixels; pixel++) {
      __m512 d[widest_group];
      UNROLL for (int k = 0; k < vectors; k++) d[k] = _mm512_loadu_ps(b + 16 * k);
      UNROLL for (int j = 0; j < lines * count; j++) {
        __m512 value = _mm512_set1_ps(a[j / count][j % count]);
        UNROLL for (int k = 0; k < vectors; k++) total[j][k] = _mm512_fmadd_ps(value, d[k], total[j][k]);
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

#define TARGET AVX512
#include "instances.h"

gl_tile gl_float_tile(int vectors) { return choose_tile(vectors); }
gl_outer gl_float_outer(int vectors, int kernel_height, int elements, int *lines, int *count) {
  return choose_outer(vectors, kernel_height, elements, lines, count);
}
