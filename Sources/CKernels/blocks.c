// Blocks of 2 x 2 pixels as one pixel with four times the channels, and back (OnePass.h).
#include <string.h>
#include "internal.h"

typedef struct {
  const float *from;
  float *to;
  int height, width, channels, joins;
} block_work;

/// One row of blocks: two rows of an image.
static void block_row(void *context, int unit, int thread) {
  (void)thread;
  const block_work *w = context;
  int rows = (w->height + 1) / 2, columns = (w->width + 1) / 2;
  size_t pair = (size_t)2 * w->channels, row_floats = (size_t)w->width * w->channels;
  size_t image = (size_t)(unit / rows) * w->height * row_floats, blocks = (size_t)unit * columns * 2 * pair;
  for (int half = 0; half < 2; half++) {
    int y = 2 * (unit % rows) + half, exists = y < w->height;
    size_t line = image + (size_t)(exists ? y : 0) * row_floats;
    for (int x = 0; x < columns; x++) {
      size_t at = blocks + (2 * (size_t)x + half) * pair, count = 2 * x + 1 < w->width ? pair : pair / 2;
      if (w->channels == 1 && exists && count == 2) {
        // Too short for a copy by call.
        const float *from = w->from + (w->joins ? at : line + 2 * x);
        float *to = w->to + (w->joins ? line + 2 * x : at), first = from[0], second = from[1];
        to[0] = first;
        to[1] = second;
        continue;
      }
      if (w->joins) {
        if (exists) memcpy(w->to + line + x * pair, w->from + at, count * sizeof(float));
        continue;
      }
      if (exists) memcpy(w->to + at, w->from + line + x * pair, count * sizeof(float));
      size_t filled = exists ? count : 0;
      memset(w->to + at + filled, 0, (pair - filled) * sizeof(float));
    }
  }
}

void gl_split_blocks(const float *from, int batch, int height, int width, int channels, float *to, int threads) {
  block_work work = {.from = from, .to = to, .height = height, .width = width, .channels = channels};
  gl_for_each(batch * ((height + 1) / 2), threads, block_row, &work);
}

void gl_join_blocks(const float *from, int batch, int height, int width, int channels, float *to, int threads) {
  block_work work = {.from = from, .to = to, .height = height, .width = width, .channels = channels, .joins = 1};
  gl_for_each(batch * ((height + 1) / 2), threads, block_row, &work);
}
