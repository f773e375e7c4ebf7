// Convolution row by row: the tiles fill a row of sums in cache, from which ReLU and pooling write the result.
#include <string.h>
#include "internal.h"

typedef struct {
  const gl_convolution *c;
  const char *input;
  const void *packed;
  const float *bias;
  char *output;
  uint16_t *mask;
  char *scratch;
  size_t thread_bytes;
  int bands;
} pass;

static int lane_pitch(const gl_convolution *c) { return up_to_multiple(c->output_channels, 16); }
static size_t row_floats(const gl_convolution *c) {
  return (size_t)(used_width(c) + widest_tile) * lane_pitch(c);
}
static size_t window_elements(const gl_convolution *c) {
  return (size_t)((widest_tile - 1) * c->stride_x + c->kernel_width) * c->input_channels;
}
static size_t bytes_of_thread(const gl_convolution *c) {
  return aligned(row_floats(c) * c->pool_y * sizeof(float))
    + aligned((window_elements(c) * c->kernel_height + gather_slack) * sizeof(float));
}

size_t gl_forward_scratch_bytes(const gl_convolution *c) {
  return aligned((size_t)lane_pitch(c) * sizeof(float)) + bytes_of_thread(c) * c->threads;
}

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

/// One row of the convolution, `lane_pitch` floats a pixel.
static void convolve_row(const pass *p, const char *image, int y, float *sums, char *window) {
  const gl_convolution *c = p->c;
  int top = y * c->stride_y - c->pad_y, first = maximum(0, -top);
  int rows = minimum(c->kernel_height, c->input_height - top) - first;
  int row_elements = c->kernel_width * c->input_channels, row_steps = steps(c, row_elements);
  // With an odd number of bfloat16 the last pair reaches one element further.
  int reach = c->bfloat16 && row_elements % 2;
  ptrdiff_t input_pitch = (ptrdiff_t)c->input_width * c->input_channels;
  const char *packed = p->packed;
  for (int group = 0, lane = 0; group < group_count(c->output_channels); group++) {
    int vectors = group_vectors(c->output_channels, group), width = 16 * vectors, pixels = tile_pixels(vectors);
    gl_tile tile = c->bfloat16 ? gl_bfloat16_tile(vectors) : gl_float_tile(vectors);
    const char *weights = packed + (size_t)first * row_steps * width * 4;
    for (int x = 0; x < used_width(c); x += pixels) {
      int left = x * c->stride_x - c->pad_x, columns = (pixels - 1) * c->stride_x + c->kernel_width;
      const char *from = image + (top + first) * input_pitch * element_bytes(c);
      ptrdiff_t pitch = input_pitch;
      if (left < 0 || left + columns + reach > c->input_width) {
        pitch = (ptrdiff_t)columns * c->input_channels;
        gather(c, from, rows, left, columns, window, (size_t)pitch * element_bytes(c));
        memset(window + (size_t)maximum(rows, 0) * pitch * element_bytes(c), 0, element_bytes(c));
        from = window;
      } else {
        from += (ptrdiff_t)left * c->input_channels * element_bytes(c);
      }
      tile(from, pitch, (ptrdiff_t)c->stride_x * c->input_channels, rows, row_steps, weights, p->bias + lane,
        sums + (size_t)x * lane_pitch(c) + lane, lane_pitch(c));
    }
    packed += (size_t)c->kernel_height * row_steps * width * 4;
    lane += width;
  }
}

INLINE AVX512 void write_row(const gl_convolution *c, const float *sums, char *output, const int is_short) {
  int channels = c->output_channels, vectors = (channels + 15) / 16;
  __m512 least = c->relu ? _mm512_setzero_ps() : _mm512_set1_ps(-__builtin_inff());
  for (int x = 0; x < c->output_width; x++) {
    for (int v = 0; v < vectors; v++) {
      // The order of operands lets NaN through.
      __m512 value = _mm512_max_ps(least, _mm512_loadu_ps(sums + ((size_t)x * vectors + v) * 16));
      store_elements(output, (ptrdiff_t)x * channels + 16 * v, lanes_of(v, channels), value, is_short);
    }
  }
}

INLINE AVX512 void pool_rows(
  const gl_convolution *c, const float *sums, char *output, uint16_t *mask, const int is_short
) {
  int channels = c->output_channels, vectors = (channels + 15) / 16;
  __m512 scale = _mm512_set1_ps(1.0f / (float)(c->pool_y * c->pool_x)), zero = _mm512_setzero_ps();
  for (int x = 0; x < c->output_width; x++) {
    for (int v = 0; v < vectors; v++) {
      __m512 total = zero;
      for (int dy = 0; dy < c->pool_y; dy++) {
        for (int dx = 0; dx < c->pool_x; dx++) {
          size_t column = (size_t)x * c->pool_x + dx;
          __m512 value = _mm512_loadu_ps(sums + dy * row_floats(c) + (column * vectors + v) * 16);
          if (mask)
            mask[((size_t)dy * used_width(c) + column) * vectors + v] = _mm512_cmp_ps_mask(value, zero, _CMP_GT_OQ);
          total = _mm512_add_ps(total, _mm512_max_ps(zero, value));
        }
      }
      store_elements(
        output, (ptrdiff_t)x * channels + 16 * v, lanes_of(v, channels), _mm512_mul_ps(total, scale), is_short);
    }
  }
}

AVX512 static void finish_rows(const pass *p, const float *sums, char *output, uint16_t *mask) {
  const gl_convolution *c = p->c;
  int pooled = c->pool_y * c->pool_x > 1;
  if (pooled && c->bfloat16) pool_rows(c, sums, output, mask, 1);
  else if (pooled) pool_rows(c, sums, output, mask, 0);
  else if (c->bfloat16) write_row(c, sums, output, 1);
  else write_row(c, sums, output, 0);
}

static void forward_unit(void *context, int unit, int thread) {
  const pass *p = context;
  const gl_convolution *c = p->c;
  int image = unit / p->bands, band = unit % p->bands;
  char *mine = p->scratch + p->thread_bytes * thread;
  float *sums = (float *)mine;
  char *window = mine + aligned(row_floats(c) * c->pool_y * sizeof(float));
  size_t pixels_in = (size_t)c->input_height * c->input_width, pixels_out = (size_t)c->output_height * c->output_width;
  const char *input = p->input + image * pixels_in * c->input_channels * element_bytes(c);
  char *output = p->output + image * pixels_out * c->output_channels * element_bytes(c);
  size_t mask_row = (size_t)used_width(c) * ((c->output_channels + 15) / 16);
  for (int y = c->output_height * band / p->bands; y < c->output_height * (band + 1) / p->bands; y++) {
    for (int dy = 0; dy < c->pool_y; dy++)
      convolve_row(p, input, y * c->pool_y + dy, sums + dy * row_floats(c), window);
    uint16_t *mask = p->mask ? p->mask + ((size_t)image * used_height(c) + (size_t)y * c->pool_y) * mask_row : 0;
    finish_rows(p, sums, output + (size_t)y * c->output_width * c->output_channels * element_bytes(c), mask);
  }
}

size_t gl_mask_bytes(const gl_convolution *c) {
  if (c->pool_y * c->pool_x == 1) return 0;
  size_t pixels = (size_t)c->batch * used_height(c) * used_width(c);
  return pixels * ((c->output_channels + 15) / 16) * sizeof(uint16_t);
}

void gl_forward(
  const gl_convolution *c, const void *input, const void *packed, const float *bias, void *output, uint16_t *mask,
  void *scratch
) {
  float *lanes = scratch;
  memset(lanes, 0, (size_t)lane_pitch(c) * sizeof(float));
  memcpy(lanes, bias, (size_t)c->output_channels * sizeof(float));
  pass p = {
    .c = c, .input = input, .packed = packed, .bias = lanes, .output = output, .mask = mask,
    .scratch = (char *)scratch + aligned((size_t)lane_pitch(c) * sizeof(float)), .thread_bytes = bytes_of_thread(c)};
  // Enough units for all threads to end together.
  p.bands = maximum(1, minimum(c->output_height, 4 * c->threads / c->batch));
  gl_for_each(c->batch * p.bands, c->threads, forward_unit, &p);
}
