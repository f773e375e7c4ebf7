// A mean over disjoint windows and the ReLU beside it, for layers that are not computed together with a convolution.
#include <string.h>
#include "internal.h"

// As AVX512, with the instruction that gl_want is made of, which every such processor has.
#define AVX512W __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,prfchw")))

enum { windows_ahead = 8 };

typedef struct {
  const gl_pooling *p;
  const float *values, *gradient;
  float *result;
  int only_positive, only_active;
} pooling_pass;

/// One row of the output.
AVX512 static void pool_row(void *context, int unit, int thread) {
  const pooling_pass *pass = context;
  const gl_pooling *p = pass->p;
  int image = unit / p->output_height, y = unit % p->output_height;
  ptrdiff_t pixel = p->channels, row = pixel * p->width;
  const float *input = pass->values + ((ptrdiff_t)image * p->height + (ptrdiff_t)y * p->pool_y) * row;
  float *output = pass->result + (ptrdiff_t)unit * p->output_width * pixel;
  __m512 scale = _mm512_set1_ps(1.0f / (float)(p->pool_y * p->pool_x)), zero = _mm512_setzero_ps();
  __m512 least = p->relu_first ? zero : _mm512_set1_ps(-__builtin_inff());
  (void)thread;
  ptrdiff_t window = p->pool_x * pixel;
  for (int x = 0; x < p->output_width; x++) {
    for (int dy = 0; dy < p->pool_y; dy++)
      gl_fetch((const char *)(input + dy * row + (x + windows_ahead) * window), (size_t)window * sizeof(float));
    for (int c = 0; c < p->channels; c += 16) {
      __mmask16 lanes = lanes_of(0, p->channels - c);
      __m512 total = zero;
      for (int dy = 0; dy < p->pool_y; dy++) {
        for (int dx = 0; dx < p->pool_x; dx++) {
          const float *from = input + dy * row + ((ptrdiff_t)x * p->pool_x + dx) * pixel + c;
          // The order of operands lets NaN through, here and below.
          total = _mm512_add_ps(total, _mm512_max_ps(least, _mm512_maskz_loadu_ps(lanes, from)));
        }
      }
      total = _mm512_mul_ps(total, scale);
      if (!p->relu_first) total = _mm512_max_ps(zero, total);
      _mm512_mask_storeu_ps(output + x * pixel + c, lanes, total);
    }
  }
}

void gl_pool(const gl_pooling *p, const float *input, float *output) {
  pooling_pass pass = {.p = p, .values = input, .result = output};
  gl_for_each(p->batch * p->output_height, p->threads, pool_row, &pass);
}

INLINE AVX512 __m512 passed(const pooling_pass *pass, __m512 gradient, __mmask16 lanes, const float *values) {
  if (pass->only_positive) gradient = _mm512_max_ps(_mm512_setzero_ps(), gradient);
  if (!pass->only_active) return gradient;
  __mmask16 active = _mm512_cmp_ps_mask(_mm512_maskz_loadu_ps(lanes, values), _mm512_setzero_ps(), _CMP_GT_OQ);
  return _mm512_maskz_mov_ps(active, gradient);
}

/// The row of windows that one row of the output was made from.
AVX512W static void spread_row(void *context, int unit, int thread) {
  const pooling_pass *pass = context;
  const gl_pooling *p = pass->p;
  int image = unit / p->output_height, y = unit % p->output_height;
  ptrdiff_t pixel = p->channels, row = pixel * p->width, used = (ptrdiff_t)p->output_width * p->pool_x;
  ptrdiff_t at = ((ptrdiff_t)image * p->height + (ptrdiff_t)y * p->pool_y) * row;
  ptrdiff_t out = (ptrdiff_t)unit * p->output_width * pixel;
  __m512 scale = _mm512_set1_ps(1.0f / (float)(p->pool_y * p->pool_x));
  (void)thread;
  ptrdiff_t window = p->pool_x * pixel;
  for (int x = 0; x < p->output_width; x++) {
    for (int dy = 0; dy < p->pool_y; dy++) {
      ptrdiff_t next = at + dy * row + (x + windows_ahead) * window;
      gl_want((const char *)(pass->result + next), (size_t)window * sizeof(float));
      if (p->relu_first) gl_fetch((const char *)(pass->values + next), (size_t)window * sizeof(float));
    }
    for (int c = 0; c < p->channels; c += 16) {
      __mmask16 lanes = lanes_of(0, p->channels - c);
      __m512 gradient = _mm512_maskz_loadu_ps(lanes, pass->gradient + out + x * pixel + c);
      if (!p->relu_first) gradient = passed(pass, gradient, lanes, pass->values + out + x * pixel + c);
      gradient = _mm512_mul_ps(gradient, scale);
      for (int dy = 0; dy < p->pool_y; dy++) {
        for (int dx = 0; dx < p->pool_x; dx++) {
          ptrdiff_t to = at + dy * row + ((ptrdiff_t)x * p->pool_x + dx) * pixel + c;
          __m512 value = p->relu_first ? passed(pass, gradient, lanes, pass->values + to) : gradient;
          _mm512_mask_storeu_ps(pass->result + to, lanes, value);
        }
      }
    }
  }
  // No window reaches the columns and rows that are left.
  for (int dy = 0; dy < p->pool_y; dy++)
    memset(pass->result + at + dy * row + used * pixel, 0, (size_t)(row - used * pixel) * sizeof(float));
  if (y == p->output_height - 1) {
    ptrdiff_t left = p->height - (ptrdiff_t)p->output_height * p->pool_y;
    memset(pass->result + at + p->pool_y * row, 0, (size_t)(left * row) * sizeof(float));
  }
}

void gl_pool_gradient(
  const gl_pooling *p, const float *values, const float *output_gradient, int only_positive, int only_active,
  float *input_gradient
) {
  pooling_pass pass = {
    .p = p, .values = values, .gradient = output_gradient, .result = input_gradient, .only_positive = only_positive,
    .only_active = only_active};
  gl_for_each(p->batch * p->output_height, p->threads, spread_row, &pass);
}
