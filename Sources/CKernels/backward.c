// Both gradients of a convolution, a band of rows at a time, so that the working copies stay in cache.
#include <string.h>
#include "backward.h"
#include "backward_product.h"
#include "forward.h"

enum { image_groups = 8, cache_budget = 400 << 10 };

static int output_lanes(const gl_convolution *c) { return up_to_multiple(c->output_channels, 16); }
static int input_lanes(const gl_convolution *c) { return up_to_multiple(c->stride_x * c->input_channels, 16); }

static int bands_of(const gl_convolution *c, int band) {
  int rows = maximum(used_height(c), (c->input_height + c->stride_y - 1) / c->stride_y);
  return (rows + band - 1) / band;
}

/// Row elements of the weights' sums: what the largest choice of tile among the groups of vectors needs.
static int sum_rows_of(const gl_convolution *c) {
  int elements = c->kernel_width * c->input_channels, rows = elements;
  for (int group = 0; group < group_count(c->output_channels); group++) {
    int lines, count, vectors = group_vectors(c->output_channels, group);
    gl_float_outer(vectors, c->kernel_height, elements, &lines, &count);
    rows = maximum(rows, up_to_multiple(elements, count));
  }
  return rows;
}

layout gl_backward_layout(const gl_convolution *c, int wants_weights) {
  layout l = {0};
  l.down = taps_of_all(c->pad_y, c->stride_y, c->kernel_height);
  l.across = taps_of_all(c->pad_x, c->stride_x, c->kernel_width);
  int row_pixels = (c->input_width + c->stride_x - 1) / c->stride_x + widest_tile;
  l.dy_columns = maximum(used_width(c) + 1, row_pixels + l.across.low + l.across.count - 1) - l.across.low;
  l.x_columns = (up_to_multiple(used_width(c), 2) - 1) * c->stride_x + c->kernel_width;
  size_t bytes = (size_t)element_bytes(c);
  size_t dy_row = (size_t)l.dy_columns * c->output_channels * bytes;
  size_t x_row = (size_t)l.x_columns * c->input_channels * bytes;
  l.band = 2;
  while (l.band < used_height(c)
    && dy_row * (l.band + l.down.count) + x_row * (l.band * c->stride_y + c->kernel_height) < cache_budget) l.band++;
  l.bands = bands_of(c, l.band);
  l.dy_rows = l.band + l.down.count - 1;
  l.x_rows = (l.band - 1) * c->stride_y + c->kernel_height;
  l.sum_rows = sum_rows_of(c);

  size_t slack = gather_slack + (size_t)c->stride_x * c->input_channels;
  l.dy_pairs = aligned(dy_row * l.dy_rows + gather_slack * bytes);
  size_t pair_bytes = c->bfloat16 ? 4 : 0;
  l.x = l.dy_pairs + aligned((size_t)l.band * (used_width(c) + 1) / 2 * output_lanes(c) * pair_bytes + 64);
  // Of bfloat16 a row at a time is copied, on the way to pairs.
  l.x_pairs = l.x + (wants_weights ? aligned(x_row * (c->bfloat16 ? 1 : l.x_rows) + slack * bytes) : 0);
  size_t x_elements = (size_t)l.x_rows * l.x_columns * c->input_channels + gather_slack;
  l.row = l.x_pairs + (wants_weights ? aligned(x_elements * pair_bytes) : 0);
  l.bytes = l.row + aligned((size_t)row_pixels * input_lanes(c) * sizeof(float));
  if (wants_weights) {
    l.groups = minimum(c->batch, image_groups);
    l.sum_bytes = aligned(((size_t)c->kernel_height * l.sum_rows + 1) * output_lanes(c) * sizeof(float));
  }
  return l;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/// Of a strided kernel of a single position: the gradient of the pixels that it reads, before the others get zeros.
static size_t compact_bytes(const gl_convolution *c) {
  if (c->stride_y * c->stride_x == 1) return 0;
  return aligned((size_t)c->batch * c->output_height * c->output_width * c->input_channels * sizeof(float));
}

size_t gl_backward_scratch_bytes(const gl_convolution *c, int wants_weights) {
  size_t bytes = 0;
  if (gl_turns(c)) {
    gl_convolution turned = gl_turned(c);
    bytes = gl_convolve_scratch_bytes(&turned, c->relu) + compact_bytes(c);
  }
  if (wants_weights && gl_uses_product(c)) bytes = larger(bytes, gl_product_scratch_bytes(c));
  if (gl_turns(c) && (!wants_weights || gl_uses_product(c))) return bytes;
  layout l = gl_backward_layout(c, wants_weights);
  return larger(bytes, l.bytes * c->threads + l.sum_bytes * l.groups);
}

typedef struct {
  const gl_convolution *c;
  const float *from;
  float *to;
} spread_work;

/// One row of the input's gradient of a strided kernel of a single position.
static void spread_unit(void *context, int unit, int thread) {
  const spread_work *work = context;
  const gl_convolution *c = work->c;
  int image = unit / c->input_height, y = unit % c->input_height;
  size_t pixel = (size_t)c->input_channels;
  float *to = work->to + (size_t)unit * c->input_width * pixel;
  memset(to, 0, c->input_width * pixel * sizeof(float));
  if (y % c->stride_y || y / c->stride_y >= c->output_height) return;
  const float *from = work->from + ((size_t)image * c->output_height + y / c->stride_y) * c->output_width * pixel;
  for (int x = 0; x < c->output_width; x++)
    memcpy(to + (size_t)x * c->stride_x * pixel, from + x * pixel, pixel * sizeof(float));
}

/// The input's gradient by way of the forward pass.
static void turned_gradient(
  const gl_convolution *c, const void *output_gradient, gl_gate gate, const void *packed, void *input_gradient,
  char *scratch
) {
  gl_convolution turned = gl_turned(c);
  size_t compact = compact_bytes(c);
  gl_convolve(
    &turned, output_gradient, gate, packed, 0, compact ? scratch : input_gradient, 0, scratch + compact);
  if (!compact) return;
  spread_work work = {.c = c, .from = (const float *)scratch, .to = input_gradient};
  gl_for_each(c->batch * c->input_height, c->threads, spread_unit, &work);
}

/// Rows of the input's gradient that the band at `first` is enough for.
static void input_gradient_rows(const backward_pass *p, int image, int first, char *mine) {
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  int pixels_across = (c->input_width + c->stride_x - 1) / c->stride_x;
  int row_steps = steps(c, at->across.count * c->output_channels), pitch = input_lanes(c);
  ptrdiff_t dy_pitch = (ptrdiff_t)at->dy_columns * c->output_channels;
  float *row = (float *)(mine + at->row);
  for (int q = first; q < first + at->band; q++) {
    const char *packed = p->packed;
    for (int phase = 0; phase < c->stride_y; phase++) {
      taps down = taps_of(phase, c->pad_y, c->stride_y, c->kernel_height);
      int y = q * c->stride_y + phase, elements = c->input_width * c->input_channels;
      char *to = p->input_gradient + ((size_t)image * c->input_height + y) * elements * element_bytes(c);
      if (y < c->input_height) gl_want(to, (size_t)elements * element_bytes(c));
      const char *dy = mine + at->dy
        + (q + (down.count ? down.low : 0) - first - at->down.low) * dy_pitch * element_bytes(c);
      for (int group = 0, lane = 0; group < group_count(pitch); group++) {
        int vectors = group_vectors(pitch, group), pixels = tile_pixels(vectors);
        gl_tile tile = c->bfloat16 ? gl_bfloat16_tile(vectors) : gl_float_tile(vectors);
        for (int x = 0; y < c->input_height && x < pixels_across; x += pixels)
          tile(dy + (size_t)x * c->output_channels * element_bytes(c), dy_pitch, c->output_channels, down.count,
            row_steps, packed, 0, row + (size_t)x * pitch + lane, pitch);
        packed += (size_t)down.count * row_steps * 16 * vectors * 4;
        lane += 16 * vectors;
      }
      if (y >= c->input_height) continue;
      gl_write_row(row, pitch, c->stride_x * c->input_channels, elements, to, c->bfloat16);
    }
  }
}

/// Adds the band at `first` to one of some parts of the weights' sums.
static void add_weights_gradient(const backward_pass *p, int first, char *mine, float *sums, int part, int parts) {
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  int lanes = output_lanes(c), elements = c->kernel_width * c->input_channels;
  ptrdiff_t x_pitch = (ptrdiff_t)at->x_columns * c->input_channels;
  outer_extents e = {
    .rows = minimum(at->band, used_height(c) - first), .pixels = used_width(c),
    .x_row_pitch = x_pitch * c->stride_y, .x_line_pitch = x_pitch,
    .x_step = (ptrdiff_t)c->stride_x * c->input_channels,
    .dy_row_pitch = (ptrdiff_t)at->dy_columns * c->output_channels, .dy_step = c->output_channels,
    .sum_line_pitch = (ptrdiff_t)at->sum_rows * lanes, .sum_pitch = lanes};
  const float *x = (const float *)(mine + at->x), *dy = (const float *)(mine + at->dy)
    - at->down.low * e.dy_row_pitch - (ptrdiff_t)at->across.low * c->output_channels;
  if (c->bfloat16) {
    e.pixels = (e.pixels + 1) / 2;
    e.x_step *= 2;
    e.dy_step = lanes;
    e.dy_row_pitch = (ptrdiff_t)e.pixels * lanes;
    x = (const float *)(mine + at->x_pairs);
    dy = (const float *)(mine + at->dy_pairs);
  }
  for (int group = 0, lane = 0; group < group_count(c->output_channels); group++) {
    int lines, count, vectors = group_vectors(c->output_channels, group);
    gl_outer outer =
      (c->bfloat16 ? gl_bfloat16_outer : gl_float_outer)(vectors, c->kernel_height, elements, &lines, &count);
    int across = (elements + count - 1) / count;
    for (int line = 0; line < c->kernel_height; line += lines) {
      for (int tile = across * part / parts; tile < across * (part + 1) / parts; tile++) {
        ptrdiff_t element = (ptrdiff_t)tile * count;
        outer(&e, x + line * x_pitch + element, dy + lane, sums + line * e.sum_line_pitch + element * lanes + lane);
      }
    }
    lane += 16 * vectors;
  }
}

/// With weights' gradient: a part of the work of a group of images.
static void group_unit(void *context, int unit, int thread) {
  const backward_pass *p = context;
  const gl_convolution *c = p->c;
  const layout *at = &p->at;
  char *mine = p->scratch + at->bytes * thread;
  int group = unit / p->parts, part = unit % p->parts;
  float *sums = (float *)(p->sums + at->sum_bytes * group);
  float *bias_sums = part ? 0 : sums + (ptrdiff_t)c->kernel_height * at->sum_rows * output_lanes(c);
  if (p->parts == 1) memset(sums, 0, at->sum_bytes);
  int first_band = at->bands * part / p->parts, end_band = at->bands * (part + 1) / p->parts;
  for (int image = c->batch * group / at->groups; image < c->batch * (group + 1) / at->groups; image++) {
    for (int band = 0; band < at->bands; band++) {
      gl_take_output_gradient(p, image, band * at->band, mine, bias_sums);
      gl_take_input(p, image, band * at->band, mine);
      add_weights_gradient(p, band * at->band, mine, sums, part, p->parts);
      if (p->input_gradient && band >= first_band && band < end_band)
        input_gradient_rows(p, image, band * at->band, mine);
    }
  }
}

/// Without: a part of one image.
static void image_unit(void *context, int unit, int thread) {
  const backward_pass *p = context;
  const layout *at = &p->at;
  char *mine = p->scratch + at->bytes * thread;
  int image = unit / p->bands, part = unit % p->bands;
  for (int band = at->bands * part / p->bands; band < at->bands * (part + 1) / p->bands; band++) {
    gl_take_output_gradient(p, image, band * at->band, mine, 0);
    if (p->input_gradient) input_gradient_rows(p, image, band * at->band, mine);
  }
}

typedef struct {
  const backward_pass *pass;
  float *weights, *bias;
} finish_work;

/// The sums of all groups, in order, of 16 output channels, written as the weights lie.
static void finish_unit(void *context, int unit, int thread) {
  const finish_work *work = context;
  const backward_pass *p = work->pass;
  const gl_convolution *c = p->c;
  int lanes = output_lanes(c), inputs = c->input_channels, plane = c->kernel_height * c->kernel_width;
  int first = unit * 16, channels = minimum(16, c->output_channels - first);
  size_t count = p->at.sum_bytes / sizeof(float), each = (size_t)inputs * plane;
  const float *sums = (const float *)p->sums + first;
  // The element after the last is the bias.
  for (size_t element = 0; element <= each; element++) {
    int i = (int)(element / plane), row = (int)(element % plane) / c->kernel_width, column = (int)element % c->kernel_width;
    size_t line = element == each
      ? (size_t)c->kernel_height * p->at.sum_rows : (size_t)row * p->at.sum_rows + (size_t)column * inputs + i;
    const float *from = sums + line * lanes;
    float total[16];
    memcpy(total, from, sizeof total);
    for (int group = 1; group < p->at.groups; group++) {
      for (int k = 0; k < 16; k++) total[k] += from[count * group + k];
    }
    float *to = element == each ? work->bias + first : work->weights + first * each + element;
    for (int k = 0; k < channels; k++) to[element == each ? (size_t)k : k * each] = total[k];
  }
}

void gl_backward(
  const gl_convolution *c, const void *input, const void *output, const uint16_t *mask, const void *output_gradient,
  const void *packed_gradient, gl_rule rule, void *input_gradient, float *weights_gradient, float *bias_gradient,
  void *scratch
) {
  gl_gate gate = {.output = c->relu ? output : 0, .rule = rule};
  if (input_gradient && gl_turns(c)) {
    turned_gradient(c, output_gradient, gate, packed_gradient, input_gradient, scratch);
    input_gradient = 0;
  }
  if (weights_gradient && gl_uses_product(c)) {
    gl_weights_product(c, input, output_gradient, gate, weights_gradient, bias_gradient, scratch);
    weights_gradient = 0;
  }
  if (!weights_gradient && !input_gradient) return;
  backward_pass p = {
    .c = c, .at = gl_backward_layout(c, weights_gradient != 0), .input = input, .output = output,
    .output_gradient = output_gradient, .mask = mask, .packed = packed_gradient, .rule = rule,
    .input_gradient = input_gradient, .sums = scratch};
  p.scratch = p.sums + p.at.sum_bytes * p.at.groups;
  p.bands = maximum(1, minimum(p.at.bands, 4 * c->threads / c->batch));
  if (!p.at.groups) {
    gl_for_each(c->batch * p.bands, c->threads, image_unit, &p);
    return;
  }
  // Few images are cut into parts, which changes no sum.
  p.parts = c->bfloat16 ? 1 : maximum(1, c->threads / p.at.groups);
  if (p.parts > 1) memset(p.sums, 0, p.at.sum_bytes * p.at.groups);
  gl_for_each(p.at.groups * p.parts, c->threads, group_unit, &p);
  finish_work work = {.pass = &p, .weights = weights_gradient, .bias = bias_gradient};
  gl_for_each((c->output_channels + 15) / 16, c->threads, finish_unit, &work);
}
