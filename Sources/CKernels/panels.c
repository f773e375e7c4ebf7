// Convolution of maps with many channels, whose weights are more than what they are multiplied with: some rows of
// pixels, of one or several images, meet a group of output channels before the next group's weights are read.
#include <string.h>
#include "panels.h"
#include "pieces.h"

enum { chunk_pixels = 96 };

typedef struct {
  const gl_convolution *c;
  const float *input, *packed, *bias;
  gl_gate gate;
  float *output;
  char *scratch;
  size_t thread_bytes;
  int chunks, parts;
} panel_pass;

/// Output rows, of all images together, that are computed together.
static int chunk_rows(const gl_convolution *c) {
  return minimum(maximum(1, chunk_pixels / c->output_width), c->batch * c->output_height);
}
static int is_padded(const gl_convolution *c) {
  return c->pad_x > 0 || c->pad_y > 0 || (c->output_width - 1) * c->stride_x + c->kernel_width > c->input_width
    || (c->output_height - 1) * c->stride_y + c->kernel_height > c->input_height;
}
/// Columns of a zero-extended row of input.
static int row_columns(const gl_convolution *c) { return (c->output_width - 1) * c->stride_x + c->kernel_width; }
static size_t copy_floats(const gl_convolution *c, int is_gated) {
  return is_padded(c) || is_gated ? (size_t)chunk_rows(c) * c->kernel_height * row_columns(c) * c->input_channels : 0;
}

int gl_uses_panels(const gl_convolution *c) {
  return !c->bfloat16 && c->pool_y * c->pool_x == 1 && c->kernel_width * c->input_channels >= 64;
}

static size_t bytes_of_thread(const gl_convolution *c, int is_gated) {
  size_t pixels = (size_t)chunk_rows(c) * c->output_width;
  return aligned(copy_floats(c, is_gated) * sizeof(float)) + aligned(pixels * sizeof(float *))
    + aligned(pixels * 16 * widest_group * sizeof(float));
}
size_t gl_panels_scratch_bytes(const gl_convolution *c, int is_gated) {
  return bytes_of_thread(c, is_gated) * c->threads;
}

/// The rows of input that output row `y` of an image reads, with zeros around; the image begins at `image` elements.
static void copy_rows(const panel_pass *p, size_t image, int y, float *to) {
  const gl_convolution *c = p->c;
  size_t channels = (size_t)c->input_channels, columns = (size_t)row_columns(c), before = (size_t)c->pad_x * channels;
  size_t inner = (minimum((int)columns, c->pad_x + c->input_width) - c->pad_x) * channels;
  for (int row = 0; row < c->kernel_height; row++, to += columns * channels) {
    int line = y * c->stride_y - c->pad_y + row;
    if (line < 0 || line >= c->input_height) {
      memset(to, 0, columns * channels * sizeof(float));
      continue;
    }
    size_t from = image + (size_t)line * c->input_width * channels;
    memset(to, 0, before * sizeof(float));
    if (p->gate.output) copy_through_gate(p->input + from, p->gate.output + from, p->gate.rule, inner, to + before);
    else memcpy(to + before, p->input + from, inner * sizeof(float));
    memset(to + before + inner, 0, (columns * channels - before - inner) * sizeof(float));
  }
}

AVX512 static void write_lanes(
  const gl_convolution *c, const float *sums, int pixels, int vectors, int lane, float *output
) {
  __m512 least = c->relu ? _mm512_setzero_ps() : _mm512_set1_ps(-__builtin_inff());
  for (int pixel = 0; pixel < pixels; pixel++) {
    float *to = output + (size_t)pixel * c->output_channels + lane;
    for (int v = 0; v < vectors; v++) {
      // The order of operands lets NaN through.
      __m512 value = _mm512_max_ps(least, _mm512_loadu_ps(sums + ((size_t)pixel * vectors + v) * 16));
      _mm512_mask_storeu_ps(to + 16 * v, lanes_of(v, c->output_channels - lane), value);
    }
  }
}

/// One chunk of pixels and a part of the groups of output channels.
static void panel_unit(void *context, int unit, int thread) {
  const panel_pass *p = context;
  const gl_convolution *c = p->c;
  int chunk = unit / p->parts, part = unit % p->parts, rows = c->batch * c->output_height;
  int first = (int)((size_t)rows * chunk / p->chunks), end = (int)((size_t)rows * (chunk + 1) / p->chunks);
  int pixels = (end - first) * c->output_width, channels = c->input_channels, gated = p->gate.output != 0;
  int copied = gated || is_padded(c);
  float *copy = (float *)(p->scratch + p->thread_bytes * thread);
  const float **x = (const float **)((char *)copy + aligned(copy_floats(c, gated) * sizeof(float)));
  float *sums = (float *)((char *)x + aligned((size_t)chunk_rows(c) * c->output_width * sizeof(float *)));
  ptrdiff_t line = (ptrdiff_t)(copied ? row_columns(c) : c->input_width) * channels;
  for (int row = first; row < end; row++) {
    size_t image = (size_t)(row / c->output_height) * c->input_height * c->input_width * channels;
    int y = row % c->output_height;
    const float *from = p->input + image + (ptrdiff_t)y * c->stride_y * line;
    if (copied) {
      float *to = copy + (size_t)(row - first) * c->kernel_height * line;
      copy_rows(p, image, y, to);
      from = to;
    }
    for (int column = 0; column < c->output_width; column++)
      x[(row - first) * c->output_width + column] = from + (ptrdiff_t)column * c->stride_x * channels;
  }
  int groups = group_count(c->output_channels), row_steps = c->kernel_width * channels;
  const float *packed = p->packed;
  for (int group = 0, lane = 0; group < groups * (part + 1) / p->parts; group++) {
    int vectors = group_vectors(c->output_channels, group);
    size_t row_floats = (size_t)row_steps * 16 * vectors;
    for (int row = 0; row < c->kernel_height && group >= groups * part / p->parts; row++)
      gl_multiply_pieces(x, pixels, row * line, row_steps, vectors, packed + row * row_floats,
        row ? 0 : p->bias + lane, sums);
    if (group >= groups * part / p->parts)
      write_lanes(c, sums, pixels, vectors, lane, p->output + (size_t)first * c->output_width * c->output_channels);
    packed += row_floats * c->kernel_height;
    lane += 16 * vectors;
  }
}

void gl_panels_forward(
  const gl_convolution *c, const float *input, gl_gate gate, const float *packed, const float *bias, float *output,
  void *scratch
) {
  panel_pass p = {
    .c = c, .input = input, .gate = gate, .packed = packed, .bias = bias, .output = output, .scratch = scratch,
    .thread_bytes = bytes_of_thread(c, gate.output != 0)};
  int rows = c->batch * c->output_height, each = chunk_rows(c);
  p.chunks = (rows + each - 1) / each;
  // Few chunks are cut by output channels too, so that the threads end together.
  p.parts = c->threads == 1 ? 1 : minimum(group_count(c->output_channels), (4 * c->threads + p.chunks - 1) / p.chunks);
  gl_for_each(p.chunks * p.parts, c->threads, panel_unit, &p);
}
