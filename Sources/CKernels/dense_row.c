// A dense layer of one row: as fast as memory gives the weights, each of which is used once.
#include "internal.h"

enum {
  // Rows of weights read side by side, and vectors of each: 16 sums that do not wait for each other.
  rows_at_once = 4, vectors_at_once = 4,
  // How far ahead of its use a weight is asked for.
  floats_ahead = 128,
  // Columns of the gradient that stay in registers while the rows pass, and columns of one unit of work.
  gradient_vectors = 16, unit_columns = 16 * gradient_vectors * 8
};

typedef struct {
  const float *weights, *x;
  ptrdiff_t rows, columns;
  float alpha, beta;
  float *y;
} dense;

/// `count` rows from `first` on. The sum of a row does not depend on `count`.
INLINE AVX512 void rows_of(const dense *d, ptrdiff_t first, const int count) {
  __m512 sums[rows_at_once][vectors_at_once];
  const float *weights = d->weights + first * d->columns;
  UNROLL for (int j = 0; j < count; j++) {
    UNROLL for (int k = 0; k < vectors_at_once; k++) sums[j][k] = _mm512_setzero_ps();
  }
  ptrdiff_t i = 0;
  for (; i + 16 * vectors_at_once <= d->columns; i += 16 * vectors_at_once) {
    UNROLL for (int k = 0; k < vectors_at_once; k++) {
      __m512 x = _mm512_loadu_ps(d->x + i + 16 * k);
      UNROLL for (int j = 0; j < count; j++) {
        const float *w = weights + j * d->columns + i + 16 * k;
        _mm_prefetch((const char *)(w + floats_ahead), _MM_HINT_T0);
        sums[j][k] = _mm512_fmadd_ps(x, _mm512_loadu_ps(w), sums[j][k]);
      }
    }
  }
  UNROLL for (int k = 0; k < vectors_at_once; k++) {
    ptrdiff_t left = d->columns - i - 16 * k;
    if (left <= 0) break;
    __mmask16 lanes = lanes_of(0, (int)left);
    __m512 x = _mm512_maskz_loadu_ps(lanes, d->x + i + 16 * k);
    UNROLL for (int j = 0; j < count; j++) {
      __m512 w = _mm512_maskz_loadu_ps(lanes, weights + j * d->columns + i + 16 * k);
      sums[j][k] = _mm512_fmadd_ps(x, w, sums[j][k]);
    }
  }
  UNROLL for (int j = 0; j < count; j++) {
    __m512 total = _mm512_add_ps(_mm512_add_ps(sums[j][0], sums[j][1]), _mm512_add_ps(sums[j][2], sums[j][3]));
    float value = d->alpha * _mm512_reduce_add_ps(total);
    d->y[first + j] = d->beta == 0 ? value : value + d->beta * d->y[first + j];
  }
}

AVX512 static void take_rows(void *context, int unit, int thread) {
  const dense *d = context;
  ptrdiff_t first = (ptrdiff_t)unit * rows_at_once;
  (void)thread;
  if (first + rows_at_once <= d->rows) {
    rows_of(d, first, rows_at_once);
  } else {
    for (; first < d->rows; first++) rows_of(d, first, 1);
  }
}

void gl_dense_row(
  const float *weights, const float *x, ptrdiff_t rows, ptrdiff_t columns, float alpha, float beta, float *y,
  int threads
) {
  dense d = {.weights = weights, .x = x, .rows = rows, .columns = columns, .alpha = alpha, .beta = beta, .y = y};
  gl_for_each((int)((rows + rows_at_once - 1) / rows_at_once), threads, take_rows, &d);
}

/// The columns from `first` on, as many as the registers hold; fewer at the end, where `whole` is 0.
INLINE AVX512 void columns_of(const dense *d, ptrdiff_t first, const int whole) {
  __m512 sums[gradient_vectors];
  __mmask16 lanes[gradient_vectors];
  UNROLL for (int k = 0; k < gradient_vectors; k++) {
    ptrdiff_t left = d->columns - first - 16 * k;
    lanes[k] = whole || left >= 16 ? 0xFFFF : left <= 0 ? 0 : lanes_of(0, (int)left);
    sums[k] = _mm512_setzero_ps();
  }
  for (ptrdiff_t row = 0; row < d->rows; row++) {
    if (d->x[row] == 0) continue;
    __m512 dy = _mm512_set1_ps(d->x[row]);
    const float *weights = d->weights + row * d->columns + first;
    UNROLL for (int k = 0; k < gradient_vectors; k++) {
      // The next block's part of this row.
      if (whole) _mm_prefetch((const char *)(weights + 16 * (k + gradient_vectors)), _MM_HINT_T0);
      __m512 w = whole ? _mm512_loadu_ps(weights + 16 * k) : _mm512_maskz_loadu_ps(lanes[k], weights + 16 * k);
      sums[k] = _mm512_fmadd_ps(dy, w, sums[k]);
    }
  }
  __m512 alpha = _mm512_set1_ps(d->alpha), beta = _mm512_set1_ps(d->beta);
  UNROLL for (int k = 0; k < gradient_vectors; k++) {
    float *to = d->y + first + 16 * k;
    __m512 value = _mm512_mul_ps(alpha, sums[k]);
    if (d->beta != 0) value = _mm512_fmadd_ps(beta, _mm512_maskz_loadu_ps(lanes[k], to), value);
    _mm512_mask_storeu_ps(to, lanes[k], value);
  }
}

AVX512 static void take_columns(void *context, int unit, int thread) {
  const dense *d = context;
  ptrdiff_t first = (ptrdiff_t)unit * unit_columns, end = first + unit_columns;
  (void)thread;
  if (end > d->columns) end = d->columns;
  for (; first + 16 * gradient_vectors <= end; first += 16 * gradient_vectors) columns_of(d, first, 1);
  if (first < end) columns_of(d, first, 0);
}

void gl_dense_row_gradient(
  const float *weights, const float *dy, ptrdiff_t rows, ptrdiff_t columns, float alpha, float beta, float *dx,
  int threads
) {
  dense d = {.weights = weights, .x = dy, .rows = rows, .columns = columns, .alpha = alpha, .beta = beta, .y = dx};
  gl_for_each((int)((columns + unit_columns - 1) / unit_columns), threads, take_columns, &d);
}
