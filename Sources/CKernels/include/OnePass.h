// Kernels of one pass over memory: a dense layer of one row, poolings, changes of layout, sums.
//
// All but the sums need AVX-512 (gl_float). Each result is summed in a fixed order: neither the number of threads nor
// the addresses of the operands change a bit of it.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// `y[row] = alpha * sum over i of weights[row][i] * x[i] + beta * y[row]`. With `beta` 0 the old `y` is not read.
void gl_dense_row(
  const float *weights, const float *x, ptrdiff_t rows, ptrdiff_t columns, float alpha, float beta, float *y,
  int threads);

/// `dx[i] = alpha * sum over rows of dy[row] * weights[row][i] + beta * dx[i]`. With `beta` 0 the old `dx` is not read.
/// Rows whose `dy` is exactly zero are not read either: they add nothing, whatever they hold.
void gl_dense_row_gradient(
  const float *weights, const float *dy, ptrdiff_t rows, ptrdiff_t columns, float alpha, float beta, float *dx,
  int threads);

/// A mean over disjoint windows with a ReLU before it or after it; activations are float, [N, H, W, C].
typedef struct {
  int32_t batch, channels;
  int32_t height, width;
  int32_t output_height, output_width;
  /// Extents of the window. Rows and columns beyond the last whole window are left out.
  int32_t pool_y, pool_x;
  /// Whether the ReLU is before the mean, otherwise after it.
  int32_t relu_first;
  int32_t threads;
} gl_pooling;

void gl_pool(const gl_pooling *p, const float *input, float *output);

/// The gradient of the input from that of the output. `only_positive` lets a gradient pass the ReLU only where it is
/// positive, `only_active` only where the ReLU's input was. `values` is the input for a ReLU in front, else the output.
void gl_pool_gradient(
  const gl_pooling *p, const float *values, const float *output_gradient, int only_positive, int only_active,
  float *input_gradient);

/// Batch normalisation; activations are float, `rows` pixels (of all images) of `channels` each.
typedef struct {
  int64_t rows;
  int32_t channels;
  int32_t threads;
} gl_normalization;

/// Working memory of the sums.
size_t gl_normalization_scratch_bytes(const gl_normalization *n);
/// Each channel's mean and (biased) variance.
void gl_moments(const gl_normalization *n, const float *input, float *mean, float *variance, float *scratch);
/// `output = (input - mean) factor + shift`
void gl_normalize(
  const gl_normalization *n, const float *input, const float *mean, const float *factor, const float *shift,
  float *output);
/// Each channel's sums of `gradient` and of `gradient (input - mean)`.
void gl_normalization_sums(
  const gl_normalization *n, const float *input, const float *mean, const float *gradient, double *totals,
  double *products, float *scratch);
/// `gradient = gradient factor + shift + slope (input - mean)`; shifts of all channels, then slopes of all.
void gl_normalization_gradient(
  const gl_normalization *n, const float *input, const float *mean, const float *factor, const float *shift_and_slope,
  float *gradient);

/// `to[column][row] = from[row][column]` for each of `count` matrices one after the other.
void gl_transpose(const float *from, ptrdiff_t count, ptrdiff_t rows, ptrdiff_t columns, float *to);

/// Images `[height][width][channels]` as blocks of 2 x 2 pixels, `[(height + 1) / 2][(width + 1) / 2][4 channels]`: the upper
/// row's two pixels, then the lower row's; zeros beyond the image. And back.
void gl_split_blocks(const float *from, int batch, int height, int width, int channels, float *to, int threads);
void gl_join_blocks(const float *from, int batch, int height, int width, int channels, float *to, int threads);

/// Sum of the values in double, and of their magnitudes.
double gl_sum(const float *values, ptrdiff_t count);
double gl_sum_of_magnitudes(const float *values, ptrdiff_t count);
/// Sum of the products of two rows in double.
double gl_sum_of_products(const float *a, const float *b, ptrdiff_t count);
double gl_sum_of_double_products(const double *a, const double *b, ptrdiff_t count);
/// `map[i] = sum over rows of weights[row] * values[row][i]` in double, rows in order, without those of weight zero.
void gl_weighted_rows(const float *values, const double *weights, ptrdiff_t rows, ptrdiff_t columns, float *map);
/// `sums[i] += weights[row] * values[row][i]` for rows in order, where `gates[row][i]` is positive; whether any of these values
/// is not zero. From row to row it is `row_step` floats.
int gl_add_gated(
  const float *values, const float *gates, const double *weights, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t count,
  double *sums);
/// Sum of the structural similarities of all `window` x `window` cells of two maps, row by row, with the constants c1 and c2.
double gl_sum_of_similarities(
  const float *a, const float *b, int rows, int columns, int window, double c1, double c2);

/// `y[i] = exp(x[i] - largest x) / sum of those`; zeros where all x are minus infinity. `y` may be `x`.
void gl_softmax_row(const float *x, float *y, ptrdiff_t count);
/// `gradient[i] = y[i] * (gradient[i] - sum of y * gradient)`, y being the row's softmax.
void gl_softmax_row_gradient(const float *y, float *gradient, ptrdiff_t count);

/// `y[i]` is the function of `x[i]`, as `Elementary.h` has it; `y` may be `x`.
void gl_sigmoids(const float *x, float *y, ptrdiff_t count);
void gl_tanhs(const float *x, float *y, ptrdiff_t count);
void gl_gelus(const float *x, float *y, ptrdiff_t count);
void gl_tanh_gelus(const float *x, float *y, ptrdiff_t count);
void gl_silus(const float *x, float *y, ptrdiff_t count);
/// `gradient[i] *= ` the function's slope at `x[i]`.
void gl_gelu_slopes(const float *x, float *gradient, ptrdiff_t count);
void gl_tanh_gelu_slopes(const float *x, float *gradient, ptrdiff_t count);
void gl_silu_slopes(const float *x, float *gradient, ptrdiff_t count);
