// Tall and long filters over an input of few channels, and of each column of their result only the largest value: the steps of
// a kernel's rows are too few for pieces, so that each column of the input is copied with the kernel's width beside each of its
// rows. The whole kernel is then one row of steps wherever it stands in that column, and the result never lies in memory.
//
// The input's gradient goes the same way back: the lanes are the steps, a pixel's channels are multiplied with the weights of
// all steps, and the products are added to a copied column, where they lie together. Then the columns are added up.
#include "pieces.h"

/// Pixels of the result that meet a group's weights before the next group's are read.
enum { column_pixels = 128 };

typedef struct {
  const gl_convolution *c;
  const float *input, *packed, *bias, *signs;
  float *output;
  char *scratch;
  int chunks;
} column_pass;

static int chunk_columns(const gl_convolution *c) { return maximum(1, column_pixels / c->output_height); }
/// Rows of a column with the zeros around it, and the elements beside each of them.
static int column_rows(const gl_convolution *c) { return (c->output_height - 1) * c->stride_y + c->kernel_height; }
static int row_elements(const gl_convolution *c) { return c->kernel_width * c->input_channels; }
static size_t column_floats(const gl_convolution *c) { return (size_t)column_rows(c) * row_elements(c); }
static size_t lane_bytes(const gl_convolution *c) { return aligned((size_t)up_to_multiple(c->output_channels, 16) * 4); }
static size_t bytes_of_thread(const gl_convolution *c) {
  size_t columns = chunk_columns(c), pixels = columns * c->output_height;
  return aligned(columns * column_floats(c) * sizeof(float)) + aligned(pixels * sizeof(float *))
    + aligned(pixels * 16 * widest_group * sizeof(float));
}

size_t gl_column_maxima_scratch_bytes(const gl_convolution *c) {
  return 2 * lane_bytes(c) + bytes_of_thread(c) * c->threads;
}

/// What the kernel reads for column `x` of the result: for each row of the input the elements beside each other.
AVX512 static void copy_column(const gl_convolution *c, const float *image, int x, float *to) {
  int elements = row_elements(c), first = (x * c->stride_x - c->pad_x) * c->input_channels;
  int row_floats = c->input_width * c->input_channels;
  for (int k = 0; k < elements; k += 16) {
    int before = minimum(16, maximum(0, -first - k)), within = maximum(0, minimum(16, row_floats - first - k));
    __mmask16 written = lanes_of(0, elements - k);
    __mmask16 read = (__mmask16)(written & lanes_of(0, within) & ~lanes_of(0, before));
    for (int row = 0; row < column_rows(c); row++) {
      int line = row - c->pad_y, exists = line >= 0 && line < c->input_height;
      const float *from = image + (ptrdiff_t)(exists ? line : 0) * row_floats + first + k;
      _mm512_mask_storeu_ps(
        to + (size_t)row * elements + k, written, _mm512_maskz_loadu_ps(exists ? read : 0, from));
    }
  }
}

/// The largest of the sums of one column; with the sign bit of `signs` the least, which is the largest of the negated.
AVX512 static void write_maxima(
  const float *sums, int rows, int vectors, const float *signs, int lanes, float *output
) {
  for (int v = 0; v < vectors; v++) {
    __m512 sign = _mm512_and_ps(_mm512_loadu_ps(signs + 16 * v), _mm512_set1_ps(-0.0f));
    __m512 most = _mm512_set1_ps(-__builtin_inff());
    __mmask16 undefined = 0;
    for (int row = 0; row < rows; row++) {
      __m512 value = _mm512_xor_ps(sign, _mm512_loadu_ps(sums + ((size_t)row * vectors + v) * 16));
      undefined |= _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
      most = _mm512_max_ps(most, value);
    }
    most = _mm512_mask_mov_ps(_mm512_xor_ps(sign, most), undefined, _mm512_set1_ps(__builtin_nanf("")));
    _mm512_mask_storeu_ps(output + 16 * v, lanes_of(v, lanes), most);
  }
}

/// Some columns of one image.
static void column_unit(void *context, int unit, int thread) {
  const column_pass *p = context;
  const gl_convolution *c = p->c;
  int image = unit / p->chunks, chunk = unit % p->chunks;
  int first = (int)((size_t)c->output_width * chunk / p->chunks);
  int columns = (int)((size_t)c->output_width * (chunk + 1) / p->chunks) - first, rows = c->output_height;
  int steps = c->kernel_height * row_elements(c);
  float *copy = (float *)(p->scratch + bytes_of_thread(c) * thread);
  const float **x = (const float **)((char *)copy + aligned(chunk_columns(c) * column_floats(c) * sizeof(float)));
  float *sums = (float *)((char *)x + aligned((size_t)chunk_columns(c) * rows * sizeof(float *)));
  const float *from = p->input + (size_t)image * c->input_height * c->input_width * c->input_channels;
  float *to = p->output + ((size_t)image * c->output_width + first) * c->output_channels;
  for (int column = 0; column < columns; column++) {
    float *at = copy + column * column_floats(c);
    copy_column(c, from, first + column, at);
    for (int row = 0; row < rows; row++) x[column * rows + row] = at + (ptrdiff_t)row * c->stride_y * row_elements(c);
  }
  const float *packed = p->packed;
  for (int group = 0, lane = 0; group < group_count(c->output_channels); group++) {
    int vectors = group_vectors(c->output_channels, group);
    gl_multiply_pieces(x, columns * rows, 0, steps, vectors, packed, p->bias + lane, sums);
    for (int column = 0; column < columns; column++)
      write_maxima(sums + (size_t)column * rows * vectors * 16, rows, vectors, p->signs + lane,
        c->output_channels - lane, to + (size_t)column * c->output_channels + lane);
    packed += (size_t)steps * 16 * vectors;
    lane += 16 * vectors;
  }
}

void gl_column_maxima(
  const gl_convolution *c, const float *input, const void *packed, const float *bias, const float *signs, float *output,
  void *scratch
) {
  size_t bytes = (size_t)c->output_channels * sizeof(float);
  memset(scratch, 0, 2 * lane_bytes(c));
  float *lanes = memcpy(scratch, bias, bytes), *signs_of_lanes = memcpy((char *)scratch + lane_bytes(c), signs, bytes);
  column_pass p = {
    .c = c, .input = input, .packed = packed, .bias = lanes, .signs = signs_of_lanes, .output = output,
    .scratch = (char *)scratch + 2 * lane_bytes(c),
    .chunks = (c->output_width + chunk_columns(c) - 1) / chunk_columns(c)};
  gl_for_each(c->batch * p.chunks, c->threads, column_unit, &p);
}

/// Columns whose gradients are made together, so that a group's weights are used again.
enum { gradient_pixels = 192 };

typedef struct {
  const gl_convolution *c;
  const float *output_gradient, *weights;
  /// Of each column of each image, laid out as `copy_column` does.
  float *columns;
  float *input_gradient;
  char *scratch;
  size_t thread_bytes;
  int chunks;
  /// Of the images whose columns are in memory, the first.
  int image;
} gradient_pass;

static int kernel_steps(const gl_convolution *c) { return c->kernel_height * row_elements(c); }
static int gradient_columns(const gl_convolution *c) {
  return minimum(c->output_width, maximum(1, gradient_pixels / c->output_height));
}
static size_t packed_step_bytes(const gl_convolution *c) {
  return aligned((size_t)up_to_multiple(kernel_steps(c), 16) * c->output_channels * sizeof(float));
}
static size_t gradient_bytes_of_thread(const gl_convolution *c) {
  size_t pixels = (size_t)gradient_columns(c) * c->output_height;
  return aligned(pixels * sizeof(float *)) + aligned(pixels * 16 * widest_group * sizeof(float));
}

/// Images at a time: enough for all threads.
static int gradient_images(const gl_convolution *c) { return minimum(c->batch, c->threads); }
static size_t column_bytes(const gl_convolution *c) {
  return aligned((size_t)gradient_images(c) * c->output_width * column_floats(c) * sizeof(float));
}

size_t gl_column_gradient_scratch_bytes(const gl_convolution *c) {
  return packed_step_bytes(c) + column_bytes(c) + gradient_bytes_of_thread(c) * c->threads;
}

/// Weights `[O, 1, KH, KW]` by groups of steps, each with its rows of output channels.
AVX512 static void pack_steps(const gl_convolution *c, const float *weights, float *packed) {
  int steps = kernel_steps(c);
  for (int group = 0, first = 0; group < group_count(steps); group++) {
    int vectors = group_vectors(steps, group);
    for (int o = 0; o < c->output_channels; o++) {
      for (int v = 0; v < vectors; v++, packed += 16)
        _mm512_storeu_ps(packed, _mm512_maskz_loadu_ps(
          lanes_of(v, steps - first), weights + (size_t)o * steps + first + 16 * v));
    }
    first += 16 * vectors;
  }
}

AVX512 static void add_lanes(const float *products, int vectors, int lanes, float *to) {
  for (int v = 0; v < vectors; v++) {
    __mmask16 mask = lanes_of(v, lanes);
    __m512 sum = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, to + 16 * v), _mm512_loadu_ps(products + 16 * v));
    _mm512_mask_storeu_ps(to + 16 * v, mask, sum);
  }
}

/// Some columns of one image.
static void gradient_unit(void *context, int unit, int thread) {
  const gradient_pass *p = context;
  const gl_convolution *c = p->c;
  int image = unit / p->chunks, chunk = unit % p->chunks, rows = c->output_height, steps = kernel_steps(c);
  int first = (int)((size_t)c->output_width * chunk / p->chunks);
  int columns = (int)((size_t)c->output_width * (chunk + 1) / p->chunks) - first;
  const float **x = (const float **)(p->scratch + p->thread_bytes * thread);
  float *products = (float *)((char *)x + aligned((size_t)gradient_columns(c) * rows * sizeof(float *)));
  float *to = p->columns + ((size_t)image * c->output_width + first) * column_floats(c);
  memset(to, 0, columns * column_floats(c) * sizeof(float));
  for (int column = 0; column < columns; column++) {
    for (int row = 0; row < rows; row++)
      x[column * rows + row] = p->output_gradient
        + (((size_t)(p->image + image) * rows + row) * c->output_width + first + column) * c->output_channels;
  }
  static const float none[16 * widest_group];
  const float *packed = p->weights;
  for (int group = 0, lane = 0; group < group_count(steps); group++) {
    int vectors = group_vectors(steps, group);
    gl_multiply_pieces(x, columns * rows, 0, c->output_channels, vectors, packed, none, products);
    for (int pixel = 0; pixel < columns * rows; pixel++)
      add_lanes(products + (size_t)pixel * 16 * vectors, vectors, steps - lane,
        to + pixel / rows * column_floats(c) + (ptrdiff_t)(pixel % rows) * c->stride_y * row_elements(c) + lane);
    packed += (size_t)c->output_channels * 16 * vectors;
    lane += 16 * vectors;
  }
}

/// One row of the input's gradient: what the columns have of it.
static void gradient_row(void *context, int unit, int thread) {
  (void)thread;
  const gradient_pass *p = context;
  const gl_convolution *c = p->c;
  int image = unit / c->input_height, row = unit % c->input_height + c->pad_y, width = c->kernel_width;
  float *to = p->input_gradient + ((size_t)p->image * c->input_height + unit) * c->input_width;
  memset(to, 0, c->input_width * sizeof(float));
  if (row >= column_rows(c)) return;
  for (int column = 0; column < c->output_width; column++) {
    const float *from = p->columns
      + ((size_t)image * c->output_width + column) * column_floats(c) + (size_t)row * width;
    int left = column * c->stride_x - c->pad_x;
    for (int k = maximum(0, -left); k < minimum(width, c->input_width - left); k++) to[left + k] += from[k];
  }
}

void gl_column_gradient(
  const gl_convolution *c, const float *output_gradient, const float *weights, float *input_gradient, void *scratch
) {
  float *packed = scratch, *columns = (float *)((char *)scratch + packed_step_bytes(c));
  gradient_pass p = {
    .c = c, .output_gradient = output_gradient, .weights = packed, .columns = columns,
    .input_gradient = input_gradient, .scratch = (char *)columns + column_bytes(c),
    .thread_bytes = gradient_bytes_of_thread(c),
    .chunks = (c->output_width + gradient_columns(c) - 1) / gradient_columns(c)};
  pack_steps(c, weights, packed);
  for (int images; p.image < c->batch; p.image += images) {
    images = minimum(gradient_images(c), c->batch - p.image);
    gl_for_each(images * p.chunks, c->threads, gradient_unit, &p);
    gl_for_each(images * c->input_height, c->threads, gradient_row, &p);
  }
}
