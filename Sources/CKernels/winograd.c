// Convolution by a 3 x 3 kernel with 16 products in place of 36 for each 2 x 2 results: Winograd's F(2 x 2, 3 x 3) as
// Lavin and Gray have it (2016, arXiv:1509.09308). The transforms only add, subtract and halve, so that the error stays
// near that of the plain sum. A row of tiles is transformed, multiplied and transformed back in cache, in blocks.
#include <string.h>
#include "winograd.h"

enum { points = 16, tile_block = 48 };

static int out_lanes(int channels) { return up_to_multiple(channels, 16); }
/// Floats between two points: a little more than the block, so that the points' addresses do not share a cache set.
static size_t in_plane(const gl_winograd *w) { return (size_t)(tile_block + widest_tile) * w->in_pitch + 32; }
static size_t out_plane(const gl_winograd *w) { return (size_t)(tile_block + widest_tile) * w->out_pitch + 32; }

gl_winograd gl_winograd_of(int inputs, int outputs, int is_short) {
  return (gl_winograd){
    .inputs = inputs, .outputs = outputs, .in_pitch = up_to_multiple(inputs, 16), .out_pitch = out_lanes(outputs),
    .is_short = is_short, .in_steps = is_short ? (inputs + 1) / 2 : inputs};
}

size_t gl_winograd_packed_bytes(const gl_winograd *w) {
  return aligned((size_t)points * w->in_steps * w->out_pitch * 4);
}

size_t gl_winograd_scratch_bytes(const gl_winograd *w) {
  return aligned(points * in_plane(w) * 4) + aligned(points * out_plane(w) * 4);
}

/// `to = G from G^T` for one kernel, `from[row * row_step + column * column_step]`.
static void transform_kernel(const float *from, ptrdiff_t row_step, ptrdiff_t column_step, float to[points]) {
  float half[4][3];
  for (int column = 0; column < 3; column++) {
    float a = from[column * column_step], b = from[row_step + column * column_step],
      d = from[2 * row_step + column * column_step];
    half[0][column] = a;
    half[1][column] = 0.5f * (a + b + d);
    half[2][column] = 0.5f * (a - b + d);
    half[3][column] = d;
  }
  for (int row = 0; row < 4; row++) {
    const float *h = half[row];
    to[4 * row] = h[0];
    to[4 * row + 1] = 0.5f * (h[0] + h[1] + h[2]);
    to[4 * row + 2] = 0.5f * (h[0] - h[1] + h[2]);
    to[4 * row + 3] = h[2];
  }
}

typedef struct {
  const gl_winograd *w;
  const float *weights;
  char *packed;
  int turned;
} pack_work;

/// One group of output channels.
static void pack_group(void *context, int unit, int thread) {
  const pack_work *work = context;
  const gl_winograd *w = work->w;
  int first = 0;
  for (int group = 0; group < unit; group++) first += 16 * group_vectors(w->outputs, group);
  int width = 16 * group_vectors(w->outputs, unit), lanes = minimum(width, w->outputs - first);
  size_t point_bytes = (size_t)w->in_steps * width * 4;
  char *at = work->packed + (size_t)points * w->in_steps * first * 4;
  for (int lane = 0; lane < lanes; lane++) {
    for (int i = 0; i < w->inputs; i++) {
      float values[points];
      int o = first + lane;
      // Turned: the weights lie [inputs, outputs] and the kernel stands on its head, as the input's gradient wants it.
      const float *kernel = work->weights + 9 * (work->turned ? (size_t)i * w->outputs + o : (size_t)o * w->inputs + i);
      transform_kernel(work->turned ? kernel + 8 : kernel, work->turned ? -3 : 3, work->turned ? -1 : 1, values);
      for (int point = 0; point < points; point++)
        put_packed(at + point * point_bytes, i, width, lane, values[point], w->is_short);
    }
  }
}

void gl_winograd_pack(const gl_winograd *w, const float *weights, int turned, void *packed, int threads) {
  memset(packed, 0, gl_winograd_packed_bytes(w));
  pack_work work = {.w = w, .weights = weights, .packed = packed, .turned = turned};
  gl_for_each(group_count(w->outputs), threads, pack_group, &work);
}

/// One column of four values, transformed downwards; zeros beside the image, which only `edge` columns may be.
INLINE AVX512 void take_column(
  const char *const rows[4], int x, int width, int channels, int v, __m512 to[4], const int is_short, const int whole,
  const int edge
) {
  if (edge && (x < 0 || x >= width)) {
    UNROLL for (int i = 0; i < 4; i++) to[i] = _mm512_setzero_ps();
    return;
  }
  __mmask16 lanes = whole ? 0xFFFF : lanes_of(v, channels);
  ptrdiff_t at = (ptrdiff_t)x * channels + 16 * v;
  __m512 a = load_elements(rows[0], at, lanes, is_short), b = load_elements(rows[1], at, lanes, is_short);
  __m512 d = load_elements(rows[2], at, lanes, is_short), e = load_elements(rows[3], at, lanes, is_short);
  to[0] = _mm512_sub_ps(a, d);
  to[1] = _mm512_add_ps(b, d);
  to[2] = _mm512_sub_ps(d, b);
  to[3] = _mm512_sub_ps(b, e);
}

/// `B^T d B` of the tiles `first ..< end`; tile 0 begins at column `left`.
INLINE AVX512 void transform_tiles(
  const gl_winograd *w, const char *const image[4], int left, int width, int first, int end, char *to,
  const int is_short, const int whole, const int edge
) {
  const char *const rows[4] = {image[0], image[1], image[2], image[3]};
  size_t plane = in_plane(w);
  int pitch = w->in_pitch, channels = w->inputs;
  for (int v = 0; v < pitch / 16 && first < end; v++) {
    __m512 t[4][4];
    take_column(rows, left + 2 * first, width, channels, v, t[0], is_short, whole, edge);
    take_column(rows, left + 2 * first + 1, width, channels, v, t[1], is_short, whole, edge);
    for (int tile = first; tile < end; tile++) {
      take_column(rows, left + 2 * tile + 2, width, channels, v, t[2], is_short, whole, edge);
      take_column(rows, left + 2 * tile + 3, width, channels, v, t[3], is_short, whole, edge);
      ptrdiff_t at = (ptrdiff_t)tile * pitch + 16 * v;
      UNROLL for (int i = 0; i < 4; i++) {
        store_elements(to, at + (4 * i) * plane, 0xFFFF, _mm512_sub_ps(t[0][i], t[2][i]), is_short);
        store_elements(to, at + (4 * i + 1) * plane, 0xFFFF, _mm512_add_ps(t[1][i], t[2][i]), is_short);
        store_elements(to, at + (4 * i + 2) * plane, 0xFFFF, _mm512_sub_ps(t[2][i], t[1][i]), is_short);
        store_elements(to, at + (4 * i + 3) * plane, 0xFFFF, _mm512_sub_ps(t[1][i], t[3][i]), is_short);
        t[0][i] = t[2][i];
        t[1][i] = t[3][i];
      }
    }
  }
}

/// The sums over input channels, for each of the points.
static void multiply(const gl_winograd *w, const char *in, const char *packed, const float *bias, int tiles, float *out) {
  int bytes = w->is_short ? 2 : 4;
  for (int group = 0, lane = 0; group < group_count(w->outputs); group++) {
    int vectors = group_vectors(w->outputs, group), pixels = tile_pixels(vectors);
    gl_tile tile = w->is_short ? gl_bfloat16_tile(vectors) : gl_float_tile(vectors);
    for (int point = 0; point < points; point++, packed += (size_t)w->in_steps * vectors * 64) {
      // What is added to point (1, 1) reaches all four results once.
      const float *start = point == 5 && bias ? bias + lane : 0;
      for (int first = 0; first < tiles; first += pixels)
        tile(in + (point * in_plane(w) + (size_t)first * w->in_pitch) * bytes, 0, w->in_pitch, 1, w->in_steps, packed,
          start, out + point * out_plane(w) + (size_t)first * w->out_pitch + lane, w->out_pitch);
    }
    lane += 16 * vectors;
  }
}

/// `A^T m A`: the four results of one tile.
INLINE AVX512 void transform_back(const float *from, size_t plane, __m512 y[4]) {
  __m512 upper[4], lower[4];
  UNROLL for (int j = 0; j < 4; j++) {
    __m512 a = _mm512_loadu_ps(from + j * plane), b = _mm512_loadu_ps(from + (4 + j) * plane);
    __m512 d = _mm512_loadu_ps(from + (8 + j) * plane), e = _mm512_loadu_ps(from + (12 + j) * plane);
    upper[j] = _mm512_add_ps(a, _mm512_add_ps(b, d));
    lower[j] = _mm512_sub_ps(_mm512_sub_ps(b, d), e);
  }
  y[0] = _mm512_add_ps(upper[0], _mm512_add_ps(upper[1], upper[2]));
  y[1] = _mm512_sub_ps(_mm512_sub_ps(upper[1], upper[2]), upper[3]);
  y[2] = _mm512_add_ps(lower[0], _mm512_add_ps(lower[1], lower[2]));
  y[3] = _mm512_sub_ps(_mm512_sub_ps(lower[1], lower[2]), lower[3]);
}

/// ReLU and the mean of each tile: one pooled pixel a tile.
INLINE AVX512 void write_pooled(
  const gl_winograd *w, const float *from, int tiles, const gl_winograd_target *to, int first, const int is_short,
  const int whole
) {
  int vectors = w->out_pitch / 16;
  __m512 zero = _mm512_setzero_ps(), quarter = _mm512_set1_ps(0.25f);
  for (int tile = 0; tile < tiles; tile++) {
    for (int v = 0; v < vectors; v++) {
      __m512 y[4], total = zero;
      transform_back(from + (size_t)tile * w->out_pitch + 16 * v, out_plane(w), y);
      if (to->mask) {
        uint16_t *mask = to->mask + (size_t)2 * (first + tile) * vectors + v;
        UNROLL for (int i = 0; i < 4; i++)
          mask[(i / 2) * to->mask_row + (i % 2) * vectors] = _mm512_cmp_ps_mask(y[i], zero, _CMP_GT_OQ);
      }
      UNROLL for (int i = 0; i < 4; i++) total = _mm512_add_ps(total, _mm512_max_ps(zero, y[i]));
      store_elements(
        to->rows[0], (ptrdiff_t)(first + tile) * w->outputs + 16 * v, whole ? 0xFFFF : lanes_of(v, w->outputs),
        _mm512_mul_ps(total, quarter), is_short);
    }
  }
}

INLINE AVX512 void write_plain(
  const gl_winograd *w, const float *from, int tiles, const gl_winograd_target *to, int first, const int is_short,
  const int whole
) {
  __m512 least = to->relu ? _mm512_setzero_ps() : _mm512_set1_ps(-__builtin_inff());
  for (int tile = 0; tile < tiles; tile++) {
    for (int v = 0; v < w->out_pitch / 16; v++) {
      __m512 y[4];
      transform_back(from + (size_t)tile * w->out_pitch + 16 * v, out_plane(w), y);
      __mmask16 lanes = whole ? 0xFFFF : lanes_of(v, w->outputs);
      UNROLL for (int i = 0; i < 4; i++) {
        int x = 2 * (first + tile) + i % 2;
        if (x >= to->width || !to->rows[i / 2]) continue;
        // The order of operands lets NaN through.
        store_elements(to->rows[i / 2], (ptrdiff_t)x * w->outputs + 16 * v, lanes, _mm512_max_ps(least, y[i]), is_short);
      }
    }
  }
}

/// All tiles of a block: first those at the image's edges, then the others.
INLINE AVX512 void transform_all(
  const gl_winograd *w, const char *const rows[4], int left, int width, int tiles, char *to, const int is_short,
  const int whole
) {
  int inner = minimum(tiles, maximum(0, (1 - left) / 2)), end = maximum(inner, minimum(tiles, (width - left - 2) / 2));
  transform_tiles(w, rows, left, width, 0, inner, to, is_short, whole, 1);
  transform_tiles(w, rows, left, width, inner, end, to, is_short, whole, 0);
  transform_tiles(w, rows, left, width, end, tiles, to, is_short, whole, 1);
}

AVX512 static void transform_block(
  const gl_winograd *w, const char *const rows[4], int left, int width, int tiles, char *to
) {
  int whole = w->inputs % 16 == 0;
  if (w->is_short && whole) transform_all(w, rows, left, width, tiles, to, 1, 1);
  else if (w->is_short) transform_all(w, rows, left, width, tiles, to, 1, 0);
  else if (whole) transform_all(w, rows, left, width, tiles, to, 0, 1);
  else transform_all(w, rows, left, width, tiles, to, 0, 0);
}

AVX512 static void write_block(
  const gl_winograd *w, const float *from, int tiles, const gl_winograd_target *to, int first
) {
  int whole = w->outputs % 16 == 0;
  if (to->pooled && w->is_short) write_pooled(w, from, tiles, to, first, 1, 0);
  else if (to->pooled && whole) write_pooled(w, from, tiles, to, first, 0, 1);
  else if (to->pooled) write_pooled(w, from, tiles, to, first, 0, 0);
  else if (w->is_short) write_plain(w, from, tiles, to, first, 1, 0);
  else if (whole) write_plain(w, from, tiles, to, first, 0, 1);
  else write_plain(w, from, tiles, to, first, 0, 0);
}

/// Fetches where a block will be written.
static void want_block(const gl_winograd *w, const gl_winograd_target *to, int first, int tiles) {
  size_t pixel = (size_t)w->outputs * (w->is_short ? 2 : 4), vectors = w->out_pitch / 16;
  int pixels = to->pooled ? 1 : 2;
  for (int row = 0; row < 2; row++) {
    if (to->rows[row]) gl_want(to->rows[row] + (size_t)first * pixels * pixel, tiles * pixels * pixel);
    if (to->mask) gl_want((char *)(to->mask + row * to->mask_row + 2 * first * vectors), 4 * tiles * vectors);
  }
}

void gl_winograd_row(
  const gl_winograd *w, const char *const rows[4], int left, int width, const void *packed, const float *bias,
  const gl_winograd_target *to, ptrdiff_t next, void *scratch
) {
  char *in = scratch;
  float *out = (float *)(in + aligned(points * in_plane(w) * 4));
  int tiles = (to->width + 1) / 2;
  for (int first = 0; first < tiles; first += tile_block) {
    int count = minimum(tile_block, tiles - first);
    want_block(w, to, first, count);
    if (next) {
      size_t pixel = (size_t)w->inputs * (w->is_short ? 2 : 4), start = pixel * maximum(0, left + 2 * first);
      for (int row = 2; row < 4; row++) gl_fetch(rows[row] + next + start, minimum(2 * count + 2, width) * pixel);
    }
    transform_block(w, rows, left + 2 * first, width, count, in);
    multiply(w, in, packed, bias, count, out);
    write_block(w, out, count, to, first);
  }
}
