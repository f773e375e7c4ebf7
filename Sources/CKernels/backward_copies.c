// Working copies of a band of rows: zero-extended, the ReLU's and the pooling's gradients applied on the way.
#include <string.h>
#include "backward.h"

enum { rows_ahead = 4 };

/// One row of the output's gradient, and what decides how it passes the pooling and the ReLU.
typedef struct {
  const char *gradient, *output;
  const uint16_t *mask;
  int channels, columns, pool_x, pooled, relu;
  gl_rule rule;
  float scale;
} row_source;

/// Where a row goes; null for what is not wanted. `pairs` are those of neighbouring columns, 16 lanes a vector.
typedef struct {
  char *row;
  uint32_t *pairs;
  float *sums;
} row_targets;

/// The gradient at one column of the convolution: the pooling's share, where the ReLU let through. `pool` is 1 for
/// none, 2 for 2 x 2, and 0 for whatever the row says; with `ordinary` the rule is.
INLINE AVX512 __m512 gradient_at(
  const row_source *s, int column, int v, __mmask16 lanes, const int is_short, const int pool, const int ordinary
) {
  int vectors = (s->channels + 15) / 16, pooled = pool ? pool > 1 : s->pooled;
  ptrdiff_t at = (ptrdiff_t)(column / (pool ? pool : s->pool_x)) * s->channels + 16 * v;
  __m512 gradient = load_elements(s->gradient, at, lanes, is_short);
  __mmask16 active;
  if (pooled) {
    gradient = _mm512_mul_ps(gradient, _mm512_set1_ps(s->scale));
    active = s->mask[(ptrdiff_t)column * vectors + v];
  } else {
    if (!s->relu) return gradient;
    active = _mm512_cmp_ps_mask(load_elements(s->output, at, lanes, is_short), _mm512_setzero_ps(), _CMP_GT_OQ);
  }
  return through_rule(gradient, active, ordinary ? gl_ordinary : s->rule);
}

/// Writes two neighbouring columns.
INLINE AVX512BF16 void put_columns(
  const row_source *s, const row_targets *to, int column, int v, __mmask16 lanes, __m512 first, __m512 second,
  const int is_short
) {
  int vectors = (s->channels + 15) / 16;
  ptrdiff_t at = (ptrdiff_t)column * s->channels + 16 * v;
  if (!is_short) {
    store_elements(to->row, at, lanes, first, 0);
    store_elements(to->row, at + s->channels, lanes, second, 0);
    return;
  }
  __m512i both = (__m512i)_mm512_cvtne2ps_pbh(second, first);
  if (to->row) {
    _mm256_mask_storeu_epi16((uint16_t *)to->row + at, lanes, _mm512_castsi512_si256(both));
    _mm256_mask_storeu_epi16(
      (uint16_t *)to->row + at + s->channels, lanes, _mm512_extracti64x4_epi64(both, 1));
  }
  if (to->pairs) {
    __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(both));
    __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(both, 1));
    _mm512_storeu_si512(to->pairs + (ptrdiff_t)(column / 2 * vectors + v) * 16,
      _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
}

/// One vector of lanes of all columns. An odd number of columns gets one of zeros more.
INLINE AVX512BF16 void take_lanes(
  const row_source source, const row_targets to, int v, __mmask16 lanes, const int is_short, const int pool,
  const int ordinary
) {
  const row_source *s = &source;
  __m512 total[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  for (int column = 0; column < s->columns; column += 2) {
    __m512 first = gradient_at(s, column, v, lanes, is_short, pool, ordinary), second = _mm512_setzero_ps();
    if (column + 1 < s->columns) second = gradient_at(s, column + 1, v, lanes, is_short, pool, ordinary);
    put_columns(s, &to, column, v, lanes, first, second, is_short);
    total[0] = _mm512_add_ps(total[0], first);
    total[1] = _mm512_add_ps(total[1], second);
  }
  if (!to.sums) return;
  total[0] = _mm512_add_ps(total[0], total[1]);
  _mm512_storeu_ps(to.sums + 16 * v, _mm512_add_ps(total[0], _mm512_loadu_ps(to.sums + 16 * v)));
}

INLINE AVX512BF16 void take_row(const row_source *s, const row_targets *to, const int is_short) {
  int usual = s->rule == gl_ordinary && s->pool_x == 2 && s->scale == 0.25f;
  for (int v = 0; 16 * v < s->channels; v++) {
    __mmask16 lanes = lanes_of(v, s->channels);
    if (usual && lanes == 0xFFFF) take_lanes(*s, *to, v, 0xFFFF, is_short, 2, 1);
    else if (!s->pooled && lanes == 0xFFFF) take_lanes(*s, *to, v, 0xFFFF, is_short, 1, 0);
    else take_lanes(*s, *to, v, lanes, is_short, 0, 0);
  }
}

// The attribute is for the sake of the body that both share: of floats it converts nothing.
AVX512BF16 static void take_floats(const row_source *s, const row_targets *to) { take_row(s, to, 0); }
AVX512BF16 static void take_shorts(const row_source *s, const row_targets *to) { take_row(s, to, 1); }

/// Row `y` of image `image`.
static row_source source_of(const backward_pass *p, int image, int y) {
  const gl_convolution *c = p->c;
  int pooled = c->pool_y * c->pool_x > 1, vectors = (c->output_channels + 15) / 16;
  size_t from = ((size_t)image * c->output_height + y / c->pool_y) * c->output_width * c->output_channels;
  return (row_source){
    .gradient = p->output_gradient + from * element_bytes(c),
    .output = c->relu && !pooled ? p->output + from * element_bytes(c) : 0,
    .mask = pooled ? p->mask + ((size_t)image * used_height(c) + y) * used_width(c) * vectors : 0,
    .channels = c->output_channels, .columns = used_width(c), .pool_x = c->pool_x, .pooled = pooled,
    .relu = c->relu, .rule = p->rule, .scale = 1.0f / (float)(c->pool_y * c->pool_x)};
}

/// Asks for what comes `rows_ahead` rows later, be it in the next band or the next image.
static void fetch_ahead(const gl_convolution *c, const row_source *s, int y) {
  size_t bytes = (size_t)c->output_width * c->output_channels * element_bytes(c);
  if (y % c->pool_y == 0) {
    gl_fetch(s->gradient + rows_ahead * bytes, bytes);
    if (s->output) gl_fetch(s->output + rows_ahead * bytes, bytes);
  }
  size_t mask_bytes = (size_t)used_width(c) * ((c->output_channels + 15) / 16) * sizeof(uint16_t);
  if (s->mask) gl_fetch((const char *)s->mask + rows_ahead * c->pool_y * mask_bytes, mask_bytes);
}

void gl_take_output_gradient(const backward_pass *p, int image, int first, char *mine, float *bias_sums) {
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  size_t pixel = (size_t)c->output_channels * element_bytes(c), pitch = pixel * at->dy_columns;
  size_t before = pixel * -at->across.low, width = pixel * used_width(c);
  size_t pair_pitch = (size_t)(used_width(c) + 1) / 2 * up_to_multiple(c->output_channels, 16);
  char *to = mine + at->dy;
  // The weights' gradient in bfloat16 needs nothing but pairs.
  int rows_wanted = p->input_gradient || !c->bfloat16;
  for (int row = 0; row < at->dy_rows; row++, to += pitch) {
    int own = row + at->down.low, y = first + own, in_band = own >= 0 && own < at->band;
    if (!in_band && !p->input_gradient) continue;
    if (y < 0 || y >= used_height(c)) {
      if (rows_wanted) memset(to, 0, pitch);
      continue;
    }
    row_targets targets = {
      .row = rows_wanted ? to + before : 0, .sums = in_band ? bias_sums : 0,
      .pairs = c->bfloat16 && in_band && bias_sums ? (uint32_t *)(mine + at->dy_pairs) + own * pair_pitch : 0};
    row_source source = source_of(p, image, y);
    fetch_ahead(c, &source, y);
    (c->bfloat16 ? take_shorts : take_floats)(&source, &targets);
    if (!rows_wanted) continue;
    memset(to, 0, before);
    memset(to + before + width, 0, pitch - before - width);
  }
  memset(to, 0, gather_slack * element_bytes(c));
}

/// `to[i] = from[i] | from[i + distance] << 16`: each element with the one that stands `distance` after it. Writes and
/// reads whole vectors.
AVX512 static void pair_up(const uint16_t *from, ptrdiff_t distance, ptrdiff_t count, uint32_t *to) {
  for (ptrdiff_t i = 0; i < count; i += 16) {
    __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(from + i)));
    __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(from + i + distance)));
    _mm512_storeu_si512(to + i, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
}

/// Column `-pad_x` and on of row `y`, or zeros.
static void take_input_row(const backward_pass *p, int image, int y, char *to) {
  const gl_convolution *c = p->c;
  size_t pixel = (size_t)c->input_channels * element_bytes(c), pitch = pixel * p->at.x_columns;
  if (y < 0 || y >= c->input_height) {
    memset(to, 0, pitch);
    return;
  }
  size_t before = pixel * c->pad_x, own = pixel * minimum(c->input_width, p->at.x_columns - c->pad_x);
  size_t input_pitch = pixel * c->input_width;
  const char *from = p->input + ((size_t)image * c->input_height + y) * input_pitch;
  gl_fetch(from + rows_ahead * input_pitch, input_pitch);
  memset(to, 0, before);
  memcpy(to + before, from, own);
  memset(to + before + own, 0, pitch - before - own);
}

void gl_take_input(const backward_pass *p, int image, int first, char *mine) {
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  ptrdiff_t elements = (ptrdiff_t)at->x_columns * c->input_channels, reach = (ptrdiff_t)c->stride_x * c->input_channels;
  char *to = mine + at->x;
  uint32_t *pairs = (uint32_t *)(mine + at->x_pairs);
  memset(to + elements * (c->bfloat16 ? 1 : at->x_rows) * element_bytes(c), 0,
    (gather_slack + reach) * element_bytes(c));
  for (int row = 0; row < at->x_rows; row++) {
    take_input_row(p, image, first * c->stride_y - c->pad_y + row, to);
    if (c->bfloat16) pair_up((const uint16_t *)to, reach, elements, pairs + row * elements);
    else to += elements * element_bytes(c);
  }
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
