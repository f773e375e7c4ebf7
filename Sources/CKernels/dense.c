// The three products of a dense layer: short and wide matrices, whose long axis is shared out among threads.
#include <string.h>
#include "internal.h"
#include "include/TrainingStep.h"

enum { tile_side = 4, chunk = 1024, most_groups = 32, most_sums = 1 << 20 };
enum { panel_width = 64, deepest = 64, unit_width = 512 };

// Forward. The long axis is the one summed over: it is cut in chunks that stay in cache, these are dealt out in fixed
// groups, and the groups' sums are added in order.

typedef struct {
  const float *x, *w;
  float *sums;
  int batch, inputs, outputs, chunks, groups, parts;
} dense;

static int up_to_tiles(int count) { return (count + tile_side - 1) / tile_side; }
static size_t group_floats(const dense *d) {
  return (size_t)up_to_tiles(d->batch) * up_to_tiles(d->outputs) * tile_side * tile_side;
}

static dense make_dense(int batch, int inputs, int outputs) {
  dense d = {.batch = batch, .inputs = inputs, .outputs = outputs};
  d.chunks = (inputs + chunk - 1) / chunk;
  size_t fitting = most_sums / group_floats(&d);
  d.groups = maximum(1, minimum(minimum(d.chunks, most_groups), (int)fitting));
  // Few groups are cut across the batch too, if there is enough to do.
  d.parts = maximum(1, minimum(up_to_tiles(batch), most_groups / d.groups));
  if ((size_t)batch * outputs * inputs < 1 << 18) d.parts = 1;
  return d;
}

size_t gl_dense_scratch_bytes(int batch, int inputs, int outputs) {
  dense d = make_dense(batch, inputs, outputs);
  return group_floats(&d) * d.groups * sizeof(float);
}

/// The sums over lanes of 16 vectors.
INLINE AVX512 __m512 sums_of(__m512 v[16]) {
  UNROLL for (int i = 0; i < 8; i++)
    v[i] = _mm512_add_ps(_mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]), _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
  UNROLL for (int i = 0; i < 4; i++) {
    __m512d a = _mm512_castps_pd(v[2 * i]), b = _mm512_castps_pd(v[2 * i + 1]);
    v[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
  }
  UNROLL for (int count = 2; count > 0; count /= 2) {
    UNROLL for (int i = 0; i < count; i++)
      v[i] = _mm512_add_ps(
        _mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0x88), _mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0xDD));
  }
  return v[0];
}

/// `sums[4 a + b] += x[a] . w[b]` over `count` elements.
AVX512 static void dot_tile(const float *const x[4], const float *const w[4], int count, float *sums) {
  __m512 v[16];
  UNROLL for (int i = 0; i < 16; i++) v[i] = _mm512_setzero_ps();
  const float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3], *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
  for (int i = 0; i < count; i += 16) {
    __mmask16 lanes = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
    __m512 b[4] = {
      _mm512_maskz_loadu_ps(lanes, w0 + i), _mm512_maskz_loadu_ps(lanes, w1 + i),
      _mm512_maskz_loadu_ps(lanes, w2 + i), _mm512_maskz_loadu_ps(lanes, w3 + i)};
    __m512 a[4] = {
      _mm512_maskz_loadu_ps(lanes, x0 + i), _mm512_maskz_loadu_ps(lanes, x1 + i),
      _mm512_maskz_loadu_ps(lanes, x2 + i), _mm512_maskz_loadu_ps(lanes, x3 + i)};
    UNROLL for (int j = 0; j < 16; j++) v[j] = _mm512_fmadd_ps(a[j / 4], b[j % 4], v[j]);
  }
  _mm512_storeu_ps(sums, _mm512_add_ps(_mm512_loadu_ps(sums), sums_of(v)));
}

/// Where four rows begin; rows beyond the last are the last one again, and their sums are not read.
static void rows_at(const float *from, int first, int rows, int length, int element, const float *at[4]) {
  for (int i = 0; i < tile_side; i++) at[i] = from + (size_t)minimum(first + i, rows - 1) * length + element;
}

static void dense_unit(void *context, int unit, int thread) {
  const dense *d = context;
  int group = unit / d->parts, part = unit % d->parts, rows = up_to_tiles(d->batch), columns = up_to_tiles(d->outputs);
  int first = rows * part / d->parts, end = rows * (part + 1) / d->parts;
  float *sums = d->sums + group_floats(d) * group;
  memset(sums + (size_t)first * columns * 16, 0, (size_t)(end - first) * columns * 16 * sizeof(float));
  for (int c = d->chunks * group / d->groups; c < d->chunks * (group + 1) / d->groups; c++) {
    int element = c * chunk, count = minimum(chunk, d->inputs - element);
    for (int column = 0; column < columns; column++) {
      const float *x[4], *w[4];
      rows_at(d->w, column * tile_side, d->outputs, d->inputs, element, w);
      for (int row = first; row < end; row++) {
        rows_at(d->x, row * tile_side, d->batch, d->inputs, element, x);
        dot_tile(x, w, count, sums + ((size_t)row * columns + column) * 16);
      }
    }
  }
}

void gl_dense(
  const float *x, const float *w, const float *bias, float *y, int batch, int inputs, int outputs, int threads,
  void *scratch
) {
  dense d = make_dense(batch, inputs, outputs);
  d.x = x;
  d.w = w;
  d.sums = scratch;
  gl_for_each(d.groups * d.parts, threads, dense_unit, &d);
  size_t count = group_floats(&d);
  for (int group = 1; group < d.groups; group++) {
    const float *more = d.sums + count * group;
    for (size_t i = 0; i < count; i++) d.sums[i] += more[i];
  }
  for (int n = 0; n < batch; n++) {
    const float *row = d.sums + (size_t)(n / tile_side) * up_to_tiles(outputs) * 16 + n % tile_side * tile_side;
    for (int o = 0; o < outputs; o++) y[(size_t)n * outputs + o] = bias[o] + row[o / tile_side * 16 + o % tile_side];
  }
}

// Both gradients: the long axis is that of the result, of which panels of 64 columns are made at once.

typedef struct {
  const float *a, *b;
  float *c;
  ptrdiff_t a_row, a_step;
  int rows, inner, columns;
} product;

/// Rows `first ..< first + rows` of one panel, from `depth` rows of B that lie packed.
INLINE AVX512 void panel_tile(
  const product *p, const int rows, int first, int column, const float *packed, int from, int depth,
  const __mmask16 lanes[4]
) {
  __m512 sums[6][4];
  float *to = p->c + (size_t)first * p->columns + column;
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < 4; v++)
      sums[r][v] = from == 0
        ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(lanes[v], to + (size_t)r * p->columns + 16 * v);
  }
  const float *a = p->a + first * p->a_row + from * p->a_step;
  for (int j = 0; j < depth; j++, a += p->a_step, packed += panel_width) {
    __m512 values[4];
    UNROLL for (int v = 0; v < 4; v++) values[v] = _mm512_load_ps(packed + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512 factor = _mm512_set1_ps(a[r * p->a_row]);
      UNROLL for (int v = 0; v < 4; v++) sums[r][v] = _mm512_fmadd_ps(factor, values[v], sums[r][v]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < 4; v++)
      _mm512_mask_storeu_ps(to + (size_t)r * p->columns + 16 * v, lanes[v], sums[r][v]);
  }
}

/// Packs `depth` rows of a panel of B: where they stand they may all fall into the same few places of the cache.
AVX512 static void pack_panel(
  const product *p, int column, int from, int depth, const __mmask16 lanes[4], int has_next, float *packed
) {
  const float *b = p->b + (size_t)from * p->columns + column;
  for (int j = 0; j < depth; j++, b += p->columns) {
    UNROLL for (int v = 0; v < 4; v++) {
      _mm512_store_ps(packed + j * panel_width + 16 * v, _mm512_maskz_loadu_ps(lanes[v], b + 16 * v));
      // The next panel's pieces lie a whole row apart, which no prefetcher of the processor's foresees.
      if (has_next) _mm_prefetch((const char *)(b + panel_width + 16 * v), _MM_HINT_T1);
    }
  }
}

AVX512 static void panel_unit(void *context, int unit, int thread) {
  const product *p = context;
  _Alignas(64) float packed[deepest * panel_width];
  int end = minimum(p->columns, (unit + 1) * unit_width);
  for (int column = unit * unit_width; column < end; column += panel_width) {
    __mmask16 lanes[4];
    for (int v = 0; v < 4; v++) {
      int left = end - column - 16 * v;
      lanes[v] = left <= 0 ? 0 : left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1);
    }
    for (int from = 0; from < p->inner; from += deepest) {
      int depth = minimum(deepest, p->inner - from), row = 0;
      pack_panel(p, column, from, depth, lanes, column + panel_width < end, packed);
      for (; row + 6 <= p->rows; row += 6) panel_tile(p, 6, row, column, packed, from, depth, lanes);
      for (; row + 2 <= p->rows; row += 2) panel_tile(p, 2, row, column, packed, from, depth, lanes);
      if (row < p->rows) panel_tile(p, 1, row, column, packed, from, depth, lanes);
    }
  }
}

void gl_dense_gradient(
  const float *a, ptrdiff_t a_row, ptrdiff_t a_step, const float *b, float *c, int rows, int inner, int columns,
  int threads
) {
  product p = {
    .a = a, .b = b, .c = c, .a_row = a_row, .a_step = a_step, .rows = rows, .inner = inner, .columns = columns};
  gl_for_each((columns + unit_width - 1) / unit_width, threads, panel_unit, &p);
}
