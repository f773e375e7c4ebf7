// Matrices turned, 16 by 16 floats in registers at a time.
#include "internal.h"

// As AVX512, with the instruction that gl_want is made of, which every such processor has.
#define AVX512W __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,prfchw")))

/// 16 vectors as a square matrix, transposed: pairs, fours, eights and sixteens change places.
INLINE AVX512 void turn(__m512 r[16]) {
  __m512 t[16];
  UNROLL for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  UNROLL for (int i = 0; i < 16; i += 4) {
    UNROLL for (int j = 0; j < 2; j++) {
      __m512d low = _mm512_castps_pd(t[i + j]), high = _mm512_castps_pd(t[i + 2 + j]);
      r[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
      r[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
    }
  }
  // Now r[4 q + m] holds column 4 l + m of rows 4 q ..< 4 q + 4 in its quarter l.
  UNROLL for (int m = 0; m < 4; m++) {
    __m512 a = _mm512_shuffle_f32x4(r[m], r[4 + m], 0x88), b = _mm512_shuffle_f32x4(r[m], r[4 + m], 0xDD);
    __m512 c = _mm512_shuffle_f32x4(r[8 + m], r[12 + m], 0x88), d = _mm512_shuffle_f32x4(r[8 + m], r[12 + m], 0xDD);
    t[m] = _mm512_shuffle_f32x4(a, c, 0x88);
    t[8 + m] = _mm512_shuffle_f32x4(a, c, 0xDD);
    t[4 + m] = _mm512_shuffle_f32x4(b, d, 0x88);
    t[12 + m] = _mm512_shuffle_f32x4(b, d, 0xDD);
  }
  UNROLL for (int i = 0; i < 16; i++) r[i] = t[i];
}

INLINE AVX512W void turn_block(
  const float *from, ptrdiff_t columns, int height, int width, float *to, ptrdiff_t rows, const int whole
) {
  __m512 block[16];
  __mmask16 across = whole ? 0xFFFF : lanes_of(0, width), down = whole ? 0xFFFF : lanes_of(0, height);
  UNROLL for (int i = 0; i < 16; i++)
    block[i] = whole || i < height ? _mm512_maskz_loadu_ps(across, from + i * columns) : _mm512_setzero_ps();
  turn(block);
  UNROLL for (int i = 0; i < 16; i++) {
    if (whole || i < width) {
      // The same row is written on four blocks later.
      gl_want((const char *)(to + i * rows + 64), 64);
      _mm512_mask_storeu_ps(to + i * rows, down, block[i]);
    }
  }
}

AVX512W void gl_transpose(const float *from, ptrdiff_t count, ptrdiff_t rows, ptrdiff_t columns, float *to) {
  for (ptrdiff_t n = 0; n < count; n++, from += rows * columns, to += rows * columns) {
    for (ptrdiff_t row = 0; row < rows; row += 16) {
      for (ptrdiff_t column = 0; column < columns; column += 16) {
        int height = rows - row < 16 ? (int)(rows - row) : 16;
        int width = columns - column < 16 ? (int)(columns - column) : 16;
        const float *at = from + row * columns + column;
        if (height == 16 && width == 16) turn_block(at, columns, 16, 16, to + column * rows + row, rows, 1);
        else turn_block(at, columns, height, width, to + column * rows + row, rows, 0);
      }
    }
  }
}
