// Layer normalisation: sums of a row in double, in as many partial sums as the widest vectors have lanes. The gradients of
// weight and bias are summed over blocks of rows of fixed size, which are put together in double and in order.
#include <math.h>
#include "internal.h"
#include "include/RowNormalization.h"

// Without fused multiply-adds, so that all processors give the same bits.
#pragma STDC FP_CONTRACT OFF

enum { lanes = 16, block_rows = 32 };

typedef struct {
  const gl_row_normalization *n;
  const float *x, *weight, *bias, *dy;
  float *y, *sums;
  int holds_deviation;
} row_pass;

typedef struct { double mean, scale; } row_moments;

INLINE double total_of(const double sums[lanes]) {
  double total = 0;
  for (int k = 0; k < lanes; k++) total += sums[k];
  return total;
}

INLINE row_moments moments_of(const float *x, ptrdiff_t n, double epsilon) {
  double sums[lanes] = {0}, squares[lanes] = {0};
  ptrdiff_t i = 0;
  for (; i + lanes <= n; i += lanes) for (int k = 0; k < lanes; k++) sums[k] += x[i + k];
  for (; i < n; i++) sums[0] += x[i];
  double mean = total_of(sums) / (double)n;
  for (i = 0; i + lanes <= n; i += lanes) {
    for (int k = 0; k < lanes; k++) squares[k] += (x[i + k] - mean) * (x[i + k] - mean);
  }
  for (; i < n; i++) squares[0] += (x[i] - mean) * (x[i] - mean);
  return (row_moments){mean, 1 / sqrt(total_of(squares) / (double)n + epsilon)};
}

INLINE void normalize_row(const row_pass *p, ptrdiff_t row) {
  ptrdiff_t n = p->n->columns;
  const float *restrict x = p->x + row * n, *restrict w = p->weight, *restrict b = p->bias;
  float *restrict y = p->y + row * n;
  row_moments m = moments_of(x, n, p->n->epsilon);
  for (ptrdiff_t i = 0; i < n; i++) y[i] = (float)((x[i] - m.mean) * m.scale) * w[i] + b[i];
}

INLINE void gradient_row(const row_pass *p, ptrdiff_t row, float *restrict dw, float *restrict db) {
  ptrdiff_t n = p->n->columns, i = 0;
  const float *restrict x = p->x + row * n, *restrict w = p->weight, *restrict dy = p->dy + row * n;
  float *restrict dx = p->y + row * n;
  row_moments m = moments_of(x, n, p->n->epsilon);
  double totals[lanes] = {0}, products[lanes] = {0};
  for (; i + lanes <= n; i += lanes) {
    for (int k = 0; k < lanes; k++) {
      double h = (x[i + k] - m.mean) * m.scale, g = dy[i + k] * w[i + k];
      totals[k] += g;
      products[k] += g * h;
    }
  }
  for (; i < n; i++) {
    double h = (x[i] - m.mean) * m.scale, g = dy[i] * w[i];
    totals[0] += g;
    products[0] += g * h;
  }
  double total = total_of(totals) / (double)n, product = p->holds_deviation ? 0 : total_of(products) / (double)n;
  for (i = 0; i < n; i++) {
    double h = (x[i] - m.mean) * m.scale, g = dy[i] * w[i];
    dw[i] += dy[i] * (float)h;
    db[i] += dy[i];
    dx[i] = (float)(m.scale * (g - total - h * product));
  }
}

INLINE void normalize_block(const row_pass *p, int unit) {
  ptrdiff_t first = (ptrdiff_t)unit * block_rows, end = first + block_rows;
  for (ptrdiff_t row = first; row < end && row < p->n->rows; row++) normalize_row(p, row);
}

INLINE void gradient_block(const row_pass *p, int unit) {
  ptrdiff_t first = (ptrdiff_t)unit * block_rows, end = first + block_rows, n = p->n->columns;
  float *dw = p->sums + 2 * n * unit, *db = dw + n;
  memset(dw, 0, sizeof(float) * (size_t)(2 * n));
  for (ptrdiff_t row = first; row < end && row < p->n->rows; row++) gradient_row(p, row, dw, db);
}

static void normalize_any(void *context, int unit, int thread) { normalize_block(context, unit); }
AVX512 static void normalize_wide(void *context, int unit, int thread) { normalize_block(context, unit); }
static void gradient_any(void *context, int unit, int thread) { gradient_block(context, unit); }
AVX512 static void gradient_wide(void *context, int unit, int thread) { gradient_block(context, unit); }

static int block_count(const gl_row_normalization *n) { return (int)((n->rows + block_rows - 1) / block_rows); }

void gl_normalize_rows(
  const gl_row_normalization *n, const float *x, const float *weight, const float *bias, float *y
) {
  row_pass pass = {.n = n, .x = x, .weight = weight, .bias = bias, .y = y};
  gl_for_each(block_count(n), n->threads, gl_processor_level() == gl_none ? normalize_any : normalize_wide, &pass);
}

size_t gl_row_normalization_scratch_bytes(const gl_row_normalization *n) {
  return sizeof(float) * 2 * (size_t)n->columns * (size_t)block_count(n);
}

void gl_normalize_rows_gradient(
  const gl_row_normalization *n, const float *x, const float *weight, const float *dy, int holds_deviation, float *dx,
  float *weight_gradient, float *bias_gradient, void *scratch
) {
  row_pass pass = {
    .n = n, .x = x, .weight = weight, .dy = dy, .y = dx, .sums = scratch, .holds_deviation = holds_deviation};
  gl_for_each(block_count(n), n->threads, gl_processor_level() == gl_none ? gradient_any : gradient_wide, &pass);
  for (ptrdiff_t i = 0; i < n->columns; i++) {
    double dw = 0, db = 0;
    for (int block = 0; block < block_count(n); block++) {
      const float *sums = pass.sums + 2 * n->columns * block;
      dw += sums[i];
      db += sums[n->columns + i];
    }
    weight_gradient[i] = (float)dw;
    bias_gradient[i] = (float)db;
  }
}
