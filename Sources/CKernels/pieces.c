// The inner loop where weights are many: pixels are named one by one, so that a tile may take them from several rows and
// images, and a tile continues its sums, so that weights can be used up in pieces.
#include "pieces.h"

INLINE AVX512 void piece(
  const int vectors, const int pixels, const float *const *x, ptrdiff_t offset, int steps, const float *weights,
  const float *start, ptrdiff_t start_pitch, float *out
) {
  __m512 sums[most_pixels][widest_group];
  const float *base[most_pixels];
  UNROLL for (int p = 0; p < pixels; p++) {
    base[p] = x[p] + offset;
    UNROLL for (int k = 0; k < vectors; k++) sums[p][k] = _mm512_loadu_ps(start + p * start_pitch + 16 * k);
  }
  for (ptrdiff_t step = 0; step < steps; step++) {
    __m512 w[widest_group];
    UNROLL for (int k = 0; k < vectors; k++) w[k] = _mm512_loadu_ps(weights + 16 * k);
    UNROLL for (int p = 0; p < pixels; p++) {
      __m512 value = _mm512_set1_ps(base[p][step]);
      UNROLL for (int k = 0; k < vectors; k++) sums[p][k] = _mm512_fmadd_ps(value, w[k], sums[p][k]);
    }
    weights += 16 * vectors;
  }
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int k = 0; k < vectors; k++) _mm512_storeu_ps(out + p * 16 * vectors + 16 * k, sums[p][k]);
  }
}

#define PIECE(vectors, pixels)                                                                                         \
  AVX512 static void piece_##vectors##_##pixels(                                                                       \
    const float *const *x, ptrdiff_t offset, int steps, const float *weights, const float *start,                      \
    ptrdiff_t start_pitch, float *out) {                                                                               \
    piece(vectors, pixels, x, offset, steps, weights, start, start_pitch, out);                                        \
  }
PIECE(1, 1) PIECE(1, 2) PIECE(1, 3) PIECE(1, 4) PIECE(1, 5) PIECE(1, 6) PIECE(1, 7) PIECE(1, 8) PIECE(1, 9) PIECE(1, 10)
PIECE(1, 11) PIECE(1, 12)
PIECE(2, 1) PIECE(2, 2) PIECE(2, 3) PIECE(2, 4) PIECE(2, 5) PIECE(2, 6) PIECE(2, 7) PIECE(2, 8) PIECE(2, 9) PIECE(2, 10)
PIECE(2, 11) PIECE(2, 12)
PIECE(3, 1) PIECE(3, 2) PIECE(3, 3) PIECE(3, 4) PIECE(3, 5) PIECE(3, 6) PIECE(3, 7) PIECE(3, 8)
PIECE(4, 1) PIECE(4, 2) PIECE(4, 3) PIECE(4, 4) PIECE(4, 5) PIECE(4, 6)

gl_piece gl_piece_for(int vectors, int pixels) {
  static const gl_piece pieces[5][most_pixels + 1] = {
    {0},
    {0, piece_1_1, piece_1_2, piece_1_3, piece_1_4, piece_1_5, piece_1_6, piece_1_7, piece_1_8, piece_1_9, piece_1_10,
      piece_1_11, piece_1_12},
    {0, piece_2_1, piece_2_2, piece_2_3, piece_2_4, piece_2_5, piece_2_6, piece_2_7, piece_2_8, piece_2_9, piece_2_10,
      piece_2_11, piece_2_12},
    {0, piece_3_1, piece_3_2, piece_3_3, piece_3_4, piece_3_5, piece_3_6, piece_3_7, piece_3_8},
    {0, piece_4_1, piece_4_2, piece_4_3, piece_4_4, piece_4_5, piece_4_6}};
  return pieces[vectors][pixels];
}

void gl_multiply_pieces(
  const float *const *x, int count, ptrdiff_t offset, int steps, int vectors, const float *weights, const float *start,
  float *sums
) {
  int width = 16 * vectors, most = gl_piece_pixels(vectors), tiles = (count + most - 1) / most;
  int parts = (steps + piece_steps - 1) / piece_steps;
  for (int part = 0; part < parts; part++) {
    int from = steps * part / parts, end = steps * (part + 1) / parts;
    for (int tile = 0; tile < tiles; tile++) {
      int first = count * tile / tiles, pixels = count * (tile + 1) / tiles - first;
      float *out = sums + (size_t)first * width;
      int begins = start && part == 0;
      gl_piece_for(vectors, pixels)(
        x + first, offset + from, end - from, weights + (size_t)from * width, begins ? start : out, begins ? 0 : width, out);
    }
  }
}
