// Working copies of a band of rows: zero-extended, the ReLU's and the pooling's gradients applied on the way.
#include <string.h>
#include "backward.h"

INLINE AVX512 __m512 through_rule(__m512 gradient, __mmask16 active, gl_rule rule) {
  if (rule != gl_ordinary) gradient = _mm512_max_ps(_mm512_setzero_ps(), gradient);
  return rule == gl_deconvolution ? gradient : _mm512_maskz_mov_ps(active, gradient);
}

INLINE AVX512 void take_row(const backward_pass *p, int image, int y, char *to, const int is_short) {
  const gl_convolution *c = p->c;
  int channels = c->output_channels, vectors = (channels + 15) / 16, pooled = c->pool_y * c->pool_x > 1;
  ptrdiff_t row = (ptrdiff_t)image * c->output_height + y / c->pool_y;
  ptrdiff_t from = row * c->output_width * channels;
  const uint16_t *mask =
    pooled ? p->mask + ((size_t)image * used_height(c) + y) * used_width(c) * vectors : 0;
  __m512 scale = _mm512_set1_ps(1.0f / (float)(c->pool_y * c->pool_x));
  for (int x = 0; x < c->output_width; x++) {
    for (int v = 0; v < vectors; v++) {
      __mmask16 lanes = lanes_of(v, channels);
      ptrdiff_t at = (ptrdiff_t)x * channels + 16 * v;
      __m512 gradient = load_elements(p->output_gradient, from + at, lanes, is_short);
      if (pooled) {
        gradient = _mm512_mul_ps(gradient, scale);
        for (int dx = 0; dx < c->pool_x; dx++) {
          ptrdiff_t column = (ptrdiff_t)x * c->pool_x + dx;
          store_elements(to, column * channels + 16 * v, lanes,
            through_rule(gradient, mask[column * vectors + v], p->rule), is_short);
        }
      } else {
        if (c->relu) {
          __m512 value = load_elements(p->output, from + at, lanes, is_short);
          __mmask16 active = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_GT_OQ);
          gradient = through_rule(gradient, active, p->rule);
        }
        store_elements(to, at, lanes, gradient, is_short);
      }
    }
  }
}

AVX512 static void take_row_of(const backward_pass *p, int image, int y, char *to) {
  if (p->c->bfloat16) take_row(p, image, y, to, 1);
  else take_row(p, image, y, to, 0);
}

/// `to[i] = from[i] | from[i + distance] << 16`: each element with the one that stands `distance` after it.
AVX512 static void pair_up(const uint16_t *from, ptrdiff_t distance, ptrdiff_t count, uint32_t *to) {
  for (ptrdiff_t i = 0; i < count; i += 16) {
    __mmask16 lanes = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
    __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, from + i));
    __m512i high = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, from + i + distance));
    _mm512_mask_storeu_epi32(to + i, lanes, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
}

void gl_take_output_gradient(const backward_pass *p, int image, int first, char *mine) {
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  size_t pixel = (size_t)c->output_channels * element_bytes(c), pitch = pixel * at->dy_columns;
  size_t before = pixel * -at->across.low, width = pixel * used_width(c);
  char *to = mine + at->dy;
  for (int row = 0; row < at->dy_rows; row++, to += pitch) {
    int y = first + at->down.low + row;
    if (y < 0 || y >= used_height(c)) {
      memset(to, 0, pitch);
      continue;
    }
    memset(to, 0, before);
    take_row_of(p, image, y, to + before);
    memset(to + before + width, 0, pitch - before - width);
  }
  memset(to, 0, gather_slack * element_bytes(c));
  if (!c->bfloat16 || !at->groups) return;
  int lanes = up_to_multiple(c->output_channels, 16), pairs = (used_width(c) + 1) / 2;
  for (int row = 0; row < at->band; row++) {
    const uint16_t *from = (const uint16_t *)(mine + at->dy + (row - at->down.low) * pitch + before);
    uint32_t *pair = (uint32_t *)(mine + at->dy_pairs) + (size_t)row * pairs * lanes;
    for (int x = 0; x < pairs; x++)
      pair_up(from + (size_t)2 * x * c->output_channels, c->output_channels, c->output_channels, pair + x * lanes);
  }
}

void gl_take_input(const backward_pass *p, int image, int first, char *mine) {
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  size_t pixel = (size_t)c->input_channels * element_bytes(c), pitch = pixel * at->x_columns;
  int width = minimum(c->input_width, at->x_columns - c->pad_x);
  char *to = mine + at->x;
  for (int row = 0; row < at->x_rows; row++, to += pitch) {
    int y = first * c->stride_y - c->pad_y + row;
    if (y < 0 || y >= c->input_height) {
      memset(to, 0, pitch);
      continue;
    }
    size_t before = pixel * c->pad_x, own = pixel * width;
    memset(to, 0, before);
    memcpy(to + before, p->input + ((size_t)image * c->input_height + y) * c->input_width * pixel, own);
    memset(to + before + own, 0, pitch - before - own);
  }
  memset(to, 0, (gather_slack + (size_t)c->stride_x * c->input_channels) * element_bytes(c));
  if (!c->bfloat16) return;
  ptrdiff_t count = (ptrdiff_t)at->x_rows * at->x_columns * c->input_channels + gather_slack;
  pair_up((const uint16_t *)(mine + at->x), (ptrdiff_t)c->stride_x * c->input_channels, count,
    (uint32_t *)(mine + at->x_pairs));
}

INLINE AVX512 void write_row(
  const float *sums, int pitch, int together, int elements, void *to, const int is_short
) {
  for (int first = 0; first < elements; first += together, sums += pitch) {
    int count = minimum(together, elements - first);
    for (int v = 0; 16 * v < count; v++)
      store_elements(to, first + 16 * v, lanes_of(v, count), _mm512_loadu_ps(sums + 16 * v), is_short);
  }
}

AVX512 void gl_write_row(const float *sums, int pitch, int together, int elements, void *to, int is_short) {
  if (is_short) write_row(sums, pitch, together, elements, to, 1);
  else write_row(sums, pitch, together, elements, to, 0);
}
