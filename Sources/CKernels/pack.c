// Weights in the order in which the tiles read them.
#include <string.h>
#include "forward.h"
#include "winograd.h"
#include "winograd_wide.h"

// Up to 64 channels keep the order of sums, and so the bits, of published maps.
int gl_turns(const gl_convolution *c) {
  gl_convolution turned = gl_turned(c);
  int strided = c->stride_y * c->stride_x > 1, single = c->kernel_height * c->kernel_width == 1;
  return !c->bfloat16 && (!strided || single) && c->pool_y * c->pool_x == 1
    && c->pad_y < c->kernel_height && c->pad_x < c->kernel_width && (c->input_channels > 64 || gl_uses_wide_tiles(c))
    && gl_takes_gate(&turned);
}

gl_convolution gl_turned(const gl_convolution *c) {
  gl_convolution t = *c;
  t.input_channels = c->output_channels;
  t.input_height = c->output_height;
  t.input_width = c->output_width;
  t.output_channels = c->input_channels;
  // Of a strided kernel of a single position: the pixels that it reads.
  t.output_height = c->stride_y > 1 || c->stride_x > 1 ? c->output_height : c->input_height;
  t.output_width = c->stride_y > 1 || c->stride_x > 1 ? c->output_width : c->input_width;
  t.stride_y = t.stride_x = 1;
  t.pad_y = c->kernel_height - 1 - c->pad_y;
  t.pad_x = c->kernel_width - 1 - c->pad_x;
  t.relu = 0;
  t.pixels_in = c->pixels_out;
  t.pixels_out = c->pixels_in;
  return t;
}

size_t gl_packed_bytes(const gl_convolution *c) {
  if (gl_uses_wide_tiles(c)) return gl_wide_packed_bytes(c);
  if (gl_uses_winograd(c)) {
    gl_winograd w = gl_winograd_of(c->input_channels, c->output_channels, c->bfloat16);
    return gl_winograd_packed_bytes(&w);
  }
  size_t each = (size_t)c->kernel_height * steps(c, c->kernel_width * c->input_channels);
  return aligned(each * up_to_multiple(c->output_channels, 16) * 4);
}

typedef struct {
  const gl_convolution *c;
  const float *weights;
  char *packed;
  /// From one weight to that of the next output channel, input channel, row and column.
  ptrdiff_t output_step, input_step, row_step, column_step;
} pack_work;

/// One row of the kernel, of one group of output channels.
AVX512 static void pack_unit(void *context, int unit, int thread) {
  const pack_work *work = context;
  const gl_convolution *c = work->c;
  int group = unit / c->kernel_height, row = unit % c->kernel_height, first = 0;
  for (int earlier = 0; earlier < group; earlier++) first += 16 * group_vectors(c->output_channels, earlier);
  int inputs = c->input_channels, width = 16 * group_vectors(c->output_channels, group);
  int row_steps = steps(c, c->kernel_width * inputs), lanes = minimum(width, c->output_channels - first);
  char *at = work->packed + ((size_t)c->kernel_height * first + (size_t)row * width) * row_steps * 4;
  const float *from = work->weights + first * work->output_step + row * work->row_step;
  __m512i steps_of_lanes = _mm512_mullo_epi32(
    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32((int)work->output_step));
  for (int column = 0; column < c->kernel_width; column++) {
    for (int i = 0; i < inputs; i++) {
      const float *weight = from + column * work->column_step + i * work->input_step;
      int element = column * inputs + i;
      for (int lane = 0; lane < width; lane += 16) {
        const float *at_lane = weight + lane * work->output_step;
        if (c->bfloat16) {
          for (int l = lane; l < minimum(lanes, lane + 16); l++)
            put_packed(at, element, width, l, weight[l * work->output_step], 1);
        } else {
          _mm512_storeu_ps((float *)at + (size_t)element * width + lane, _mm512_mask_i32gather_ps(
            _mm512_setzero_ps(), lanes_of(lane / 16, lanes), steps_of_lanes, at_lane, 4));
        }
      }
    }
  }
}

void gl_pack_weights(const gl_convolution *c, const float *weights, int turned, void *packed) {
  int plane = c->kernel_height * c->kernel_width;
  if (gl_uses_wide_tiles(c)) {
    gl_wide_pack(c, weights, turned, packed);
    return;
  }
  if (gl_uses_winograd(c)) {
    gl_winograd w = gl_winograd_of(c->input_channels, c->output_channels, c->bfloat16);
    gl_winograd_pack(&w, weights, turned, packed, c->threads);
    return;
  }
  pack_work work = {
    .c = c, .weights = weights, .packed = packed, .output_step = (ptrdiff_t)c->input_channels * plane,
    .input_step = plane, .row_step = c->kernel_width, .column_step = 1};
  if (turned) {
    work.weights += plane - 1;
    work.output_step = plane;
    work.input_step = (ptrdiff_t)c->output_channels * plane;
    work.row_step = -c->kernel_width;
    work.column_step = -1;
  }
  if (c->bfloat16) memset(packed, 0, gl_packed_bytes(c));
  gl_for_each(group_count(c->output_channels) * c->kernel_height, c->threads, pack_unit, &work);
}

void gl_pack(const gl_convolution *c, const float *weights, void *packed) { gl_pack_weights(c, weights, 0, packed); }

size_t gl_packed_gradient_bytes(const gl_convolution *c) {
  if (gl_turns(c)) {
    gl_convolution turned = gl_turned(c);
    return gl_packed_bytes(&turned);
  }
  taps across = taps_of_all(c->pad_x, c->stride_x, c->kernel_width);
  size_t rows = 0;
  for (int phase = 0; phase < c->stride_y; phase++)
    rows += (size_t)taps_of(phase, c->pad_y, c->stride_y, c->kernel_height).count;
  size_t each = rows * steps(c, across.count * c->output_channels);
  return aligned(each * up_to_multiple(c->stride_x * c->input_channels, 16) * 4);
}

/// The lanes of the input's gradient are the channels of `stride_x` neighbouring pixels, which lie side by side.
void gl_pack_gradient(const gl_convolution *c, const float *weights, void *packed) {
  if (gl_turns(c)) {
    gl_convolution turned = gl_turned(c);
    gl_pack_weights(&turned, weights, 1, packed);
    return;
  }
  int inputs = c->input_channels, outputs = c->output_channels;
  taps across = taps_of_all(c->pad_x, c->stride_x, c->kernel_width);
  int lanes = c->stride_x * inputs, row_steps = steps(c, across.count * outputs);
  memset(packed, 0, gl_packed_gradient_bytes(c));
  char *at = packed;
  for (int phase = 0; phase < c->stride_y; phase++) {
    taps down = taps_of(phase, c->pad_y, c->stride_y, c->kernel_height);
    for (int group = 0, first = 0; group < group_count(lanes); group++) {
      int width = 16 * group_vectors(lanes, group);
      for (int tap = 0; tap < down.count; tap++, at += (size_t)row_steps * width * 4) {
        int row = tap_index(tap, down.low, phase, c->pad_y, c->stride_y, c->kernel_height);
        for (int column_tap = 0; column_tap < across.count; column_tap++) {
          for (int lane = 0; lane < minimum(width, lanes - first); lane++) {
            int input = (first + lane) % inputs, column = tap_index(
              column_tap, across.low, (first + lane) / inputs, c->pad_x, c->stride_x, c->kernel_width);
            if (column < 0) continue;
            const float *from = weights + ((size_t)input * c->kernel_height + row) * c->kernel_width + column;
            size_t next = (size_t)inputs * c->kernel_height * c->kernel_width;
            for (int o = 0; o < outputs; o++)
              put_packed(at, column_tap * outputs + o, width, lane, from[(size_t)o * next], c->bfloat16);
          }
        }
      }
      first += width;
    }
  }
}
