// The forward tiles of a convolution whose input has one channel, as the first one of a network has. Each value of a row
// is spread over a vector once and meets all the weights of that row that want it; one call computes a block's tiles.
#include "internal.h"

INLINE AVX512 __m512 spread_float(const float *x) { return _mm512_set1_ps(*x); }
INLINE AVX512 __m512 float_product(__m512 x, __m512 w, __m512 sum) { return _mm512_fmadd_ps(x, w, sum); }

INLINE AVX512BF16 __m512 spread_pair(const uint16_t *x) {
  int32_t pair;
  memcpy(&pair, x, sizeof pair);
  return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
}
INLINE AVX512BF16 __m512 pair_product(__m512 x, __m512 w, __m512 sum) {
  return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_castps_si512(x), (__m512bh)_mm512_castps_si512(w));
}

/// `steps` products of `width` elements each make a row of the kernel.
#define LINE(target, name, element, width, spread, product, vectors, pixels, steps, stride)                            \
  target static void name(                                                                                             \
    const void *x, ptrdiff_t row_pitch, int rows, const void *weights, const float *bias, float *out, int tiles) {     \
    for (int tile = 0; tile < tiles; tile++, out += (pixels) * 16 * (vectors)) {                                       \
      __m512 sums[pixels][vectors];                                                                                    \
      UNROLL for (int k = 0; k < (vectors); k++) {                                                                     \
        UNROLL for (int p = 0; p < (pixels); p++) sums[p][k] = _mm512_loadu_ps(bias + 16 * k);                         \
      }                                                                                                                \
      for (int row = 0; row < rows; row++) {                                                                           \
        const element *from = (const element *)x + row * row_pitch + (ptrdiff_t)tile * (pixels) * (stride);            \
        const float *w = (const float *)weights + (ptrdiff_t)row * (steps) * 16 * (vectors);                           \
        const int last = ((pixels) - 1) * (stride) + ((steps) - 1) * (width);                                          \
        /* Every fourth value in turn, so that a sum has been added to long before it is needed again. */              \
        UNROLL for (int phase = 0; phase < 4; phase++) {                                                               \
          UNROLL for (int at = phase; at <= last; at += 4) {                                                           \
            __m512 value = spread(from + at);                                                                          \
            UNROLL for (int step = 0; step < (steps); step++) {                                                        \
              const int ahead = at - step * (width), p = ahead / (stride);                                             \
              if (ahead < 0 || ahead % (stride) || p >= (pixels)) continue;                                            \
              UNROLL for (int k = 0; k < (vectors); k++)                                                               \
                sums[p][k] = product(value, _mm512_loadu_ps(w + 16 * (step * (vectors) + k)), sums[p][k]);             \
            }                                                                                                          \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
      UNROLL for (int p = 0; p < (pixels); p++) {                                                                      \
        UNROLL for (int k = 0; k < (vectors); k++)                                                                     \
          _mm512_storeu_ps(out + p * 16 * (vectors) + 16 * k, sums[p][k]);                                             \
      }                                                                                                                \
    }                                                                                                                  \
  }

#define FLOATS(vectors, pixels, kernel, stride)                                                                        \
  LINE(AVX512, floats_##vectors##_##kernel, float, 1, spread_float, float_product, vectors, pixels, kernel, stride)
#define SHORTS(vectors, pixels, kernel, stride)                                                                        \
  LINE(AVX512BF16, shorts_##vectors##_##kernel, uint16_t, 2, spread_pair, pair_product, vectors, pixels,               \
    ((kernel) + 1) / 2, stride)
// As many pixels as leave registers for the weights of a row.
FLOATS(1, 16, 3, 1) FLOATS(2, 12, 3, 1) FLOATS(3, 6, 3, 1) FLOATS(4, 4, 3, 1)
SHORTS(1, 16, 3, 1) SHORTS(2, 12, 3, 1) SHORTS(3, 6, 3, 1) SHORTS(4, 4, 3, 1)
FLOATS(1, 16, 6, 2) FLOATS(2, 8, 6, 2) FLOATS(3, 4, 6, 2) FLOATS(4, 4, 6, 2)
SHORTS(1, 16, 6, 2) SHORTS(2, 8, 6, 2) SHORTS(3, 6, 6, 2) SHORTS(4, 4, 6, 2)

#define KIND(name, kernel, most)                                                                                       \
  {{name##_1_##kernel, 16}, {name##_2_##kernel, kernel == 3 ? 12 : 8}, {name##_3_##kernel, most}, {name##_4_##kernel, 4}}

gl_line gl_line_for(const gl_convolution *c) {
  static const gl_line floats3[] = KIND(floats, 3, 6), shorts3[] = KIND(shorts, 3, 6);
  static const gl_line floats6[] = KIND(floats, 6, 4), shorts6[] = KIND(shorts, 6, 6);
  int is_three = c->kernel_width == 3 && c->stride_x == 1, is_six = c->kernel_width == 6 && c->stride_x == 2;
  if (c->input_channels != 1 || group_count(c->output_channels) > 1 || !(is_three || is_six)) return (gl_line){0, 0};
  int vectors = group_vectors(c->output_channels, 0);
  if (is_three) return (c->bfloat16 ? shorts3 : floats3)[vectors - 1];
  return (c->bfloat16 ? shorts6 : floats6)[vectors - 1];
}
