// Weights in the order in which the tiles read them.
#include <string.h>
#include "winograd.h"

size_t gl_packed_bytes(const gl_convolution *c) {
  if (gl_uses_winograd(c)) {
    gl_winograd w = gl_winograd_of(c->input_channels, c->output_channels, c->bfloat16);
    return gl_winograd_packed_bytes(&w);
  }
  size_t each = (size_t)c->kernel_height * steps(c, c->kernel_width * c->input_channels);
  return aligned(each * up_to_multiple(c->output_channels, 16) * 4);
}

void gl_pack(const gl_convolution *c, const float *weights, void *packed) {
  if (gl_uses_winograd(c)) {
    gl_winograd w = gl_winograd_of(c->input_channels, c->output_channels, c->bfloat16);
    gl_winograd_pack(&w, weights, 0, packed, c->threads);
    return;
  }
  int plane = c->kernel_height * c->kernel_width, inputs = c->input_channels;
  int row_steps = steps(c, c->kernel_width * inputs);
  memset(packed, 0, gl_packed_bytes(c));
  char *at = packed;
  for (int group = 0, first = 0; group < group_count(c->output_channels); group++) {
    int width = 16 * group_vectors(c->output_channels, group);
    int lanes = minimum(width, c->output_channels - first);
    for (int row = 0; row < c->kernel_height; row++, at += (size_t)row_steps * width * 4) {
      for (int lane = 0; lane < lanes; lane++) {
        const float *from = weights + (size_t)(first + lane) * inputs * plane + row * c->kernel_width;
        for (int column = 0; column < c->kernel_width; column++) {
          for (int i = 0; i < inputs; i++)
            put_packed(at, column * inputs + i, width, lane, from[(size_t)i * plane + column], c->bfloat16);
        }
      }
    }
    first += width;
  }
}

size_t gl_packed_gradient_bytes(const gl_convolution *c) {
  taps across = taps_of_all(c->pad_x, c->stride_x, c->kernel_width);
  size_t rows = 0;
  for (int phase = 0; phase < c->stride_y; phase++)
    rows += (size_t)taps_of(phase, c->pad_y, c->stride_y, c->kernel_height).count;
  size_t each = rows * steps(c, across.count * c->output_channels);
  return aligned(each * up_to_multiple(c->stride_x * c->input_channels, 16) * 4);
}

/// The lanes of the input's gradient are the channels of `stride_x` neighbouring pixels, which lie side by side.
void gl_pack_gradient(const gl_convolution *c, const float *weights, void *packed) {
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
