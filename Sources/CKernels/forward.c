// Convolution row by row: the tiles fill a row of sums in cache, from which ReLU and pooling write the result.
#include <string.h>
#include "forward.h"
#include "panels.h"
#include "winograd.h"
#include "winograd_wide.h"

/// Of Winograd's way, that are computed together.
enum { most_lines = 64 };

typedef struct {
  const gl_convolution *c;
  const char *input;
  gl_gate gate;
  const void *packed;
  const float *bias;
  char *output;
  uint16_t *mask;
  gl_line line;
  const char *zeros;
  char *scratch;
  size_t thread_bytes;
  int bands, parts;
} pass;

static int lane_pitch(const gl_convolution *c) { return up_to_multiple(c->output_channels, 16); }
static int is_pooled(const gl_convolution *c) { return c->pool_y * c->pool_x > 1; }
/// Pixels of the result that are finished together, while their sums are in cache: whole tiles of any size.
static int block_pixels(const gl_convolution *c) { return c->pool_x > 1 && 48 % c->pool_x == 0 ? 48 / c->pool_x : 48; }
/// Sums of one row of a block.
static size_t row_floats(const gl_convolution *c) {
  return (size_t)(block_pixels(c) * c->pool_x + 2 * widest_tile) * lane_pitch(c);
}
/// Where the block from `x` on ends: a few pixels left over are taken with it, as each block reads all weights.
static int block_end(const gl_convolution *c, int x, int width) {
  int end = minimum(x + block_pixels(c), width);
  return c->pool_x == 1 && c->input_channels > 1 && width - end <= widest_tile ? width : end;
}
static size_t window_elements(const gl_convolution *c) {
  int pixels = c->input_channels == 1 ? block_pixels(c) * c->pool_x + widest_tile : widest_tile;
  return (size_t)((pixels - 1) * c->stride_x + c->kernel_width) * c->input_channels;
}
static gl_winograd winograd_of(const gl_convolution *c) {
  return gl_winograd_of(c->input_channels, c->output_channels, c->bfloat16);
}
static size_t bytes_of_thread(const gl_convolution *c) {
  if (gl_uses_winograd(c)) {
    gl_winograd w = winograd_of(c);
    return gl_winograd_scratch_bytes(&w);
  }
  return aligned(row_floats(c) * c->pool_y * sizeof(float))
    + aligned((window_elements(c) * c->kernel_height + gather_slack) * sizeof(float));
}

int gl_takes_gate(const gl_convolution *c) { return gl_uses_wide_tiles(c) || gl_uses_winograd(c) || gl_uses_panels(c); }

static int takes_panels(const gl_convolution *c) { return !gl_uses_winograd(c) && gl_uses_panels(c); }

/// Zeros in place of rows above and below the image, which only Winograd's way reads.
static size_t zero_bytes(const gl_convolution *c) {
  return gl_uses_winograd(c) ? aligned((size_t)c->input_width * c->input_channels * element_bytes(c)) : 0;
}

size_t gl_convolve_scratch_bytes(const gl_convolution *c, int is_gated) {
  if (gl_uses_wide_tiles(c)) return aligned((size_t)lane_pitch(c) * sizeof(float)) + gl_wide_scratch_bytes(c);
  if (takes_panels(c)) return aligned((size_t)lane_pitch(c) * sizeof(float)) + gl_panels_scratch_bytes(c, is_gated);
  return zero_bytes(c) + aligned((size_t)lane_pitch(c) * sizeof(float)) + bytes_of_thread(c) * c->threads;
}

size_t gl_forward_scratch_bytes(const gl_convolution *c) { return gl_convolve_scratch_bytes(c, 0); }

/// Copies the columns `left ..< left + columns` of some rows, zeros where there are none.
static void gather(
  const gl_convolution *c, const char *rows, int count, int left, int columns, char *to, size_t to_pitch
) {
  size_t pixel = (size_t)c->input_channels * element_bytes(c);
  int from = maximum(left, 0), end = minimum(left + columns, c->input_width);
  for (int row = 0; row < count; row++, rows += pixel * c->input_width, to += to_pitch) {
    memset(to, 0, to_pitch);
    if (end > from) memcpy(to + (from - left) * pixel, rows + from * pixel, (end - from) * pixel);
  }
}

/// Where the columns of `pixels` pixels from `x` on begin: in the image, or in `window`, filled up with zeros.
static const char *columns_at(
  const gl_convolution *c, const char *rows, int count, int x, int pixels, char *window, ptrdiff_t *pitch
) {
  int left = x * c->stride_x - c->pad_x, columns = (pixels - 1) * c->stride_x + c->kernel_width;
  // With an odd number of bfloat16 the last pair reaches one element further.
  int reach = c->bfloat16 && c->kernel_width * c->input_channels % 2;
  if (left >= 0 && left + columns + reach <= c->input_width) {
    *pitch = (ptrdiff_t)c->input_width * c->input_channels;
    return rows + (ptrdiff_t)left * c->input_channels * element_bytes(c);
  }
  *pitch = (ptrdiff_t)columns * c->input_channels;
  gather(c, rows, count, left, columns, window, (size_t)*pitch * element_bytes(c));
  memset(window + (size_t)maximum(count, 0) * *pitch * element_bytes(c), 0, element_bytes(c));
  return window;
}

/// The pixels `left ..< end` of one row of the convolution, `lane_pitch` floats a pixel.
static void convolve_row(const pass *p, const char *image, int y, int left, int end, float *sums, char *window) {
  const gl_convolution *c = p->c;
  int top = y * c->stride_y - c->pad_y, first = maximum(0, -top);
  int rows = minimum(c->kernel_height, c->input_height - top) - first;
  int row_steps = steps(c, c->kernel_width * c->input_channels);
  const char *packed = p->packed;
  const char *image_rows = image + (ptrdiff_t)(top + first) * c->input_width * c->input_channels * element_bytes(c);
  ptrdiff_t pitch;
  for (int group = 0, lane = 0; group < group_count(c->output_channels); group++) {
    int vectors = group_vectors(c->output_channels, group), width = 16 * vectors, pixels = tile_pixels(vectors);
    const char *weights = packed + (size_t)first * row_steps * width * 4;
    if (p->line.run) {
      int tiles = (end - left + p->line.pixels - 1) / p->line.pixels;
      const char *from = columns_at(c, image_rows, rows, left, tiles * p->line.pixels, window, &pitch);
      p->line.run(from, pitch, rows, weights, p->bias, sums, tiles);
      return;
    }
    gl_tile tile = c->bfloat16 ? gl_bfloat16_tile(vectors) : gl_float_tile(vectors);
    for (int x = left; x < end; x += pixels) {
      const char *from = columns_at(c, image_rows, rows, x, pixels, window, &pitch);
      tile(from, pitch, (ptrdiff_t)c->stride_x * c->input_channels, rows, row_steps, weights, p->bias + lane,
        sums + (size_t)(x - left) * lane_pitch(c) + lane, lane_pitch(c));
    }
    packed += (size_t)c->kernel_height * row_steps * width * 4;
    lane += width;
  }
}

INLINE AVX512 void write_pixels(
  const gl_convolution *c, const float *sums, int count, char *output, const int is_short
) {
  int channels = c->output_channels, vectors = (channels + 15) / 16;
  __m512 least = c->relu ? _mm512_setzero_ps() : _mm512_set1_ps(-__builtin_inff());
  for (int x = 0; x < count; x++) {
    for (int v = 0; v < vectors; v++) {
      // The order of operands lets NaN through.
      __m512 value = _mm512_max_ps(least, _mm512_loadu_ps(sums + ((size_t)x * vectors + v) * 16));
      store_elements(output, (ptrdiff_t)x * channels + 16 * v, lanes_of(v, channels), value, is_short);
    }
  }
}

/// ReLU and mean of `count` windows; `mask` is that of the first of them.
INLINE AVX512 void pool_pixels(
  const gl_convolution *c, const float *sums, int count, char *output, uint16_t *mask, const int is_short,
  const int pool_y, const int pool_x
) {
  int channels = c->output_channels, vectors = (channels + 15) / 16;
  size_t mask_row = (size_t)used_width(c) * vectors, sums_row = row_floats(c);
  __m512 scale = _mm512_set1_ps(1.0f / (float)(pool_y * pool_x)), zero = _mm512_setzero_ps();
  for (int x = 0; x < count; x++) {
    for (int v = 0; v < vectors; v++) {
      __m512 total = zero;
      for (int dy = 0; dy < pool_y; dy++) {
        for (int dx = 0; dx < pool_x; dx++) {
          size_t at = ((size_t)x * pool_x + dx) * vectors + v;
          __m512 value = _mm512_loadu_ps(sums + dy * sums_row + at * 16);
          if (mask) mask[dy * mask_row + at] = _mm512_cmp_ps_mask(value, zero, _CMP_GT_OQ);
          total = _mm512_add_ps(total, _mm512_max_ps(zero, value));
        }
      }
      store_elements(
        output, (ptrdiff_t)x * channels + 16 * v, lanes_of(v, channels), _mm512_mul_ps(total, scale), is_short);
    }
  }
}

/// Writes `count` pixels of the result at `output` from the sums.
AVX512 static void finish(const pass *p, const float *sums, int count, char *output, uint16_t *mask) {
  const gl_convolution *c = p->c;
  const int two = c->pool_y == 2 && c->pool_x == 2;
  if (two && c->bfloat16) pool_pixels(c, sums, count, output, mask, 1, 2, 2);
  else if (two) pool_pixels(c, sums, count, output, mask, 0, 2, 2);
  else if (is_pooled(c) && c->bfloat16) pool_pixels(c, sums, count, output, mask, 1, c->pool_y, c->pool_x);
  else if (is_pooled(c)) pool_pixels(c, sums, count, output, mask, 0, c->pool_y, c->pool_x);
  else if (c->bfloat16) write_pixels(c, sums, count, output, 1);
  else write_pixels(c, sums, count, output, 0);
}

/// What the lines of Winograd's way share.
static gl_winograd_pass winograd_pass(const pass *p) {
  const gl_convolution *c = p->c;
  return (gl_winograd_pass){
    .w = winograd_of(c), .left = -c->pad_x, .input_width = c->input_width, .width = used_width(c), .relu = c->relu,
    .pooled = c->pool_y == 2, .rule = p->gate.rule, .mask_row = (size_t)used_width(c) * ((c->output_channels + 15) / 16), .packed = p->packed,
    .bias = p->bias, .next = 2 * (size_t)c->input_width * c->input_channels * element_bytes(c)};
}
static int winograd_lines(const gl_convolution *c) { return (used_height(c) + 1) / 2; }

/// Two rows of results; rows of input that do not exist are read from a row of zeros.
static gl_winograd_line winograd_line(const pass *p, int index) {
  const gl_convolution *c = p->c;
  int image = index / winograd_lines(c), row = index % winograd_lines(c), pooled = c->pool_y == 2;
  size_t in_row = (size_t)c->input_width * c->input_channels * element_bytes(c);
  size_t out_row = (size_t)c->output_width * c->output_channels * element_bytes(c);
  gl_winograd_line line = {0};
  for (int i = 0; i < 4; i++) {
    int y = 2 * row - c->pad_y + i, exists = y >= 0 && y < c->input_height;
    size_t at = ((size_t)image * c->input_height + y) * in_row;
    line.in[i] = exists ? p->input + at : p->zeros;
    if (p->gate.output) line.gate[i] = exists ? (const char *)p->gate.output + at : p->zeros;
  }
  line.out[0] = p->output + ((size_t)image * c->output_height + (pooled ? 1 : 2) * row) * out_row;
  if (!pooled && 2 * row + 1 < c->output_height) line.out[1] = line.out[0] + out_row;
  size_t mask_row = (size_t)used_width(c) * ((c->output_channels + 15) / 16);
  if (p->mask) line.mask = p->mask + ((size_t)image * used_height(c) + 2 * row) * mask_row;
  return line;
}

/// Some lines, and a part of the groups of output channels.
static void winograd_unit(void *context, int unit, int thread) {
  const pass *p = context;
  const gl_convolution *c = p->c;
  gl_winograd_pass shared = winograd_pass(p);
  int band = unit / p->parts, part = unit % p->parts, total = c->batch * winograd_lines(c);
  int groups = group_count(c->output_channels), most = minimum(most_lines, gl_winograd_lines(&shared));
  int end = (int)((size_t)total * (band + 1) / p->bands);
  for (int first = (int)((size_t)total * band / p->bands), next; first < end; first = next) {
    gl_winograd_line lines[most_lines];
    next = minimum(end, first + most);
    for (int i = first; i < next; i++) lines[i - first] = winograd_line(p, i);
    int last = (next - 1) % winograd_lines(c);
    gl_winograd_block(&shared, lines, next - first, groups * part / p->parts, groups * (part + 1) / p->parts,
      2 * last - c->pad_y + 5 < c->input_height, p->scratch + p->thread_bytes * thread);
  }
}

/// Bands of lines, each a few blocks; few of them are cut by output channels too.
static int start_winograd(pass *p) {
  const gl_convolution *c = p->c;
  gl_winograd_pass shared = winograd_pass(p);
  int total = c->batch * winograd_lines(c), most = minimum(most_lines, gl_winograd_lines(&shared));
  int blocks = (total + most - 1) / most, wanted = 4 * c->threads;
  p->bands = minimum(blocks, maximum(c->batch, wanted));
  p->parts = c->threads == 1 ? 1 : minimum(group_count(c->output_channels), (wanted + p->bands - 1) / p->bands);
  return p->bands * p->parts;
}

static void direct_unit(void *context, int unit, int thread) {
  const pass *p = context;
  const gl_convolution *c = p->c;
  int image = unit / p->bands, band = unit % p->bands;
  float *sums = (float *)(p->scratch + p->thread_bytes * thread);
  char *window = (char *)sums + aligned(row_floats(c) * c->pool_y * sizeof(float));
  size_t pixels_in = (size_t)c->input_height * c->input_width, pixels_out = (size_t)c->output_height * c->output_width;
  size_t pixel = (size_t)c->output_channels * element_bytes(c), vectors = (c->output_channels + 15) / 16;
  const char *input = p->input + image * pixels_in * c->input_channels * element_bytes(c);
  char *output = p->output + image * pixels_out * pixel;
  // Bands are rows; of a single row pixels.
  int lone = c->output_height == 1, first = lone ? 0 : c->output_height * band / p->bands;
  int left = lone ? c->output_width * band / p->bands : 0;
  int right = lone ? c->output_width * (band + 1) / p->bands : c->output_width;
  for (int y = first; y < (lone ? 1 : c->output_height * (band + 1) / p->bands); y++) {
    for (int x = left, end; x < right; x = end) {
      end = block_end(c, x, right);
      gl_want(output + ((size_t)y * c->output_width + x) * pixel, (end - x) * pixel);
      for (int dy = 0; dy < c->pool_y; dy++)
        convolve_row(p, input, y * c->pool_y + dy, x * c->pool_x, end * c->pool_x, sums + dy * row_floats(c), window);
      size_t row = (size_t)image * used_height(c) + (size_t)y * c->pool_y;
      uint16_t *mask = p->mask ? p->mask + (row * used_width(c) + (size_t)x * c->pool_x) * vectors : 0;
      finish(p, sums, end - x, output + ((size_t)y * c->output_width + x) * pixel, mask);
    }
  }
}

size_t gl_mask_bytes(const gl_convolution *c) {
  if (!is_pooled(c)) return 0;
  size_t pixels = (size_t)c->batch * used_height(c) * used_width(c);
  return pixels * ((c->output_channels + 15) / 16) * sizeof(uint16_t);
}

void gl_forward(
  const gl_convolution *c, const void *input, const void *packed, const float *bias, void *output, uint16_t *mask,
  void *scratch
) {
  gl_convolve(c, input, (gl_gate){0}, packed, bias, output, mask, scratch);
}

void gl_convolve(
  const gl_convolution *c, const void *input, gl_gate gate, const void *packed, const float *bias, void *output,
  uint16_t *mask, void *scratch
) {
  float *lanes = scratch;
  memset(lanes, 0, (size_t)lane_pitch(c) * sizeof(float));
  if (bias) memcpy(lanes, bias, (size_t)c->output_channels * sizeof(float));
  pass p = {
    .c = c, .input = input, .gate = gate, .packed = packed, .bias = lanes, .output = output, .mask = mask,
    .line = gl_line_for(c),
    .thread_bytes = bytes_of_thread(c)};
  char *rest = (char *)scratch + aligned((size_t)lane_pitch(c) * sizeof(float));
  if (gl_uses_wide_tiles(c)) {
    gl_wide_forward(c, input, gate, packed, lanes, output, rest);
    return;
  }
  if (takes_panels(c)) {
    gl_panels_forward(c, input, gate, packed, lanes, output, rest);
    return;
  }
  memset(rest, 0, zero_bytes(c));
  p.zeros = rest;
  p.scratch = rest + zero_bytes(c);
  if (gl_uses_winograd(c)) {
    gl_for_each(start_winograd(&p), c->threads, winograd_unit, &p);
    return;
  }
  // Enough units for all threads to end together.
  p.bands = maximum(1, minimum(c->output_height, 4 * c->threads / c->batch));
  if (c->output_height == 1 && c->pool_x == 1)
    p.bands = maximum(1, minimum((c->output_width + 23) / 24, c->threads / c->batch));
  gl_for_each(c->batch * p.bands, c->threads, direct_unit, &p);
}
