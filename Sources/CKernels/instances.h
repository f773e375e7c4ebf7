// Instances of `tile` and `outer`, and the choice among them. Included once for each kind of element, by a file that
// defines both, and TARGET as the attribute of the functions made here.

#define TILE(vectors, pixels)                                                                                          \
  TARGET static void tile_##vectors(                                                                                   \
    const void *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows, int steps, const void *weights,                \
    const float *bias, float *out, ptrdiff_t out_pitch) {                                                              \
    tile(vectors, pixels, x, row_pitch, pixel_step, rows, steps, weights, bias, out, out_pitch);                       \
  }
TILE(1, 16) TILE(2, 12) TILE(3, 8) TILE(4, 6)

static gl_tile choose_tile(int vectors) {
  static const gl_tile tiles[] = {0, tile_1, tile_2, tile_3, tile_4};
  return tiles[vectors];
}

#define OUTER(vectors, lines, count)                                                                                   \
  TARGET static void outer_##vectors##_##lines##_##count(                                                              \
    const outer_extents *e, const void *x, const void *dy, float *sums) {                                              \
    outer(vectors, lines, count, e, x, dy, sums);                                                                      \
  }
OUTER(1, 1, 16) OUTER(1, 1, 12) OUTER(1, 1, 8) OUTER(1, 1, 6) OUTER(1, 3, 3) OUTER(1, 1, 3) OUTER(1, 1, 1)
OUTER(2, 1, 12) OUTER(2, 1, 8) OUTER(2, 1, 6) OUTER(2, 3, 3) OUTER(2, 1, 3) OUTER(2, 1, 1)
OUTER(3, 1, 8) OUTER(3, 1, 6) OUTER(3, 3, 3) OUTER(3, 1, 3) OUTER(3, 1, 1)
OUTER(4, 1, 6) OUTER(4, 1, 4) OUTER(4, 1, 3) OUTER(4, 1, 1)

static gl_outer choose_outer(int vectors, int kernel_height, int elements, int *lines, int *count) {
#define CHOICE(vectors, lines, count) {lines, count, outer_##vectors##_##lines##_##count}
  static const struct { int lines, count; gl_outer run; } choices[][8] = {
    {{0}},
    {CHOICE(1, 1, 16), CHOICE(1, 1, 12), CHOICE(1, 1, 8), CHOICE(1, 1, 6), CHOICE(1, 3, 3), CHOICE(1, 1, 3),
      CHOICE(1, 1, 1)},
    {CHOICE(2, 1, 12), CHOICE(2, 1, 8), CHOICE(2, 1, 6), CHOICE(2, 3, 3), CHOICE(2, 1, 3), CHOICE(2, 1, 1)},
    {CHOICE(3, 1, 8), CHOICE(3, 1, 6), CHOICE(3, 3, 3), CHOICE(3, 1, 3), CHOICE(3, 1, 1)},
    {CHOICE(4, 1, 6), CHOICE(4, 1, 4), CHOICE(4, 1, 3), CHOICE(4, 1, 1)},
  };
  gl_outer best = 0;
  int least = 0;
  for (int i = 0; choices[vectors][i].count; i++) {
    int high = choices[vectors][i].lines, each = choices[vectors][i].count;
    if (kernel_height % high) continue;
    // Multiplications and loads of a pixel; fewer than 8 sums wait for each other.
    int passes = kernel_height / high * ((elements + each - 1) / each);
    int work = passes * (maximum(high * each * vectors, 8) + vectors);
    if (best && work >= least) continue;
    best = choices[vectors][i].run;
    *lines = high;
    *count = each;
    least = work;
  }
  return best;
}
