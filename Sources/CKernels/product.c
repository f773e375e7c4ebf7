// Products of matrices, on any processor.
//
// Each element of a result is one chain, c = a_k b_k + c for k = 0, 1, ..., in whatever blocks the matrices are cut and however
// wide the vectors are. So no bit depends on the number of threads, and none on the processor where it multiplies and
// adds in one step (every one with AVX2). Rows of one product alone keep several sums, which the vector's width numbers.
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

enum { block_rows = 288, block_columns = 256, block_depth = 128, row_sums = 4, row_unit = 1024, few_rows = 3 };

typedef float floats4 __attribute__((vector_size(16)));
typedef float floats8 __attribute__((vector_size(32)));
typedef float floats16 __attribute__((vector_size(64)));

#define NAME(of) plain_##of
#define TARGET
#define VECTOR floats4
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define BROADCAST(a) ((floats4){a, a, a, a})
#define MULTIPLY_ADD(a, b, sum) ((a) * (b) + (sum))
#include "product_tile.h"

#define NAME(of) avx2_##of
#define TARGET __attribute__((target("avx2,fma")))
#define VECTOR floats8
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define BROADCAST(a) _mm256_set1_ps(a)
#define MULTIPLY_ADD(a, b, sum) __builtin_elementwise_fma(a, b, sum)
#include "product_tile.h"

#define NAME(of) avx512_##of
#define TARGET AVX512
#define VECTOR floats16
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define BROADCAST(a) _mm512_set1_ps(a)
#define MULTIPLY_ADD(a, b, sum) __builtin_elementwise_fma(a, b, sum)
#include "product_tile.h"

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// Packs `count` lines of `depth` elements in strips of `width` lines, zeros after the last one.
static void pack(
  const float *from, ptrdiff_t line, ptrdiff_t step, ptrdiff_t count, ptrdiff_t depth, int width, float factor,
  float *to
) {
  for (ptrdiff_t first = 0; first < count; first += width, to += width * depth) {
    int here = (int)smaller(width, count - first);
    const float *strip = from + first * line;
    if (here < width) memset(to, 0, sizeof(float) * (size_t)(width * depth));
    if (line == 1) {
      for (ptrdiff_t k = 0; k < depth; k++) {
        for (int i = 0; i < here; i++) to[k * width + i] = factor * strip[k * step + i];
      }
    } else {
      for (ptrdiff_t k = 0; k < depth; k++) {
        for (int i = 0; i < here; i++) to[k * width + i] = factor * strip[i * line + k * step];
      }
    }
  }
}

/// A strip whose elements lie one after the other: lines are turned 16 by 16 in registers.
INLINE AVX512 void pack_turned(
  const float *strip, ptrdiff_t line, int here, ptrdiff_t depth, int width, __m512 factor, float *to, const int whole
) {
  for (int part = 0; part < width; part += 16) {
    __mmask16 kept = lanes_of(0, width - part);
    int lines = here - part;
    for (ptrdiff_t k = 0; k < depth; k += 16) {
      int steps = (int)smaller(16, depth - k);
      __m512 block[16];
      UNROLL for (int i = 0; i < 16; i++) {
        const float *from = strip + (part + i) * line + k;
        block[i] = whole || i < lines
          ? _mm512_mul_ps(factor, _mm512_maskz_loadu_ps(lanes_of(0, steps), from)) : _mm512_setzero_ps();
      }
      turn(block);
      UNROLL for (int i = 0; i < 16; i++)
        if (i < steps) _mm512_mask_storeu_ps(to + (k + i) * width + part, kept, block[i]);
    }
  }
}

/// As `pack`, to the same bits.
AVX512 static void pack_wide(
  const float *from, ptrdiff_t line, ptrdiff_t step, ptrdiff_t count, ptrdiff_t depth, int width, float factor,
  float *to
) {
  if (line != 1 && step != 1) {
    pack(from, line, step, count, depth, width, factor, to);
    return;
  }
  __m512 factors = _mm512_set1_ps(factor);
  for (ptrdiff_t first = 0; first < count; first += width, to += width * depth) {
    int here = (int)smaller(width, count - first);
    const float *strip = from + first * line;
    if (step == 1 && line != 1) {
      if (here % 16 == 0) pack_turned(strip, line, here, depth, width, factors, to, 1);
      else pack_turned(strip, line, here, depth, width, factors, to, 0);
      continue;
    }
    for (int part = 0; part < width; part += 16) {
      __mmask16 kept = lanes_of(0, width - part), lanes = here > part ? lanes_of(0, here - part) : 0;
      for (ptrdiff_t k = 0; k < depth; k++) {
        __m512 values = _mm512_maskz_loadu_ps(lanes, strip + k * step + part);
        _mm512_mask_storeu_ps(to + k * width + part, kept, _mm512_mul_ps(factors, values));
      }
    }
  }
}

/// The loops of one kind of processor.
typedef struct {
  int tile_rows, tile_columns;
  void (*pack)(const float *, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t, int, float, float *);
  void (*tile)(const float *, const float *, ptrdiff_t, float *, ptrdiff_t);
  float (*dot)(const float *, const float *, ptrdiff_t);
  void (*rows)(const float *, const float *, ptrdiff_t, ptrdiff_t, ptrdiff_t, float *);
} loops;

static const loops all_loops[] = {
  {4, 8, pack, plain_tile, plain_dot, plain_rows},
  {6, 16, pack, avx2_tile, avx2_dot, avx2_rows},
  {12, 32, pack_wide, avx512_tile, avx512_dot, avx512_rows},
};

int gl_product_level(void) {
  if (gl_processor_level() != gl_none) return 2;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0;
}

typedef struct {
  const gl_product *p;
  const loops *with;
  /// Extents of a unit of work, and how many of them lie in a row of units.
  ptrdiff_t rows, columns, across;
} plan;

/// One tile of the result; at the edges by way of a whole one.
static void add_tile(
  const loops *with, const float *a, const float *b, ptrdiff_t depth, float *c, ptrdiff_t pitch, ptrdiff_t rows,
  ptrdiff_t columns
) {
  if (rows >= with->tile_rows && columns >= with->tile_columns) {
    with->tile(a, b, depth, c, pitch);
    return;
  }
  float whole[12 * 32] = {0};
  int width = with->tile_columns;
  rows = smaller(rows, with->tile_rows);
  columns = smaller(columns, width);
  for (ptrdiff_t i = 0; i < rows; i++) memcpy(whole + i * width, c + i * pitch, sizeof(float) * (size_t)columns);
  with->tile(a, b, depth, whole, width);
  for (ptrdiff_t i = 0; i < rows; i++) memcpy(c + i * pitch, whole + i * width, sizeof(float) * (size_t)columns);
}

static void take_block(void *context, int unit, int thread) {
  const plan *q = context;
  const gl_product *p = q->p;
  const loops *with = q->with;
  ptrdiff_t row = unit / q->across * q->rows, column = unit % q->across * q->columns;
  ptrdiff_t rows = smaller(q->rows, p->rows - row), columns = smaller(q->columns, p->columns - column);
  float *c = p->c + row * p->columns + column;
  float a[block_rows * block_depth], b[block_columns * block_depth];
  (void)thread;
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j++) {
      float *value = c + i * p->columns + j;
      *value = p->beta == 0 ? 0 : p->beta * *value;
    }
  }
  for (ptrdiff_t k = 0; k < p->inner; k += block_depth) {
    ptrdiff_t depth = smaller(block_depth, p->inner - k);
    with->pack(p->a + row * p->a_row + k * p->a_step, p->a_row, p->a_step, rows, depth, with->tile_rows, p->alpha, a);
    with->pack(p->b + column * p->b_step + k * p->b_row, p->b_step, p->b_row, columns, depth, with->tile_columns, 1, b);
    for (ptrdiff_t j = 0; j < columns; j += with->tile_columns) {
      for (ptrdiff_t i = 0; i < rows; i += with->tile_rows) {
        add_tile(with, a + i * depth, b + j * depth, depth, c + i * p->columns + j, p->columns, rows - i, columns - j);
      }
    }
  }
}

static void take_row(void *context, int unit, int thread) {
  const plan *q = context;
  const gl_product *p = q->p;
  ptrdiff_t row = unit / q->across, first = unit % q->across * q->columns;
  ptrdiff_t count = smaller(q->columns, p->columns - first);
  const float *a = p->a + row * p->a_row;
  float *c = p->c + row * p->columns + first, sums[row_unit];
  (void)thread;
  if (p->b_row == 1) {
    for (ptrdiff_t j = 0; j < count; j++) sums[j] = q->with->dot(a, p->b + (first + j) * p->b_step, p->inner);
  } else {
    q->with->rows(a, p->b + first, p->b_row, p->inner, count, sums);
  }
  for (ptrdiff_t j = 0; j < count; j++) {
    float value = p->alpha * sums[j];
    c[j] = p->beta == 0 ? value : value + p->beta * c[j];
  }
}

void gl_matrix_product(const gl_product *p, int level, int threads) {
  plan q = {.p = p, .with = all_loops + level, .rows = block_rows, .columns = block_columns};
  // For few rows the other matrix is read where it lies: packing it would cost more.
  int is_dot = p->rows == 1 && p->b_row == 1;
  if (p->a_step == 1 && (is_dot || (p->rows <= few_rows && p->b_step == 1))) {
    q.columns = is_dot ? 16 : row_unit;
    q.across = (p->columns + q.columns - 1) / q.columns;
    gl_for_each((int)(p->rows * q.across), threads, take_row, &q);
    return;
  }
  ptrdiff_t down;
  for (;;) {
    down = (p->rows + q.rows - 1) / q.rows;
    q.across = (p->columns + q.columns - 1) / q.columns;
    if (threads == 1 || down * q.across >= 2 * threads) break;
    if (q.columns > q.with->tile_columns) q.columns /= 2;
    else if (q.rows > q.with->tile_rows) q.rows /= 2;
    else break;
  }
  gl_for_each((int)(down * q.across), threads, take_block, &q);
}
