// Conjugate gradients with one cycle of a multigrid method as the preconditioner (Imputation.h).
//
// The matrix is D - W on the removed cells: W the weights of the neighbours, D their sum. On a grid of half the resolution
// the same weights describe the same function, so that each level has the same matrix with cells of its own. A coarse cell
// is removed where all cells around its place are. One cycle: a step of Jacobi's method, the residual's correction from the
// next level, and a step of Jacobi's method again. On fine waves a step leaves a third of the error, coarse ones are left
// to the levels above; so a hole needs about as many iterations, whatever its width.
//
// Grids have a border of zeros, and lines a multiple of 16 elements: every loop is one of vectors over whole lines.
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

enum { most_levels = 10, margin = 16, last_steps = 8 };
static const float edge = 1.0f / 6, diagonal = 1.0f / 12;

typedef double lanes8 __attribute__((vector_size(64)));
typedef float floats8 __attribute__((vector_size(32)));

typedef struct {
  int rows, columns;
  ptrdiff_t stride, count;
  /// 1 / D on the removed cells, 0 elsewhere; right side, solution, and a second solution.
  float *inverse, *right, *x, *y;
} level;

typedef struct {
  level levels[most_levels];
  int count;
  /// Of the finest level in double: D and 1 on the removed cells, 0 elsewhere; the vectors of conjugate gradients.
  double *weights, *removed, *field, *solution, *residual, *direction, *image;
} hierarchy;

static ptrdiff_t line(int columns) { return (columns + 2 + 15) / 16 * 16; }
static ptrdiff_t places(int rows, int columns) { return (rows + 2) * line(columns); }
static int coarse(int extent) { return extent / 2 + 1; }
static int is_last(int rows, int columns, int number) {
  return rows < 4 || columns < 4 || number + 1 == most_levels;
}

size_t gl_impute_scratch_bytes(int rows, int columns) {
  size_t bytes = 64 + 7 * sizeof(double) * (places(rows, columns) + 2 * margin);
  for (int number = 0;; number++) {
    bytes += 4 * sizeof(float) * (places(rows, columns) + 2 * margin);
    if (is_last(rows, columns, number)) return bytes;
    rows = coarse(rows);
    columns = coarse(columns);
  }
}

/// The weighted sum of the neighbours of the place `at` of a grid `x`.
#define NEIGHBOURS(x, at, s, e, d) \
  ((e) * (((x)[(at) - 1] + (x)[(at) + 1]) + ((x)[(at) - (s)] + (x)[(at) + (s)])) \
   + (d) * (((x)[(at) - (s) - 1] + (x)[(at) - (s) + 1]) + ((x)[(at) + (s) - 1] + (x)[(at) + (s) + 1])))

/// D of a cell inside the map.
INLINE double weight_of(int row, int column, int rows, int columns) {
  int above = row > 0, below = row + 1 < rows, before = column > 0, after = column + 1 < columns;
  return (above + below + before + after) / 6.0 + (above + below) * (before + after) / 12.0;
}

/// A step of Jacobi's method from `x` into `y`, or, where `x` is null, from zeros.
INLINE void smooth(const level *l, const float *x, float *y) {
  ptrdiff_t s = l->stride;
  const float *inverse = l->inverse, *right = l->right;
  if (!x) {
    for (ptrdiff_t i = s; i < s + l->rows * s; i++) y[i] = inverse[i] * right[i];
    return;
  }
  for (ptrdiff_t i = s; i < s + l->rows * s; i++)
    y[i] = inverse[i] * (right[i] + NEIGHBOURS(x, i, s, edge, diagonal));
}

/// The residual of `x`, the first step from zeros, into `to`: D x is the right side there, which leaves W x.
INLINE void first_residual(const level *l, const float *x, float *to) {
  ptrdiff_t s = l->stride;
  for (ptrdiff_t i = s; i < s + l->rows * s; i++) {
    float sum = NEIGHBOURS(x, i, s, edge, diagonal);
    to[i] = l->inverse[i] != 0 ? sum : 0;
  }
}

/// The right side of the next level from the residual `from`: the transpose of `add_correction`. It is overwritten.
INLINE void restrict_residual(const level *l, float *from, const level *next) {
  ptrdiff_t s = l->stride;
  for (int row = 0; row < next->rows; row++) {
    // Twice the last row is the map's last or the border's. Lines of even number are read once, and may hold the sum.
    float *middle = from + (2 * row + 1) * s;
    const float *above = middle - s, *below = 2 * row < l->rows ? middle + s : middle;
    if (2 * row < l->rows) {
      for (ptrdiff_t i = 0; i < s; i++) middle[i] += 0.5f * (above[i] + below[i]);
    } else {
      for (ptrdiff_t i = 0; i < s; i++) middle[i] = 0.5f * above[i];
    }
    float *to = next->right + (row + 1) * next->stride + 1;
    const float *inverse = next->inverse + (row + 1) * next->stride + 1;
    for (int column = 0; column < next->columns; column++) {
      const float *place = middle + 2 * column + 1;
      float sum = place[0] + 0.5f * (place[-1] + place[1]);
      to[column] = inverse[column] != 0 ? sum : 0;
    }
    if (2 * row >= l->rows) {
      for (ptrdiff_t i = 0; i < s; i++) middle[i] = 0;
    }
  }
}

/// Adds the next level's solution to `x`, linear between its cells. `work` holds a line.
INLINE void add_correction(const level *l, const level *next, float *x, float *work) {
  ptrdiff_t s = l->stride, half = next->stride;
  for (int row = 0; row < l->rows; row++) {
    const float *first = next->x + (row / 2 + 1) * half, *second = row & 1 ? first + half : first;
    for (ptrdiff_t i = 0; i < half; i++) work[i] = 0.5f * (first[i] + second[i]);
    float *to = x + (row + 1) * s + 1;
    const float *inverse = l->inverse + (row + 1) * s + 1;
    for (int column = 0; column + 1 < l->columns; column += 2) {
      const float *place = work + column / 2 + 1;
      float own = place[0], between = 0.5f * (place[0] + place[1]);
      to[column] += inverse[column] != 0 ? own : 0;
      to[column + 1] += inverse[column + 1] != 0 ? between : 0;
    }
    if (l->columns & 1) {
      int column = l->columns - 1;
      to[column] += inverse[column] != 0 ? work[column / 2 + 1] : 0;
    }
  }
}

/// One cycle: from `right` of the finest level to its `x`.
INLINE void cycle(const hierarchy *m) {
  for (int number = 0; number + 1 < m->count; number++) {
    const level *l = &m->levels[number];
    smooth(l, 0, l->y);
    first_residual(l, l->y, l->x);
    restrict_residual(l, l->x, l + 1);
  }
  const level *last = &m->levels[m->count - 1];
  smooth(last, 0, last->x);
  for (int step = 0; step < last_steps; step++) {
    smooth(last, last->x, last->y);
    smooth(last, last->y, last->x);
  }
  for (int number = m->count - 2; number >= 0; number--) {
    const level *l = &m->levels[number];
    // The border's first line serves as a line of work, and is zero again afterwards.
    add_correction(l, l + 1, l->y, l->x);
    for (ptrdiff_t i = 0; i < l->stride; i++) l->x[i] = 0;
    smooth(l, l->y, l->x);
  }
}

INLINE double total_of(const lanes8 *sums) {
  double total = 0;
  for (int k = 0; k < 2; k++) {
    for (int lane = 0; lane < 8; lane++) total += sums[k][lane];
  }
  return total;
}

// A macro, since a function cannot return such a vector where the processor has none.
#define LOAD(from) ({ lanes8 loaded; __builtin_memcpy(&loaded, from, sizeof loaded); loaded; })

INLINE double dot(const double *a, const double *b, ptrdiff_t count) {
  lanes8 sums[2] = {0};
  for (ptrdiff_t i = 0; i < count; i += 16) {
    UNROLL for (int k = 0; k < 2; k++) sums[k] += LOAD(a + i + 8 * k) * LOAD(b + i + 8 * k);
  }
  return total_of(sums);
}

/// Takes the scratch memory apart; all of it is zero afterwards.
INLINE hierarchy built(int rows, int columns, void *scratch) {
  hierarchy m = {0};
  __builtin_memset(scratch, 0, gl_impute_scratch_bytes(rows, columns));
  char *next = (char *)(((uintptr_t)scratch + 63) / 64 * 64);
  ptrdiff_t count = places(rows, columns) + 2 * margin;
  double **vectors[] = {
    &m.weights, &m.removed, &m.field, &m.solution, &m.residual, &m.direction, &m.image};
  for (int k = 0; k < 7; k++) {
    *vectors[k] = (double *)next + margin;
    next += count * sizeof(double);
  }
  for (int number = 0;; number++) {
    level *l = &m.levels[m.count++];
    *l = (level){.rows = rows, .columns = columns, .stride = line(columns), .count = places(rows, columns)};
    float **grids[] = {&l->inverse, &l->right, &l->x, &l->y};
    for (int k = 0; k < 4; k++) {
      *grids[k] = (float *)next + margin;
      next += (l->count + 2 * margin) * sizeof(float);
    }
    if (is_last(rows, columns, number)) return m;
    rows = coarse(rows);
    columns = coarse(columns);
  }
}

/// Marks the removed cells of the finest level, and then of each other.
INLINE void mark(const hierarchy *m, const uint8_t *removed) {
  const level *l = &m->levels[0];
  for (int row = 0; row < l->rows; row++) {
    for (int column = 0; column < l->columns; column++) {
      if (!removed[(ptrdiff_t)row * l->columns + column]) continue;
      ptrdiff_t place = (row + 1) * l->stride + column + 1;
      m->removed[place] = 1;
      m->weights[place] = weight_of(row, column, l->rows, l->columns);
      l->inverse[place] = (float)(1 / m->weights[place]);
    }
  }
  for (int number = 1; number < m->count; number++) {
    const level *fine = &m->levels[number - 1];
    l = &m->levels[number];
    for (int row = 0; row < l->rows; row++) {
      for (int column = 0; column < l->columns; column++) {
        int all = 1;
        for (int y = 2 * row - 1; y <= 2 * row + 1; y++) {
          for (int x = 2 * column - 1; x <= 2 * column + 1; x++) {
            int inside = y >= 0 && x >= 0 && y < fine->rows && x < fine->columns;
            all &= !inside || fine->inverse[(y + 1) * fine->stride + x + 1] != 0;
          }
        }
        if (all) {
          l->inverse[(row + 1) * l->stride + column + 1] =
            (float)(1 / weight_of(row, column, l->rows, l->columns));
        }
      }
    }
  }
}

/// (D - W) x on the removed cells into `to`; gives the product of `x` with it.
INLINE double apply(const hierarchy *m, const double *x, double *to) {
  ptrdiff_t s = m->levels[0].stride, end = m->levels[0].count - s;
  for (ptrdiff_t i = s; i < end; i++)
    to[i] = m->weights[i] * x[i] - m->removed[i] * NEIGHBOURS(x, i, s, 1.0 / 6, 1.0 / 12);
  return dot(x, to, m->levels[0].count);
}

/// The preconditioned residual, and its product with the residual.
INLINE double preconditioned(const hierarchy *m) {
  const level *l = &m->levels[0];
  // Scaled to a length of about 1, which a float holds, whatever the input's unit.
  double length = __builtin_sqrt(dot(m->residual, m->residual, l->count)), scale = length > 0 ? 1 / length : 0;
  for (ptrdiff_t i = 0; i < l->count; i++) l->right[i] = (float)(scale * m->residual[i]);
  cycle(m);
  lanes8 sums[2] = {0};
  for (ptrdiff_t i = 0; i < l->count; i += 16) {
    UNROLL for (int k = 0; k < 2; k++) {
      floats8 x;
      __builtin_memcpy(&x, l->x + i + 8 * k, sizeof x);
      sums[k] += __builtin_convertvector(x, lanes8) * LOAD(m->residual + i + 8 * k);
    }
  }
  return total_of(sums);
}

/// Conjugate gradients from the solution at hand to the right side in `residual`.
INLINE int solve(const hierarchy *m, double tolerance, int most) {
  ptrdiff_t count = m->levels[0].count;
  const float *z = m->levels[0].x;
  double limit = tolerance * tolerance * dot(m->residual, m->residual, count);
  apply(m, m->solution, m->image);
  for (ptrdiff_t i = 0; i < count; i++) m->residual[i] -= m->image[i];
  for (ptrdiff_t i = 0; i < count; i++) m->direction[i] = 0;
  double energy = 0;
  for (int step = 0; step < most; step++) {
    if (!(dot(m->residual, m->residual, count) > limit)) return step;
    double previous = energy;
    energy = preconditioned(m);
    double growth = step ? energy / previous : 0;
    for (ptrdiff_t i = 0; i < count; i++) m->direction[i] = z[i] + growth * m->direction[i];
    double length = energy / apply(m, m->direction, m->image);
    for (ptrdiff_t i = 0; i < count; i++) {
      m->solution[i] += length * m->direction[i];
      m->residual[i] -= length * m->image[i];
    }
  }
  return most;
}

INLINE int impute(
  float *values, const uint8_t *removed, int channels, int rows, int columns, double tolerance, int most,
  void *scratch
) {
  hierarchy m = built(rows, columns, scratch);
  mark(&m, removed);
  ptrdiff_t cells = (ptrdiff_t)rows * columns, s = m.levels[0].stride, count = m.levels[0].count;
  int steps = 0;
  for (int channel = 0; channel < channels; channel++) {
    float *map = values + channel * cells;
    double sum = 0, known = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        ptrdiff_t cell = (ptrdiff_t)row * columns + column, place = (row + 1) * s + column + 1;
        m.field[place] = removed[cell] ? 0 : map[cell];
        sum += m.field[place];
        known += !removed[cell];
      }
    }
    for (ptrdiff_t i = 0; i < count; i++) m.solution[i] = m.removed[i] * (sum / known);
    for (ptrdiff_t i = s; i < count - s; i++)
      m.residual[i] = m.removed[i] * NEIGHBOURS(m.field, i, s, 1.0 / 6, 1.0 / 12);
    steps += solve(&m, tolerance, most);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        ptrdiff_t cell = (ptrdiff_t)row * columns + column;
        if (removed[cell]) map[cell] = (float)m.solution[(row + 1) * s + column + 1];
      }
    }
  }
  return steps;
}

AVX512 static int wide_impute(
  float *values, const uint8_t *removed, int channels, int rows, int columns, double tolerance, int most,
  void *scratch
) {
  return impute(values, removed, channels, rows, columns, tolerance, most, scratch);
}
static int any_impute(
  float *values, const uint8_t *removed, int channels, int rows, int columns, double tolerance, int most,
  void *scratch
) {
  return impute(values, removed, channels, rows, columns, tolerance, most, scratch);
}

int gl_impute(
  float *values, const uint8_t *removed, int channels, int rows, int columns, double tolerance, int most,
  void *scratch
) {
  return gl_processor_level() == gl_none
    ? any_impute(values, removed, channels, rows, columns, tolerance, most, scratch)
    : wide_impute(values, removed, channels, rows, columns, tolerance, most, scratch);
}
