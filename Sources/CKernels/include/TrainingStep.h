// What a training step does beside convolutions: dense layers, the optimizer, dropout, sums. Plain row-major floats.
//
// The AVX-512 versions run where gl_processor_level() is not gl_none, others elsewhere. No result depends on `threads`.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Working memory of `gl_dense`.
size_t gl_dense_scratch_bytes(int batch, int inputs, int outputs);
/// `y[n][o] = bias[o] + sum over i of x[n][i] w[o][i]`. Needs AVX-512.
void gl_dense(
  const float *x, const float *w, const float *bias, float *y, int batch, int inputs, int outputs, int threads,
  void *scratch);
/// `c[m][k] = sum over j of a[m * a_row + j * a_step] b[j][k]`, for few m and j and many k. Needs AVX-512.
void gl_dense_gradient(
  const float *a, ptrdiff_t a_row, ptrdiff_t a_step, const float *b, float *c, int rows, int inner, int columns,
  int threads);

/// `c[i][j] = alpha * sum over k of a[i * a_row + k * a_step] * b[k * b_row + j * b_step] + beta * c[i][j]`; the rows of `c`
/// lie one after the other. With `beta` 0 the old `c` is not read.
typedef struct {
  const float *a, *b;
  ptrdiff_t a_row, a_step, b_row, b_step;
  float *c;
  ptrdiff_t rows, columns, inner;
  float alpha, beta;
} gl_product;
/// What of the instructions below the processor has: 0 none, 1 AVX2 and FMA, 2 AVX-512.
int gl_product_level(void);
/// `level` is at most `gl_product_level()`. Levels 1 and 2 give the same bits, but for a single row.
void gl_matrix_product(const gl_product *product, int level, int threads);

/// One step of Adam: `rate` and `inverse` hold the corrections of the first and of the second moment.
typedef struct { float beta1, beta2, epsilon, rate, inverse; } gl_adam;
void gl_adam_step(
  const gl_adam *adam, const float *gradients, float *mean, float *variance, float *weights, size_t count,
  int threads);

/// One step of gradient descent: `g += decay w`, `v = momentum v + g`, `w -= rate (nesterov ? g + momentum v : v)`; without
/// `velocity` `w -= rate g`.
typedef struct { float rate, momentum, decay; int nesterov; } gl_sgd;
void gl_sgd_step(
  const gl_sgd *sgd, const float *gradients, float *velocity, float *weights, size_t count, int threads);

/// Draws 16 bits for each element from xoshiro256** (four from a word, the lowest first) and sets the element's bit where
/// they reach `threshold`. `bits` has room for `count` rounded up to 64.
void gl_dropout_draw(uint64_t state[4], uint32_t threshold, size_t count, uint64_t *bits);
/// `to[i] = from[i] * (bit i ? scale : 0)`; both may be the same memory.
void gl_dropout_apply(const float *from, const uint64_t *bits, float scale, float *to, size_t count, int threads);

/// `to[i] += share * (from[i] - to[i])`
void gl_move_towards(const float *from, float share, float *to, size_t count, int threads);
/// Whether no value is infinite or not a number.
int gl_all_finite(const float *values, size_t count, int threads);
/// Room that `gl_sum_of_squares` needs in `sums`.
int gl_sum_parts(size_t count);
/// The sum of squares, in double. Finite if and only if all values are.
double gl_sum_of_squares(const float *values, size_t count, double *sums, int threads);
/// `values[i] *= factor`
void gl_scale(float *values, float factor, size_t count, int threads);
/// `sums[i] = a[i] + b[i]`; `sums` may be one of them.
void gl_add(const float *a, const float *b, float *sums, size_t count, int threads);
/// `to[i] = from[i]`
void gl_copy(const float *from, float *to, size_t count, int threads);
