// Convolution by a 3 x 3 kernel with 36 products in place of 144 for each 4 x 4 results: Winograd's F(4 x 4, 3 x 3) as
// Lavin and Gray have it (2016, arXiv:1509.09308), but at the points 0, ±1/√2, ±√2 and infinity in place of 0, ±1, ±2 and
// infinity. Those keep the error near that of the plain sum: 2.3 times its mean with 96 input channels, where theirs have
// 4 times. Tiles are transformed, multiplied and transformed back in cache, some lines of them at a time.
#include <string.h>
#include "pieces.h"
#include "winograd_wide.h"

enum { points = 36, window = 6, side = 4, block_tiles = 32 };

#define ROOT_HALF 0.70710678118654752f
#define ROOT_TWO 1.41421356237309505f

/// A line is a row of tiles of one image. A block is a few lines, or one of the parts of a long one.
typedef struct {
  int lines, tiles, together, parts, blocks;
  /// Floats from one point to the next: a little more than the block, so that the points' addresses share no cache set.
  size_t in_plane, out_plane;
  int in_pitch, out_pitch;
} extents;

static extents extents_of(const gl_convolution *c) {
  int tiles = (c->output_width + side - 1) / side, lines = c->batch * ((c->output_height + side - 1) / side);
  int together = maximum(1, minimum(block_tiles / tiles, lines / c->threads)), parts = (tiles + block_tiles - 1) / block_tiles;
  size_t most = (size_t)together * ((tiles + parts - 1) / parts);
  int in_pitch = up_to_multiple(c->input_channels, 16);
  int out_pitch = 16 * minimum(widest_group, (c->output_channels + 15) / 16);
  return (extents){
    .lines = lines, .tiles = tiles, .together = together, .parts = parts,
    .blocks = (lines + together - 1) / together * parts, .in_pitch = in_pitch, .out_pitch = out_pitch,
    .in_plane = most * in_pitch + 32, .out_plane = most * out_pitch + 32};
}

static size_t in_bytes(const extents *e) { return aligned(points * e->in_plane * sizeof(float)); }
static size_t thread_bytes(const extents *e) { return in_bytes(e) + aligned(points * e->out_plane * sizeof(float)); }
/// Zeros in place of rows above and below the image.
static size_t zero_bytes(const gl_convolution *c) {
  return aligned((size_t)c->input_width * c->input_channels * sizeof(float));
}

size_t gl_wide_packed_bytes(const gl_convolution *c) {
  return aligned((size_t)points * c->input_channels * up_to_multiple(c->output_channels, 16) * sizeof(float));
}

size_t gl_wide_scratch_bytes(const gl_convolution *c) {
  extents e = extents_of(c);
  return zero_bytes(c) + thread_bytes(&e) * c->threads;
}

/// `G g` of three numbers.
INLINE AVX512 void spread(const __m512 g[3], __m512 to[window]) {
  // One by the product of a point's distances to the others: 1, -3/2 and 6.
  __m512 inner = _mm512_set1_ps(-2.0f / 3), outer = _mm512_set1_ps(1.0f / 6);
  __m512 inner_even = _mm512_fmadd_ps(_mm512_set1_ps(0.5f), g[2], g[0]), outer_even = _mm512_fmadd_ps(_mm512_set1_ps(2), g[2], g[0]);
  __m512 inner_odd = _mm512_mul_ps(_mm512_set1_ps(ROOT_HALF), g[1]), outer_odd = _mm512_mul_ps(_mm512_set1_ps(ROOT_TWO), g[1]);
  to[0] = g[0];
  to[1] = _mm512_mul_ps(inner, _mm512_add_ps(inner_even, inner_odd));
  to[2] = _mm512_mul_ps(inner, _mm512_sub_ps(inner_even, inner_odd));
  to[3] = _mm512_mul_ps(outer, _mm512_add_ps(outer_even, outer_odd));
  to[4] = _mm512_mul_ps(outer, _mm512_sub_ps(outer_even, outer_odd));
  to[5] = g[2];
}

/// `B^T d` of six numbers.
INLINE AVX512 void transform(const __m512 d[window], __m512 to[window]) {
  __m512 two = _mm512_set1_ps(2), half = _mm512_set1_ps(0.5f), middle = _mm512_set1_ps(2.5f);
  __m512 a = _mm512_set1_ps(ROOT_HALF), b = _mm512_set1_ps(ROOT_TWO);
  __m512 inner_even = _mm512_fnmadd_ps(two, d[2], d[4]), inner_odd = _mm512_fnmadd_ps(two, d[1], d[3]);
  __m512 outer_even = _mm512_fnmadd_ps(half, d[2], d[4]), outer_odd = _mm512_fnmadd_ps(half, d[1], d[3]);
  to[0] = _mm512_fnmadd_ps(middle, d[2], _mm512_add_ps(d[0], d[4]));
  to[1] = _mm512_fmadd_ps(a, inner_odd, inner_even);
  to[2] = _mm512_fnmadd_ps(a, inner_odd, inner_even);
  to[3] = _mm512_fmadd_ps(b, outer_odd, outer_even);
  to[4] = _mm512_fnmadd_ps(b, outer_odd, outer_even);
  to[5] = _mm512_fnmadd_ps(middle, d[3], _mm512_add_ps(d[1], d[5]));
}

/// `A^T m` of six numbers.
INLINE AVX512 void transform_back(const __m512 m[window], __m512 to[side]) {
  __m512 a = _mm512_set1_ps(ROOT_HALF), b = _mm512_set1_ps(ROOT_TWO), two = _mm512_set1_ps(2), half = _mm512_set1_ps(0.5f);
  __m512 inner = _mm512_add_ps(m[1], m[2]), outer = _mm512_add_ps(m[3], m[4]);
  __m512 inner_odd = _mm512_mul_ps(a, _mm512_sub_ps(m[1], m[2])), outer_odd = _mm512_mul_ps(b, _mm512_sub_ps(m[3], m[4]));
  to[0] = _mm512_add_ps(m[0], _mm512_add_ps(inner, outer));
  to[1] = _mm512_add_ps(inner_odd, outer_odd);
  to[2] = _mm512_fmadd_ps(two, outer, _mm512_mul_ps(half, inner));
  to[3] = _mm512_fmadd_ps(two, outer_odd, _mm512_fmadd_ps(half, inner_odd, m[5]));
}

typedef struct {
  const gl_convolution *c;
  const float *weights;
  float *packed;
  int turned;
} pack_work;

/// `G g G^T` of one group of output channels; the points one after the other.
AVX512 static void pack_group(void *context, int unit, int thread) {
  (void)thread;
  const pack_work *work = context;
  int inputs = work->c->input_channels, outputs = work->c->output_channels, first = 0;
  for (int group = 0; group < unit; group++) first += 16 * group_vectors(outputs, group);
  int width = 16 * group_vectors(outputs, unit);
  float *at = work->packed + (size_t)points * inputs * first;
  // Turned: the weights lie [inputs, outputs] and the kernel stands on its head, as the input's gradient wants it.
  ptrdiff_t output_step = work->turned ? 9 : 9 * (ptrdiff_t)inputs;
  ptrdiff_t input_step = work->turned ? 9 * (ptrdiff_t)outputs : 9, step = work->turned ? -1 : 1;
  __m512i output_steps = _mm512_mullo_epi32(
    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32((int)output_step));
  for (int i = 0; i < inputs; i++) {
    for (int lane = 0; lane < width; lane += 16) {
      const float *from = work->weights + i * input_step + (first + lane) * output_step + (work->turned ? 8 : 0);
      __mmask16 lanes = lanes_of((first + lane) / 16, outputs);
      __m512 columns[3][window];
      for (int column = 0; column < 3; column++) {
        __m512 g[3];
        UNROLL for (int row = 0; row < 3; row++)
          g[row] = _mm512_mask_i32gather_ps(
            _mm512_setzero_ps(), lanes, output_steps, from + (3 * row + column) * step, 4);
        spread(g, columns[column]);
      }
      for (int row = 0; row < window; row++) {
        __m512 g[3] = {columns[0][row], columns[1][row], columns[2][row]}, values[window];
        spread(g, values);
        for (int column = 0; column < window; column++)
          _mm512_storeu_ps(at + ((size_t)(window * row + column) * inputs + i) * width + lane, values[column]);
      }
    }
  }
}

void gl_wide_pack(const gl_convolution *c, const float *weights, int turned, void *packed) {
  pack_work work = {.c = c, .weights = weights, .packed = packed, .turned = turned};
  gl_for_each(group_count(c->output_channels), c->threads, pack_group, &work);
}

typedef struct {
  const gl_convolution *c;
  extents e;
  const float *input, *packed, *bias, *zeros;
  gl_gate gate;
  float *output;
  char *scratch;
} pass;

/// Six rows of input, of blocks the upper and the lower pixels, and of the gate that the rows pass.
typedef struct { const float *rows[2][window], *gate[window]; } source;

/// What is known when code is made: whole vectors of channels, tiles at an edge, a gate, blocks that lie as pixels.
typedef struct { int whole, edge, gated, pixels; } source_kind;

/// The first `count` lanes, none for less than one.
static inline __mmask16 some_lanes(int count) { return count > 0 ? lanes_of(0, count) : 0; }

/// One column of six values, transformed downwards; zeros beside the image, which only `edge` columns may be.
INLINE AVX512 void take_column(
  const gl_convolution *c, const source *s, gl_rule rule, int x, int v, __m512 to[window], const source_kind kind
) {
  if (kind.edge && (x < 0 || x >= c->input_width)) {
    UNROLL for (int i = 0; i < window; i++) to[i] = _mm512_setzero_ps();
    return;
  }
  __m512 d[window];
  if (kind.pixels) {
    // Two pixels side by side are half a block; of the last one of an odd number is missing.
    int half = c->input_channels / 2, lower = 16 * v >= half, lane = 16 * v - (lower ? half : 0);
    int is_lone = kind.edge && 2 * x + 1 == c->pixels_in.width;
    __mmask16 lanes = is_lone ? some_lanes(half / 2 - lane) : 0xFFFF;
    UNROLL for (int i = 0; i < window; i++)
      d[i] = _mm512_maskz_loadu_ps(lanes, s->rows[lower][i] + (ptrdiff_t)x * half + lane);
    transform(d, to);
    return;
  }
  __mmask16 lanes = kind.whole ? 0xFFFF : lanes_of(v, c->input_channels);
  ptrdiff_t at = (ptrdiff_t)x * c->input_channels + 16 * v;
  UNROLL for (int i = 0; i < window; i++) d[i] = _mm512_maskz_loadu_ps(lanes, s->rows[0][i] + at);
  if (kind.gated) {
    UNROLL for (int i = 0; i < window; i++)
      d[i] = through_gate(d[i], _mm512_maskz_loadu_ps(lanes, s->gate[i] + at), rule);
  }
  transform(d, to);
}

/// `B^T d B` of the tiles `first ..< end` of a line; `to` is where tile 0 would be.
INLINE AVX512 void transform_tiles(
  const gl_convolution *c, const extents *e, const source given, gl_rule rule, int first, int end, float *to,
  const source_kind kind
) {
  const source *s = &given;
  size_t plane = e->in_plane;
  for (int v = 0; v < e->in_pitch / 16 && first < end; v++) {
    __m512 columns[window][window];
    int left = side * first - c->pad_x;
    take_column(c, s, rule, left, v, columns[0], kind);
    take_column(c, s, rule, left + 1, v, columns[1], kind);
    for (int tile = first; tile < end; tile++, left += side) {
      UNROLL for (int column = 2; column < window; column++)
        take_column(c, s, rule, left + column, v, columns[column], kind);
      float *at = to + (ptrdiff_t)tile * e->in_pitch + 16 * v;
      UNROLL for (int row = 0; row < window; row++) {
        __m512 d[window], values[window];
        UNROLL for (int column = 0; column < window; column++) d[column] = columns[column][row];
        transform(d, values);
        UNROLL for (int column = 0; column < window; column++)
          _mm512_storeu_ps(at + (window * row + column) * plane, values[column]);
        columns[0][row] = columns[4][row];
        columns[1][row] = columns[5][row];
      }
    }
  }
}

/// Some tiles of a line.
typedef struct { int first, end; } stretch;

/// First those at the image's edges, then the others.
INLINE AVX512 void transform_all(const pass *p, const source *s, stretch t, float *to, source_kind kind) {
  const gl_convolution *c = p->c;
  int inner = maximum(t.first, minimum(t.end, (c->pad_x + side - 1) / side));
  int last = c->input_width - (kind.pixels ? c->pixels_in.width % 2 : 0) + c->pad_x - window, end = maximum(inner, minimum(t.end, last < 0 ? 0 : last / side + 1));
  source_kind edge = kind;
  edge.edge = 1;
  to -= (ptrdiff_t)t.first * p->e.in_pitch;
  transform_tiles(c, &p->e, *s, p->gate.rule, t.first, inner, to, edge);
  transform_tiles(c, &p->e, *s, p->gate.rule, inner, end, to, kind);
  transform_tiles(c, &p->e, *s, p->gate.rule, end, t.end, to, edge);
}

/// Transforms tiles of one line; rows that do not exist are read from a row of zeros.
AVX512 static void transform_line(const pass *p, int index, stretch t, float *to) {
  const gl_convolution *c = p->c;
  int each = (c->output_height + side - 1) / side, image = index / each, top = side * (index % each) - c->pad_y;
  int has_pixels = c->pixels_in.width > 0, step = has_pixels ? 2 : 1;
  int height = has_pixels ? c->pixels_in.height : c->input_height;
  size_t row_floats = has_pixels
    ? (size_t)c->pixels_in.width * c->input_channels / 4 : (size_t)c->input_width * c->input_channels;
  source s = {0};
  for (int i = 0; i < window; i++) {
    for (int lower = 0; lower < step; lower++) {
      int row = step * (top + i) + lower, exists = row >= 0 && row < height;
      size_t at = ((size_t)image * height + (exists ? row : 0)) * row_floats;
      s.rows[lower][i] = exists ? p->input + at : p->zeros;
      if (p->gate.output) s.gate[i] = exists ? p->gate.output + at : p->zeros;
    }
  }
  int whole = c->input_channels % 16 == 0;
  if (has_pixels) transform_all(p, &s, t, to, (source_kind){.whole = 1, .pixels = 1});
  else if (p->gate.output && whole) transform_all(p, &s, t, to, (source_kind){.whole = 1, .gated = 1});
  else if (p->gate.output) transform_all(p, &s, t, to, (source_kind){.gated = 1});
  else if (whole) transform_all(p, &s, t, to, (source_kind){.whole = 1});
  else transform_all(p, &s, t, to, (source_kind){0});
}

/// The 4 x 4 results of tiles of a line, of the lanes of one group.
INLINE AVX512 void write_tiles(
  const pass *p, const float *from, int index, stretch t, int lane, int vectors, const int whole,
  const int pixels
) {
  const gl_convolution *c = p->c;
  int each = (c->output_height + side - 1) / side, image = index / each, top = side * (index % each);
  int rows = minimum(side, c->output_height - top), channels = c->output_channels;
  size_t plane = p->e.out_plane, row_floats = (size_t)c->output_width * channels;
  float *line = p->output + ((size_t)image * c->output_height + top) * row_floats + lane;
  __m512 least = c->relu ? _mm512_setzero_ps() : _mm512_set1_ps(-__builtin_inff());
  for (int tile = t.first; tile < t.end; tile++) {
    int columns = minimum(side, c->output_width - side * tile);
    for (int v = 0; v < vectors; v++) {
      const float *at = from + ((size_t)(tile - t.first) * vectors + v) * 16;
      __m512 down[side][window], bias = _mm512_loadu_ps(p->bias + lane + 16 * v);
      __mmask16 lanes = whole ? 0xFFFF : lanes_of(0, channels - lane - 16 * v);
      UNROLL for (int column = 0; column < window; column++) {
        __m512 m[window], y[side];
        UNROLL for (int row = 0; row < window; row++) m[row] = _mm512_loadu_ps(at + (window * row + column) * plane);
        transform_back(m, y);
        UNROLL for (int row = 0; row < side; row++) down[row][column] = y[row];
      }
      UNROLL for (int row = 0; row < side; row++) {
        __m512 y[side];
        transform_back(down[row], y);
        UNROLL for (int column = 0; column < side; column++) {
          if (row >= rows || column >= columns) continue;
          // The order of operands lets NaN through.
          __m512 value = _mm512_max_ps(least, _mm512_add_ps(y[column], bias));
          int x = side * tile + column;
          if (!pixels) {
            _mm512_mask_storeu_ps(line + row * row_floats + (size_t)x * channels + 16 * v, lanes, value);
            continue;
          }
          int half = channels / 2, first = lane + 16 * v, lower = first >= half, within = first - (lower ? half : 0);
          int height = c->pixels_out.height, width = c->pixels_out.width, at_row = 2 * (top + row) + lower;
          if (at_row >= height) continue;
          __mmask16 some = 2 * x + 1 == width ? some_lanes(half / 2 - within) : 0xFFFF;
          _mm512_mask_storeu_ps(
            p->output + (((size_t)image * height + at_row) * width + 2 * x) * (half / 2) + within, some, value);
        }
      }
    }
  }
}

AVX512 static void write_line(const pass *p, const float *from, int index, stretch t, int lane, int vectors) {
  if (p->c->pixels_out.width) write_tiles(p, from, index, t, lane, vectors, 1, 1);
  else if (p->c->output_channels % 16 == 0) write_tiles(p, from, index, t, lane, vectors, 1, 0);
  else write_tiles(p, from, index, t, lane, vectors, 0, 0);
}

static void block_unit(void *context, int unit, int thread) {
  static const float nothing[16 * widest_group];
  const pass *p = context;
  const gl_convolution *c = p->c;
  const extents *e = &p->e;
  char *mine = p->scratch + thread_bytes(e) * thread;
  float *in = (float *)mine, *out = (float *)(mine + in_bytes(e));
  int first = unit / e->parts * e->together, count = minimum(e->together, e->lines - first), part = unit % e->parts;
  stretch t = {.first = e->tiles * part / e->parts, .end = e->tiles * (part + 1) / e->parts};
  int each = t.end - t.first, tiles = count * each;
  const float *x[block_tiles];
  for (int line = 0; line < count; line++) transform_line(p, first + line, t, in + (size_t)line * each * e->in_pitch);
  for (int tile = 0; tile < tiles; tile++) x[tile] = in + (size_t)tile * e->in_pitch;
  const float *packed = p->packed;
  for (int group = 0, lane = 0; group < group_count(c->output_channels); group++) {
    int vectors = group_vectors(c->output_channels, group);
    for (int point = 0; point < points; point++, packed += (size_t)c->input_channels * 16 * vectors)
      gl_multiply_pieces(
        x, tiles, point * e->in_plane, c->input_channels, vectors, packed, nothing, out + point * e->out_plane);
    for (int line = 0; line < count; line++)
      write_line(p, out + (size_t)line * each * 16 * vectors, first + line, t, lane, vectors);
    lane += 16 * vectors;
  }
}

void gl_wide_forward(
  const gl_convolution *c, const float *input, gl_gate gate, const float *packed, const float *bias, float *output,
  void *scratch
) {
  float *zeros = scratch;
  memset(zeros, 0, zero_bytes(c));
  pass p = {
    .c = c, .e = extents_of(c), .input = input, .packed = packed, .bias = bias, .zeros = zeros, .gate = gate,
    .output = output, .scratch = (char *)scratch + zero_bytes(c)};
  gl_for_each(p.e.blocks, c->threads, block_unit, &p);
}
