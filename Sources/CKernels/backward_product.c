// The weights' gradient as a product of matrices: dW = dY^T X, where a row of X is the window that a pixel of the result
// sees. Some images at a time, whose sums continue those of the images before.
#include <string.h>
#include "backward_product.h"
#include "include/OnePass.h"

enum { window_budget = 8 << 20, small_map = 1024, many_sums = 1 << 20 };

static int sees_no_neighbours(const gl_convolution *c) {
  return c->kernel_height == 1 && c->kernel_width == 1 && c->stride_y == 1 && c->stride_x == 1;
}
static size_t window_elements(const gl_convolution *c) {
  return (size_t)c->kernel_height * c->kernel_width * c->input_channels;
}
static size_t image_pixels(const gl_convolution *c) { return (size_t)c->output_height * c->output_width; }

int gl_uses_product(const gl_convolution *c) {
  if (c->bfloat16 || c->pool_y * c->pool_x > 1) return 0;
  if (sees_no_neighbours(c)) return 1;
  // Sums that the cache does not hold are better taken from all pixels at once.
  return image_pixels(c) <= small_map && c->output_channels * window_elements(c) * sizeof(float) > many_sums;
}

/// Images whose windows are copied at once.
static int chunk_images(const gl_convolution *c) {
  size_t bytes = image_pixels(c) * window_elements(c) * sizeof(float);
  return maximum(1, minimum(c->batch, (int)(window_budget / bytes)));
}
static size_t window_bytes(const gl_convolution *c) {
  return sees_no_neighbours(c) ? 0 : aligned(chunk_images(c) * image_pixels(c) * window_elements(c) * sizeof(float));
}
static size_t gradient_bytes(const gl_convolution *c) {
  return c->relu ? aligned(chunk_images(c) * image_pixels(c) * c->output_channels * sizeof(float)) : 0;
}
static size_t sum_bytes(const gl_convolution *c) {
  return aligned(c->output_channels * window_elements(c) * sizeof(float));
}
size_t gl_product_scratch_bytes(const gl_convolution *c) { return window_bytes(c) + gradient_bytes(c) + sum_bytes(c); }

typedef struct {
  const gl_convolution *c;
  const float *input, *output_gradient;
  gl_gate gate;
  float *windows, *gradient;
} copies;

/// The windows of one row of pixels, and its gradient after the ReLU.
static void copy_unit(void *context, int unit, int thread) {
  const copies *p = context;
  const gl_convolution *c = p->c;
  int image = unit / c->output_height, y = unit % c->output_height, channels = c->input_channels;
  size_t elements = window_elements(c), row = (size_t)c->kernel_width * channels;
  for (int x = 0; p->windows && x < c->output_width; x++) {
    float *to = p->windows + ((size_t)unit * c->output_width + x) * elements;
    int left = x * c->stride_x - c->pad_x, from = maximum(0, -left), end = minimum(c->kernel_width, c->input_width - left);
    for (int line = 0; line < c->kernel_height; line++, to += row) {
      int at = y * c->stride_y - c->pad_y + line;
      if (at < 0 || at >= c->input_height || end <= from) {
        memset(to, 0, row * sizeof(float));
        continue;
      }
      const float *source = p->input + (((size_t)image * c->input_height + at) * c->input_width + left + from) * channels;
      memset(to, 0, (size_t)from * channels * sizeof(float));
      memcpy(to + (size_t)from * channels, source, (size_t)(end - from) * channels * sizeof(float));
      memset(to + (size_t)end * channels, 0, (row - (size_t)end * channels) * sizeof(float));
    }
  }
  size_t values = (size_t)c->output_width * c->output_channels, start = unit * values;
  if (p->gradient)
    copy_through_gate(p->output_gradient + start, p->gate.output + start, p->gate.rule, values, p->gradient + start);
}

typedef struct {
  const gl_convolution *c;
  const float *from;
  size_t pixels;
  float *to;
} finish_work;

/// Adds 16 channels of the gradient to the bias's.
AVX512 static void bias_unit(void *context, int unit, int thread) {
  const finish_work *work = context;
  int channels = work->c->output_channels;
  __mmask16 lanes = lanes_of(unit, channels);
  __m512 total = _mm512_maskz_loadu_ps(lanes, work->to + 16 * unit);
  for (size_t pixel = 0; pixel < work->pixels; pixel++)
    total = _mm512_add_ps(total, _mm512_maskz_loadu_ps(lanes, work->from + pixel * channels + 16 * unit));
  _mm512_mask_storeu_ps(work->to + 16 * unit, lanes, total);
}

/// One output channel's sums `[KH, KW, I]`, written as `[I, KH, KW]`.
static void order_unit(void *context, int unit, int thread) {
  const finish_work *work = context;
  const gl_convolution *c = work->c;
  int plane = c->kernel_height * c->kernel_width, channels = c->input_channels;
  const float *from = work->from + (size_t)unit * plane * channels;
  float *to = work->to + (size_t)unit * plane * channels;
  for (int i = 0; i < channels; i++) {
    for (int tap = 0; tap < plane; tap++) to[i * plane + tap] = from[(size_t)tap * channels + i];
  }
}

void gl_weights_product(
  const gl_convolution *c, const float *input, const float *output_gradient, gl_gate gate, float *weights_gradient,
  float *bias_gradient, void *scratch
) {
  char *at = scratch;
  float *windows = window_bytes(c) ? (float *)at : 0, *gradient = gate.output ? (float *)(at + window_bytes(c)) : 0;
  int plain = c->kernel_height * c->kernel_width == 1;
  float *sums = plain ? weights_gradient : (float *)(at + window_bytes(c) + gradient_bytes(c));
  int each = windows || gradient ? chunk_images(c) : c->batch;
  memset(bias_gradient, 0, (size_t)c->output_channels * sizeof(float));
  for (int first = 0; first < c->batch; first += each) {
    int images = minimum(each, c->batch - first);
    size_t pixels = images * image_pixels(c), before = first * image_pixels(c) * c->output_channels;
    copies p = {
      .c = c, .input = input + (size_t)first * c->input_height * c->input_width * c->input_channels,
      .output_gradient = output_gradient + before, .gate = gate, .windows = windows, .gradient = gradient};
    if (gradient) p.gate.output += before;
    if (windows || gradient) gl_for_each(images * c->output_height, c->threads, copy_unit, &p);
    const float *dy = gradient ? gradient : p.output_gradient, *x = windows ? windows : p.input;
    ptrdiff_t elements = (ptrdiff_t)window_elements(c);
    gl_product product = {
      .a = dy, .b = x, .a_row = 1, .a_step = c->output_channels, .b_row = elements, .b_step = 1, .c = sums,
      .rows = c->output_channels, .columns = elements, .inner = (ptrdiff_t)pixels, .alpha = 1, .beta = first > 0};
    gl_matrix_product(&product, gl_product_level(), c->threads);
    finish_work bias = {.c = c, .from = dy, .pixels = pixels, .to = bias_gradient};
    gl_for_each((c->output_channels + 15) / 16, c->threads, bias_unit, &bias);
  }
  if (plain) return;
  finish_work order = {.c = c, .from = sums, .to = weights_gradient};
  gl_for_each(c->output_channels, c->threads, order_unit, &order);
}
