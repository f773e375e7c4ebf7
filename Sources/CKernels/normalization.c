// Batch normalisation of channels-last activations: each channel's mean and variance, in one pass over memory.
//
// Rows (pixels of all images) are summed in blocks of fixed size, and the blocks' sums are put together in double and in
// order: no number of threads changes a bit.
#include "internal.h"

enum { block_elements = 1 << 14, rows_at_once = 4 };

typedef struct {
  const gl_normalization *n;
  const float *input, *gradient;
  float *result;
  const float *mean, *factor, *shift;
  // Of each block: channels times two.
  float *sums;
} normalization_pass;

static ptrdiff_t block_rows(const gl_normalization *n) {
  ptrdiff_t rows = block_elements / n->channels;
  return rows < 1 ? 1 : rows;
}

static ptrdiff_t block_count(const gl_normalization *n) { return (n->rows + block_rows(n) - 1) / block_rows(n); }

size_t gl_normalization_scratch_bytes(const gl_normalization *n) {
  return (size_t)block_count(n) * (size_t)n->channels * 2 * sizeof(float);
}

static ptrdiff_t rows_of(const gl_normalization *n, int block, ptrdiff_t *first) {
  *first = block * block_rows(n);
  ptrdiff_t rows = n->rows - *first;
  return rows < block_rows(n) ? rows : block_rows(n);
}

INLINE AVX512 __m512 total_of(const __m512 sums[rows_at_once]) {
  return _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
}

/// Mean of a block's rows, and the sum of their squared distances from it: the second pass is over the cache.
AVX512 static void moments_of_block(void *context, int unit, int thread) {
  const normalization_pass *pass = context;
  ptrdiff_t channels = pass->n->channels, first, rows = rows_of(pass->n, unit, &first);
  const float *from = pass->input + first * channels;
  float *sums = pass->sums + (ptrdiff_t)unit * channels * 2;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    __mmask16 lanes = lanes_of(0, (int)(channels - c));
    __m512 totals[rows_at_once], squares[rows_at_once];
    UNROLL for (int k = 0; k < rows_at_once; k++) totals[k] = squares[k] = _mm512_setzero_ps();
    ptrdiff_t row = 0;
    for (; row + rows_at_once <= rows; row += rows_at_once)
      UNROLL for (int k = 0; k < rows_at_once; k++)
        totals[k] = _mm512_add_ps(totals[k], _mm512_maskz_loadu_ps(lanes, from + (row + k) * channels + c));
    for (; row < rows; row++) totals[0] = _mm512_add_ps(totals[0], _mm512_maskz_loadu_ps(lanes, from + row * channels + c));
    __m512 mean = _mm512_div_ps(total_of(totals), _mm512_set1_ps((float)rows));
    for (row = 0; row + rows_at_once <= rows; row += rows_at_once) {
      UNROLL for (int k = 0; k < rows_at_once; k++) {
        __m512 off = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, from + (row + k) * channels + c), mean);
        squares[k] = _mm512_fmadd_ps(off, off, squares[k]);
      }
    }
    for (; row < rows; row++) {
      __m512 off = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, from + row * channels + c), mean);
      squares[0] = _mm512_fmadd_ps(off, off, squares[0]);
    }
    _mm512_mask_storeu_ps(sums + c, lanes, mean);
    _mm512_mask_storeu_ps(sums + channels + c, lanes, total_of(squares));
  }
}

void gl_moments(const gl_normalization *n, const float *input, float *mean, float *variance, float *scratch) {
  normalization_pass pass = {.n = n, .input = input, .sums = scratch};
  gl_for_each((int)block_count(n), n->threads, moments_of_block, &pass);
  // Chan, Golub and LeVeque: moments of parts put together.
  for (ptrdiff_t c = 0; c < n->channels; c++) {
    double count = 0, average = 0, squares = 0;
    for (int block = 0; block < block_count(n); block++) {
      ptrdiff_t first;
      double rows = (double)rows_of(n, block, &first), off;
      const float *sums = scratch + (ptrdiff_t)block * n->channels * 2;
      off = sums[c] - average;
      squares += sums[n->channels + c] + off * off * count * rows / (count + rows);
      average += off * rows / (count + rows);
      count += rows;
    }
    mean[c] = (float)average;
    variance[c] = (float)(squares / count);
  }
}

AVX512 static void normalize_block(void *context, int unit, int thread) {
  const normalization_pass *pass = context;
  ptrdiff_t channels = pass->n->channels, first, rows = rows_of(pass->n, unit, &first);
  const float *from = pass->input + first * channels;
  float *to = pass->result + first * channels;
  for (ptrdiff_t row = 0; row < rows; row++) {
    for (ptrdiff_t c = 0; c < channels; c += 16) {
      __mmask16 lanes = lanes_of(0, (int)(channels - c));
      __m512 mean = _mm512_maskz_loadu_ps(lanes, pass->mean + c);
      __m512 factor = _mm512_maskz_loadu_ps(lanes, pass->factor + c);
      __m512 shift = _mm512_maskz_loadu_ps(lanes, pass->shift + c);
      __m512 value = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, from + row * channels + c), mean);
      _mm512_mask_storeu_ps(to + row * channels + c, lanes, _mm512_fmadd_ps(value, factor, shift));
    }
  }
}

void gl_normalize(
  const gl_normalization *n, const float *input, const float *mean, const float *factor, const float *shift,
  float *output
) {
  normalization_pass pass = {.n = n, .input = input, .mean = mean, .factor = factor, .shift = shift, .result = output};
  gl_for_each((int)block_count(n), n->threads, normalize_block, &pass);
}

/// Sums of a block's gradients, and of their products with the distance from the mean.
AVX512 static void gradient_sums_of_block(void *context, int unit, int thread) {
  const normalization_pass *pass = context;
  ptrdiff_t channels = pass->n->channels, first, rows = rows_of(pass->n, unit, &first);
  const float *values = pass->input + first * channels, *from = pass->gradient + first * channels;
  float *sums = pass->sums + (ptrdiff_t)unit * channels * 2;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    __mmask16 lanes = lanes_of(0, (int)(channels - c));
    __m512 mean = _mm512_maskz_loadu_ps(lanes, pass->mean + c), totals[rows_at_once], products[rows_at_once];
    UNROLL for (int k = 0; k < rows_at_once; k++) totals[k] = products[k] = _mm512_setzero_ps();
    ptrdiff_t row = 0;
    for (; row + rows_at_once <= rows; row += rows_at_once) {
      UNROLL for (int k = 0; k < rows_at_once; k++) {
        ptrdiff_t at = (row + k) * channels + c;
        __m512 gradient = _mm512_maskz_loadu_ps(lanes, from + at);
        __m512 off = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, values + at), mean);
        totals[k] = _mm512_add_ps(totals[k], gradient);
        products[k] = _mm512_fmadd_ps(gradient, off, products[k]);
      }
    }
    for (; row < rows; row++) {
      ptrdiff_t at = row * channels + c;
      __m512 gradient = _mm512_maskz_loadu_ps(lanes, from + at);
      __m512 off = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, values + at), mean);
      totals[0] = _mm512_add_ps(totals[0], gradient);
      products[0] = _mm512_fmadd_ps(gradient, off, products[0]);
    }
    _mm512_mask_storeu_ps(sums + c, lanes, total_of(totals));
    _mm512_mask_storeu_ps(sums + channels + c, lanes, total_of(products));
  }
}

void gl_normalization_sums(
  const gl_normalization *n, const float *input, const float *mean, const float *gradient, double *totals,
  double *products, float *scratch
) {
  normalization_pass pass = {.n = n, .input = input, .mean = mean, .gradient = gradient, .sums = scratch};
  gl_for_each((int)block_count(n), n->threads, gradient_sums_of_block, &pass);
  for (ptrdiff_t c = 0; c < n->channels; c++) {
    totals[c] = products[c] = 0;
    for (int block = 0; block < block_count(n); block++) {
      const float *sums = scratch + (ptrdiff_t)block * n->channels * 2;
      totals[c] += sums[c];
      products[c] += sums[n->channels + c];
    }
  }
}

/// `g = factor g + shift + slope (x - mean)`, slope after shift in memory.
AVX512 static void gradient_of_block(void *context, int unit, int thread) {
  const normalization_pass *pass = context;
  ptrdiff_t channels = pass->n->channels, first, rows = rows_of(pass->n, unit, &first);
  const float *values = pass->input + first * channels;
  float *to = pass->result + first * channels;
  for (ptrdiff_t row = 0; row < rows; row++) {
    for (ptrdiff_t c = 0; c < channels; c += 16) {
      __mmask16 lanes = lanes_of(0, (int)(channels - c));
      ptrdiff_t at = row * channels + c;
      __m512 off = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, values + at), _mm512_maskz_loadu_ps(lanes, pass->mean + c));
      __m512 rest = _mm512_fmadd_ps(
        off, _mm512_maskz_loadu_ps(lanes, pass->shift + channels + c), _mm512_maskz_loadu_ps(lanes, pass->shift + c));
      __m512 gradient = _mm512_maskz_loadu_ps(lanes, to + at);
      gradient = _mm512_fmadd_ps(gradient, _mm512_maskz_loadu_ps(lanes, pass->factor + c), rest);
      _mm512_mask_storeu_ps(to + at, lanes, gradient);
    }
  }
}

void gl_normalization_gradient(
  const gl_normalization *n, const float *input, const float *mean, const float *factor, const float *shift_and_slope,
  float *gradient
) {
  normalization_pass pass = {
    .n = n, .input = input, .mean = mean, .factor = factor, .shift = shift_and_slope, .result = gradient};
  gl_for_each((int)block_count(n), n->threads, gradient_of_block, &pass);
}
