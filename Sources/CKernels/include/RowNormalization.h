// Normalisation of rows, each by its own mean and deviation (layer normalisation). Plain row-major floats; runs on any
// processor, to the same bits, with any number of threads.
#pragma once
#include <stddef.h>

typedef struct {
  ptrdiff_t rows, columns;
  double epsilon;
  int threads;
} gl_row_normalization;

/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias` for each row.
void gl_normalize_rows(
  const gl_row_normalization *n, const float *x, const float *weight, const float *bias, float *y);

/// Bytes that `gl_normalize_rows_gradient` needs as scratch.
size_t gl_row_normalization_scratch_bytes(const gl_row_normalization *n);
/// With h = (x - mean) scale and g = weight dy: `dx = scale (g - mean(g) - h mean(g h))`, without the last term where
/// `holds_deviation`; `weight_gradient` is the sum of dy h over the rows, `bias_gradient` that of dy.
void gl_normalize_rows_gradient(
  const gl_row_normalization *n, const float *x, const float *weight, const float *dy, int holds_deviation, float *dx,
  float *weight_gradient, float *bias_gradient, void *scratch);
