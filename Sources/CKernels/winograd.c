// Convolution by a 3 x 3 kernel with 16 products in place of 36 for each 2 x 2 results: Winograd's F(2 x 2, 3 x 3) as
// Lavin and Gray have it (2016, arXiv:1509.09308). The transforms only add, subtract and halve, so that the error stays
// near that of the plain sum. Tiles are transformed, multiplied and transformed back in cache, in blocks: a piece of a
// row of them, or several short rows.
#include <string.h>
#include "pieces.h"
#include "winograd.h"

enum { points = 16, tile_block = 48, most_tiles = 64 };

static int out_lanes(int channels) { return up_to_multiple(channels, 16); }
/// Floats between two points: a little more than the block, so that the points' addresses do not share a cache set.
static size_t in_plane(const gl_winograd *w) { return (size_t)(most_tiles + widest_tile) * w->in_pitch + 32; }
static size_t out_plane(const gl_winograd *w) {
  return (size_t)(most_tiles + widest_tile) * minimum(w->out_pitch, 16 * widest_group) + 32;
}

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

typedef struct {
  const gl_winograd *w;
  const float *weights;
  char *packed;
  int turned;
} pack_work;

/// `G g G^T` of the kernels of 16 output channels, `output_step` apart, in the vectors of each point.
INLINE AVX512 void transform_kernels(
  const float *from, __m512i output_steps, __mmask16 lanes, ptrdiff_t row_step, ptrdiff_t column_step, __m512 to[points]
) {
  __m512 g[3][3], h[4][3], half = _mm512_set1_ps(0.5f);
  UNROLL for (int i = 0; i < 9; i++)
    g[i / 3][i % 3] = _mm512_mask_i32gather_ps(
      _mm512_setzero_ps(), lanes, output_steps, from + i / 3 * row_step + i % 3 * column_step, 4);
  UNROLL for (int i = 0; i < 3; i++) {
    h[0][i] = g[0][i];
    h[1][i] = _mm512_mul_ps(half, _mm512_add_ps(_mm512_add_ps(g[0][i], g[1][i]), g[2][i]));
    h[2][i] = _mm512_mul_ps(half, _mm512_add_ps(_mm512_sub_ps(g[0][i], g[1][i]), g[2][i]));
    h[3][i] = g[2][i];
  }
  UNROLL for (int i = 0; i < 4; i++) {
    to[4 * i] = h[i][0];
    to[4 * i + 1] = _mm512_mul_ps(half, _mm512_add_ps(_mm512_add_ps(h[i][0], h[i][1]), h[i][2]));
    to[4 * i + 2] = _mm512_mul_ps(half, _mm512_add_ps(_mm512_sub_ps(h[i][0], h[i][1]), h[i][2]));
    to[4 * i + 3] = h[i][2];
  }
}

/// One group of output channels.
AVX512 static void pack_group(void *context, int unit, int thread) {
  const pack_work *work = context;
  const gl_winograd *w = work->w;
  int first = 0;
  for (int group = 0; group < unit; group++) first += 16 * group_vectors(w->outputs, group);
  int width = 16 * group_vectors(w->outputs, unit);
  size_t point_bytes = (size_t)w->in_steps * width * 4;
  char *at = work->packed + (size_t)points * w->in_steps * first * 4;
  // Turned: the weights lie [inputs, outputs] and the kernel stands on its head, as the input's gradient wants it.
  ptrdiff_t output_step = work->turned ? 9 : 9 * (ptrdiff_t)w->inputs;
  ptrdiff_t input_step = work->turned ? 9 * (ptrdiff_t)w->outputs : 9, turn = work->turned ? -1 : 1;
  __m512i output_steps = _mm512_mullo_epi32(
    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32((int)output_step));
  for (int i = 0; i < w->inputs; i++) {
    for (int lane = 0; lane < width; lane += 16) {
      __m512 values[points];
      const float *from = work->weights + i * input_step + (first + lane) * output_step + (work->turned ? 8 : 0);
      __mmask16 lanes = lanes_of((first + lane) / 16, w->outputs);
      transform_kernels(from, output_steps, lanes, 3 * turn, turn, values);
      for (int point = 0; point < points; point++) {
        char *to = at + point * point_bytes;
        if (!w->is_short) {
          _mm512_storeu_ps((float *)to + (size_t)i * width + lane, values[point]);
          continue;
        }
        float each[16];
        _mm512_storeu_ps(each, values[point]);
        for (int l = 0; l < 16; l++) put_packed(to, i, width, lane + l, each[l], 1);
      }
    }
  }
}

void gl_winograd_pack(const gl_winograd *w, const float *weights, int turned, void *packed, int threads) {
  memset(packed, 0, gl_winograd_packed_bytes(w));
  pack_work work = {.w = w, .weights = weights, .packed = packed, .turned = turned};
  gl_for_each(group_count(w->outputs), threads, pack_group, &work);
}

/// Four rows of input, and of the gate that they pass.
typedef struct {
  const char *rows[4], *gate[4];
  int width, channels;
  gl_rule rule;
} gl_winograd_source;

/// What is known of a source when its code is made: bfloat16, whole vectors of channels, tiles at an edge, a gate.
typedef struct { int is_short, whole, edge, gated; } source_kind;

/// One column of four values, transformed downwards; zeros beside the image, which only `edge` columns may be.
INLINE AVX512 void take_column(
  const gl_winograd_source *s, int x, int v, __m512 to[4], const source_kind kind
) {
  if (kind.edge && (x < 0 || x >= s->width)) {
    UNROLL for (int i = 0; i < 4; i++) to[i] = _mm512_setzero_ps();
    return;
  }
  __mmask16 lanes = kind.whole ? 0xFFFF : lanes_of(v, s->channels);
  ptrdiff_t at = (ptrdiff_t)x * s->channels + 16 * v;
  __m512 r[4];
  UNROLL for (int i = 0; i < 4; i++) r[i] = load_elements(s->rows[i], at, lanes, kind.is_short);
  if (kind.gated) {
    UNROLL for (int i = 0; i < 4; i++) r[i] = through_gate(r[i], load_elements(s->gate[i], at, lanes, 0), s->rule);
  }
  to[0] = _mm512_sub_ps(r[0], r[2]);
  to[1] = _mm512_add_ps(r[1], r[2]);
  to[2] = _mm512_sub_ps(r[2], r[1]);
  to[3] = _mm512_sub_ps(r[1], r[3]);
}

/// `B^T d B` of the tiles `first ..< end`; tile 0 begins at column `left`.
INLINE AVX512 void transform_tiles(
  const gl_winograd *w, const gl_winograd_source source, int left, int first, int end, char *to, const source_kind kind
) {
  const gl_winograd_source *s = &source;
  size_t plane = in_plane(w);
  int pitch = w->in_pitch;
  for (int v = 0; v < pitch / 16 && first < end; v++) {
    __m512 t[4][4];
    take_column(s, left + 2 * first, v, t[0], kind);
    take_column(s, left + 2 * first + 1, v, t[1], kind);
    for (int tile = first; tile < end; tile++) {
      take_column(s, left + 2 * tile + 2, v, t[2], kind);
      take_column(s, left + 2 * tile + 3, v, t[3], kind);
      ptrdiff_t at = (ptrdiff_t)tile * pitch + 16 * v;
      UNROLL for (int i = 0; i < 4; i++) {
        store_elements(to, at + (4 * i) * plane, 0xFFFF, _mm512_sub_ps(t[0][i], t[2][i]), kind.is_short);
        store_elements(to, at + (4 * i + 1) * plane, 0xFFFF, _mm512_add_ps(t[1][i], t[2][i]), kind.is_short);
        store_elements(to, at + (4 * i + 2) * plane, 0xFFFF, _mm512_sub_ps(t[2][i], t[1][i]), kind.is_short);
        store_elements(to, at + (4 * i + 3) * plane, 0xFFFF, _mm512_sub_ps(t[1][i], t[3][i]), kind.is_short);
        t[0][i] = t[2][i];
        t[1][i] = t[3][i];
      }
    }
  }
}

/// The sums over input channels of one group of outputs, for each of the points.
static void multiply_group(
  const gl_winograd *w, const char *in, const char *packed, const float *bias, int vectors, int tiles, float *out
) {
  static const float zeros[16 * widest_group];
  int bytes = w->is_short ? 2 : 4, pixels = tile_pixels(vectors), width = 16 * vectors;
  const float *x[most_tiles];
  int in_pieces = !w->is_short && w->in_steps > piece_steps;
  for (int tile = 0; in_pieces && tile < tiles; tile++) x[tile] = (const float *)in + (size_t)tile * w->in_pitch;
  gl_tile tile = w->is_short ? gl_bfloat16_tile(vectors) : gl_float_tile(vectors);
  for (int point = 0; point < points; point++, packed += (size_t)w->in_steps * width * 4) {
    // What is added to point (1, 1) reaches all four results once.
    const float *start = point == 5 ? bias : zeros;
    float *to = out + point * out_plane(w);
    if (in_pieces)
      gl_multiply_pieces(x, tiles, point * in_plane(w), w->in_steps, vectors, (const float *)packed, start, to);
    for (int first = 0; !in_pieces && first < tiles; first += pixels)
      tile(in + (point * in_plane(w) + (size_t)first * w->in_pitch) * bytes, 0, w->in_pitch, 1, w->in_steps, packed,
        start, to + (size_t)first * width, width);
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

/// The lanes of one group of outputs, and the tiles of one line, that are written.
typedef struct { int lane, vectors, first, tiles; } gl_winograd_part;

/// ReLU and the mean of each tile: one pooled pixel a tile.
INLINE AVX512 void write_pooled(
  const gl_winograd_pass *p, const float *from, const gl_winograd_line *to, gl_winograd_part part, const int is_short,
  const int whole
) {
  int outputs = p->w.outputs, vectors = p->w.out_pitch / 16;
  __m512 zero = _mm512_setzero_ps(), quarter = _mm512_set1_ps(0.25f);
  for (int tile = 0; tile < part.tiles; tile++) {
    for (int v = 0; v < part.vectors; v++) {
      __m512 y[4], total = zero;
      transform_back(from + ((size_t)tile * part.vectors + v) * 16, out_plane(&p->w), y);
      int lane = part.lane + 16 * v;
      if (to->mask) {
        uint16_t *mask = to->mask + (size_t)2 * (part.first + tile) * vectors + lane / 16;
        UNROLL for (int i = 0; i < 4; i++)
          mask[(i / 2) * p->mask_row + (i % 2) * vectors] = _mm512_cmp_ps_mask(y[i], zero, _CMP_GT_OQ);
      }
      UNROLL for (int i = 0; i < 4; i++) total = _mm512_add_ps(total, _mm512_max_ps(zero, y[i]));
      store_elements(
        to->out[0], (ptrdiff_t)(part.first + tile) * outputs + lane, whole ? 0xFFFF : lanes_of(0, outputs - lane),
        _mm512_mul_ps(total, quarter), is_short);
    }
  }
}

INLINE AVX512 void write_plain(
  const gl_winograd_pass *p, const float *from, const gl_winograd_line *to, gl_winograd_part part, const int is_short,
  const int whole
) {
  int outputs = p->w.outputs;
  __m512 least = p->relu ? _mm512_setzero_ps() : _mm512_set1_ps(-__builtin_inff());
  for (int tile = 0; tile < part.tiles; tile++) {
    for (int v = 0; v < part.vectors; v++) {
      __m512 y[4];
      transform_back(from + ((size_t)tile * part.vectors + v) * 16, out_plane(&p->w), y);
      int lane = part.lane + 16 * v;
      __mmask16 lanes = whole ? 0xFFFF : lanes_of(0, outputs - lane);
      UNROLL for (int i = 0; i < 4; i++) {
        int x = 2 * (part.first + tile) + i % 2;
        if (x >= p->width || !to->out[i / 2]) continue;
        // The order of operands lets NaN through.
        store_elements(to->out[i / 2], (ptrdiff_t)x * outputs + lane, lanes, _mm512_max_ps(least, y[i]), is_short);
      }
    }
  }
}

/// All tiles of a block: first those at the image's edges, then the others.
INLINE AVX512 void transform_all(
  const gl_winograd *w, const gl_winograd_source *s, int left, int tiles, char *to, source_kind kind
) {
  int inner = minimum(tiles, maximum(0, (1 - left) / 2)), end = maximum(inner, minimum(tiles, (s->width - left - 2) / 2));
  source_kind edge = kind;
  edge.edge = 1;
  transform_tiles(w, *s, left, 0, inner, to, edge);
  transform_tiles(w, *s, left, inner, end, to, kind);
  transform_tiles(w, *s, left, end, tiles, to, edge);
}

AVX512 static void transform_block(
  const gl_winograd_pass *p, const gl_winograd_line *line, int left, int tiles, char *to
) {
  const gl_winograd *w = &p->w;
  gl_winograd_source s = {.width = p->input_width, .channels = w->inputs, .rule = p->rule};
  memcpy(s.rows, line->in, sizeof s.rows);
  memcpy(s.gate, line->gate, sizeof s.gate);
  int whole = w->inputs % 16 == 0;
  if (line->gate[0] && whole) transform_all(w, &s, left, tiles, to, (source_kind){.whole = 1, .gated = 1});
  else if (line->gate[0]) transform_all(w, &s, left, tiles, to, (source_kind){.gated = 1});
  else if (w->is_short && whole) transform_all(w, &s, left, tiles, to, (source_kind){.is_short = 1, .whole = 1});
  else if (w->is_short) transform_all(w, &s, left, tiles, to, (source_kind){.is_short = 1});
  else if (whole) transform_all(w, &s, left, tiles, to, (source_kind){.whole = 1});
  else transform_all(w, &s, left, tiles, to, (source_kind){0});
}

AVX512 static void write_part(
  const gl_winograd_pass *p, const float *from, const gl_winograd_line *to, gl_winograd_part part
) {
  const int whole = p->w.outputs % 16 == 0, is_short = p->w.is_short;
  if (p->pooled && is_short) write_pooled(p, from, to, part, 1, 0);
  else if (p->pooled && whole) write_pooled(p, from, to, part, 0, 1);
  else if (p->pooled) write_pooled(p, from, to, part, 0, 0);
  else if (is_short) write_plain(p, from, to, part, 1, 0);
  else if (whole) write_plain(p, from, to, part, 0, 1);
  else write_plain(p, from, to, part, 0, 0);
}

/// Fetches where some tiles of a line will be written.
static void want_part(const gl_winograd_pass *p, const gl_winograd_line *to, int first, int tiles) {
  size_t pixel = (size_t)p->w.outputs * (p->w.is_short ? 2 : 4), vectors = p->w.out_pitch / 16;
  int pixels = p->pooled ? 1 : 2;
  for (int row = 0; row < 2; row++) {
    if (to->out[row]) gl_want(to->out[row] + (size_t)first * pixels * pixel, tiles * pixels * pixel);
    if (to->mask) gl_want((char *)(to->mask + row * p->mask_row + 2 * first * vectors), 4 * tiles * vectors);
  }
}

static void fetch_next(const gl_winograd_pass *p, const gl_winograd_line *line, int first, int tiles) {
  size_t pixel = (size_t)p->w.inputs * (p->w.is_short ? 2 : 4), start = pixel * maximum(0, p->left + 2 * first);
  for (int row = 2; row < 4; row++)
    gl_fetch(line->in[row] + p->next + start, minimum(2 * tiles + 2, p->input_width) * pixel);
}

int gl_winograd_lines(const gl_winograd_pass *p) { return maximum(1, most_tiles / ((p->width + 1) / 2)); }

void gl_winograd_block(
  const gl_winograd_pass *p, const gl_winograd_line *lines, int count, int first_group, int end_group, int fetches_next,
  void *scratch
) {
  const gl_winograd *w = &p->w;
  char *in = scratch;
  float *out = (float *)(in + aligned(points * in_plane(w) * 4));
  int tiles = (p->width + 1) / 2, each = tiles > most_tiles ? tile_block : tiles, bytes = w->is_short ? 2 : 4;
  for (int first = 0; first < tiles; first += each) {
    int now = minimum(each, tiles - first);
    for (int line = 0; line < count; line++) {
      want_part(p, &lines[line], first, now);
      if (fetches_next && line == count - 1) fetch_next(p, &lines[line], first, now);
      transform_block(p, &lines[line], p->left + 2 * first, now, in + (size_t)line * now * w->in_pitch * bytes);
    }
    const char *packed = p->packed;
    for (int group = 0, lane = 0; group < end_group; group++) {
      int vectors = group_vectors(w->outputs, group);
      if (group >= first_group) {
        multiply_group(w, in, packed, p->bias + lane, vectors, count * now, out);
        for (int line = 0; line < count; line++)
          write_part(p, out + (size_t)line * now * 16 * vectors, &lines[line],
            (gl_winograd_part){.lane = lane, .vectors = vectors, .first = first, .tiles = now});
      }
      packed += (size_t)points * w->in_steps * vectors * 64;
      lane += 16 * vectors;
    }
  }
}
