// Matrices turned, 16 by 16 floats in registers at a time.
#include "internal.h"

// As AVX512, with the instruction that gl_want is made of, which every such processor has.
#define AVX512W __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,prfchw")))

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
