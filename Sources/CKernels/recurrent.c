// Steps of recurrent layers between their matrix products.
#include "internal.h"
#include "include/Elementary.h"
#include "include/Recurrent.h"

// Without fused multiply-adds, so that all processors give the same bits.
#pragma STDC FP_CONTRACT OFF

/// Makes a plain and an AVX-512 version of the loop over the units of a row, and a function that takes the one it can run.
#define VERSIONS(name, parameters, arguments) \
  static void name##_plain parameters { name##_row arguments; } \
  AVX512 static void name##_wide parameters { name##_row arguments; }
#define CALL(name) (gl_processor_level() != gl_none ? name##_wide : name##_plain)

INLINE float gate(float x, const int is_hard) {
  if (!is_hard) return gl_sigmoid(x);
  float y = 0.2f * x + 0.5f;
  y = y < 0 ? 0 : y;
  return y > 1 ? 1 : y;
}

/// The slope of a gate by its value.
INLINE float slope(float y, const int is_hard) {
  return is_hard ? (y > 0 && y < 1 ? 0.2f : 0) : y * (1 - y);
}

INLINE void lstm_row(
  ptrdiff_t n, int is_hard, float *restrict i, float *restrict f, float *restrict g, float *restrict o,
  const float *restrict ri, const float *restrict rf, const float *restrict rg, const float *restrict ro,
  float *restrict cell, float *restrict state)
{
  for (ptrdiff_t k = 0; k < n; k++) {
    i[k] = gate(i[k] + ri[k], is_hard);
    f[k] = gate(f[k] + rf[k], is_hard);
    g[k] = gl_tanh(g[k] + rg[k]);
    o[k] = gate(o[k] + ro[k], is_hard);
    cell[k] = f[k] * cell[k] + i[k] * g[k];
    state[k] = o[k] * gl_tanh(cell[k]);
  }
}
VERSIONS(
  lstm,
  (ptrdiff_t n, int is_hard, float *i, float *f, float *g, float *o, const float *ri, const float *rf, const float *rg,
   const float *ro, float *cell, float *state),
  (n, is_hard, i, f, g, o, ri, rf, rg, ro, cell, state))

static void copy(float *to, const float *from, ptrdiff_t count) {
  if (to) memcpy(to, from, (size_t)count * sizeof(float));
}

/// The place of a row's step in values of `width` a step.
static ptrdiff_t at(const gl_recurrent *r, ptrdiff_t row, ptrdiff_t step, ptrdiff_t width) {
  return (row * r->steps + step) * width;
}

void gl_lstm_step(
  const gl_recurrent *r, ptrdiff_t step, float *gates, const float *recurrent, float *cell, float *state,
  float *before, float *cells, float *output)
{
  ptrdiff_t n = r->units;
  const ptrdiff_t *p = r->places;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    float *x = gates + at(r, row, step, 4 * n), *c = cell + row * n, *h = state + row * n;
    const float *s = recurrent + row * 4 * n;
    if (before) copy(before + at(r, row, step, n), h, n);
    CALL(lstm)(
      n, r->is_hard, x + p[0] * n, x + p[1] * n, x + p[2] * n, x + p[3] * n, s + p[0] * n, s + p[1] * n, s + p[2] * n,
      s + p[3] * n, c, h);
    if (cells) copy(cells + at(r, row, step, n), c, n);
    copy(output + at(r, row, step, r->width) + r->offset, h, n);
  }
}

INLINE void lstm_gradient_row(
  ptrdiff_t n, int is_hard, const float *restrict i, const float *restrict f, const float *restrict g,
  const float *restrict o, const float *restrict cell, const float *restrict earlier, const float *restrict dh,
  float *restrict dc, float *restrict di, float *restrict df, float *restrict dg, float *restrict d_o)
{
  for (ptrdiff_t k = 0; k < n; k++) {
    float t = gl_tanh(cell[k]);
    float c = dc[k] + dh[k] * o[k] * (1 - t * t);
    d_o[k] = dh[k] * t * slope(o[k], is_hard);
    di[k] = c * g[k] * slope(i[k], is_hard);
    dg[k] = c * i[k] * (1 - g[k] * g[k]);
    df[k] = earlier ? c * earlier[k] * slope(f[k], is_hard) : 0;
    dc[k] = c * f[k];
  }
}
VERSIONS(
  lstm_gradient,
  (ptrdiff_t n, int is_hard, const float *i, const float *f, const float *g, const float *o, const float *cell,
   const float *earlier, const float *dh, float *dc, float *di, float *df, float *dg, float *d_o),
  (n, is_hard, i, f, g, o, cell, earlier, dh, dc, di, df, dg, d_o))

void gl_lstm_step_gradient(
  const gl_recurrent *r, ptrdiff_t step, ptrdiff_t earlier, const float *gates, const float *cells,
  const float *state_gradient, float *cell_gradient, float *gate_gradients, float *now)
{
  ptrdiff_t n = r->units;
  const ptrdiff_t *p = r->places;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    const float *x = gates + at(r, row, step, 4 * n);
    float *d = now + row * 4 * n;
    CALL(lstm_gradient)(
      n, r->is_hard, x + p[0] * n, x + p[1] * n, x + p[2] * n, x + p[3] * n, cells + at(r, row, step, n),
      earlier < 0 ? NULL : cells + at(r, row, earlier, n), state_gradient + row * n, cell_gradient + row * n, d + p[0] * n,
      d + p[1] * n, d + p[2] * n, d + p[3] * n);
    copy(gate_gradients + at(r, row, step, 4 * n), d, 4 * n);
  }
}

INLINE void gates_row(
  ptrdiff_t n, int is_hard, float *restrict reset, float *restrict update, const float *restrict rr,
  const float *restrict ru, const float *restrict state, float *restrict reset_state)
{
  for (ptrdiff_t k = 0; k < n; k++) {
    reset[k] = gate(reset[k] + rr[k], is_hard);
    update[k] = gate(update[k] + ru[k], is_hard);
  }
  if (!reset_state) return;
  for (ptrdiff_t k = 0; k < n; k++) reset_state[k] = reset[k] * state[k];
}
VERSIONS(
  gates,
  (ptrdiff_t n, int is_hard, float *reset, float *update, const float *rr, const float *ru, const float *state,
   float *reset_state),
  (n, is_hard, reset, update, rr, ru, state, reset_state))

void gl_gru_gates(
  const gl_recurrent *r, ptrdiff_t step, float *gates, const float *recurrent, const float *state,
  float *reset_state, float *before, float *kept)
{
  ptrdiff_t n = r->units;
  const ptrdiff_t *p = r->places;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    float *x = gates + at(r, row, step, 3 * n), *product = reset_state ? reset_state + row * n : NULL;
    const float *s = recurrent + row * 2 * n;
    if (before) copy(before + at(r, row, step, n), state + row * n, n);
    CALL(gates)(
      n, r->is_hard, x + p[0] * n, x + p[1] * n, s + p[0] * n, s + p[1] * n, state + row * n, product);
    if (kept && product) copy(kept + at(r, row, step, n), product, n);
  }
}

INLINE void update_row(
  ptrdiff_t n, const float *restrict reset, const float *restrict update, float *restrict new,
  const float *restrict recurrent, const float *restrict bias, float *restrict state, float *restrict kept)
{
  if (bias) {
    for (ptrdiff_t k = 0; k < n; k++) {
      float bracket = recurrent[k] + bias[k];
      if (kept) kept[k] = bracket;
      new[k] = gl_tanh(new[k] + reset[k] * bracket);
    }
  } else {
    for (ptrdiff_t k = 0; k < n; k++) new[k] = gl_tanh(new[k] + recurrent[k]);
  }
  for (ptrdiff_t k = 0; k < n; k++) state[k] = (1 - update[k]) * new[k] + update[k] * state[k];
}
VERSIONS(
  update,
  (ptrdiff_t n, const float *reset, const float *update, float *new, const float *recurrent, const float *bias,
   float *state, float *kept),
  (n, reset, update, new, recurrent, bias, state, kept))

void gl_gru_update(
  const gl_recurrent *r, ptrdiff_t step, float *gates, const float *recurrent, const float *bias, float *state,
  float *kept, float *output)
{
  ptrdiff_t n = r->units;
  const ptrdiff_t *p = r->places;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    float *x = gates + at(r, row, step, 3 * n), *h = state + row * n;
    CALL(update)(
      n, x + p[0] * n, x + p[1] * n, x + p[2] * n, recurrent + row * n, bias, h,
      bias && kept ? kept + at(r, row, step, n) : NULL);
    copy(output + at(r, row, step, r->width) + r->offset, h, n);
  }
}

INLINE void update_gradient_row(
  ptrdiff_t n, int is_hard, const float *restrict reset, const float *restrict update, const float *restrict new,
  const float *restrict kept, const float *restrict before, int resets_after, float *restrict dh, float *restrict d_reset,
  float *restrict d_update, float *restrict d_new, float *restrict candidate)
{
  for (ptrdiff_t k = 0; k < n; k++) {
    float d = dh[k] * (1 - update[k]) * (1 - new[k] * new[k]);
    d_update[k] = dh[k] * (before[k] - new[k]) * slope(update[k], is_hard);
    d_new[k] = d;
    candidate[k] = resets_after ? d * reset[k] : d;
    if (resets_after) d_reset[k] = d * kept[k] * slope(reset[k], is_hard);
    dh[k] *= update[k];
  }
}
VERSIONS(
  update_gradient,
  (ptrdiff_t n, int is_hard, const float *reset, const float *update, const float *new, const float *kept,
   const float *before, int resets_after, float *dh, float *d_reset, float *d_update, float *d_new, float *candidate),
  (n, is_hard, reset, update, new, kept, before, resets_after, dh, d_reset, d_update, d_new, candidate))

void gl_gru_update_gradient(
  const gl_recurrent *r, ptrdiff_t step, const float *gates, const float *kept, const float *before, int resets_after,
  float *state_gradient, float *gate_gradients, float *now, float *candidate, float *candidates)
{
  ptrdiff_t n = r->units;
  const ptrdiff_t *p = r->places;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    const float *x = gates + at(r, row, step, 3 * n);
    float *d = now + row * 2 * n, *all = gate_gradients + at(r, row, step, 3 * n);
    CALL(update_gradient)(
      n, r->is_hard, x + p[0] * n, x + p[1] * n, x + p[2] * n, kept + at(r, row, step, n), before + at(r, row, step, n),
      resets_after, state_gradient + row * n, d + p[0] * n, d + p[1] * n, all + p[2] * n, candidate + row * n);
    if (candidates) copy(candidates + at(r, row, step, n), candidate + row * n, n);
    copy(all + p[1] * n, d + p[1] * n, n);
    if (resets_after) copy(all + p[0] * n, d + p[0] * n, n);
  }
}

INLINE void gates_gradient_row(
  ptrdiff_t n, int is_hard, const float *restrict reset, const float *restrict before, const float *restrict product,
  float *restrict dh, float *restrict d_reset)
{
  for (ptrdiff_t k = 0; k < n; k++) {
    d_reset[k] = product[k] * before[k] * slope(reset[k], is_hard);
    dh[k] += product[k] * reset[k];
  }
}
VERSIONS(
  gates_gradient,
  (ptrdiff_t n, int is_hard, const float *reset, const float *before, const float *product, float *dh, float *d_reset),
  (n, is_hard, reset, before, product, dh, d_reset))

void gl_gru_gates_gradient(
  const gl_recurrent *r, ptrdiff_t step, const float *gates, const float *before, const float *reset_state_gradient,
  float *state_gradient, float *gate_gradients, float *now)
{
  ptrdiff_t n = r->units;
  const ptrdiff_t *p = r->places;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    float *d = now + row * 2 * n + p[0] * n;
    CALL(gates_gradient)(
      n, r->is_hard, gates + at(r, row, step, 3 * n) + p[0] * n, before + at(r, row, step, n),
      reset_state_gradient + row * n, state_gradient + row * n, d);
    copy(gate_gradients + at(r, row, step, 3 * n) + p[0] * n, d, n);
  }
}

void gl_repeat_row(const float *values, ptrdiff_t rows, ptrdiff_t columns, float *to) {
  for (ptrdiff_t row = 0; row < rows; row++) copy(to + row * columns, values, columns);
}

void gl_column_sums(const float *values, ptrdiff_t rows, ptrdiff_t columns, float *sums) {
  enum { block = 64 };
  for (ptrdiff_t first = 0; first < columns; first += block) {
    ptrdiff_t count = columns - first < block ? columns - first : block;
    double totals[block] = {0};
    for (ptrdiff_t row = 0; row < rows; row++) {
      for (ptrdiff_t k = 0; k < count; k++) totals[k] += values[row * columns + first + k];
    }
    for (ptrdiff_t k = 0; k < count; k++) sums[first + k] = (float)totals[k];
  }
}

void gl_copy_columns(
  const float *from, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t count, float *to)
{
  for (ptrdiff_t row = 0; row < rows; row++) copy(to + row * count, from + row * columns + first, count);
}

/// The outputs whose window's element at `tap` lies inside: `first ..< end`.
static void inside(
  ptrdiff_t extent, ptrdiff_t outputs, ptrdiff_t stride, ptrdiff_t shift, ptrdiff_t *first, ptrdiff_t *end)
{
  // 0 <= output * stride + shift < extent
  *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  *end = shift >= extent ? 0 : (extent - 1 - shift) / stride + 1;
  if (*end > outputs) *end = outputs;
  if (*first > *end) *first = *end;
}

INLINE void each_tap(const gl_windows *w, float *image, float *columns, const int back) {
  ptrdiff_t positions = w->output_height * w->output_width;
  float *to = columns;
  for (ptrdiff_t channel = 0; channel < w->channels; channel++) {
    float *plane = image + channel * w->height * w->width;
    for (ptrdiff_t p = 0; p < w->kernel_y; p++) {
      for (ptrdiff_t q = 0; q < w->kernel_x; q++, to += positions) {
        ptrdiff_t dy = p * w->dilation_y - w->pad_y, dx = q * w->dilation_x - w->pad_x, y0, y1, x0, x1;
        inside(w->height, w->output_height, w->stride_y, dy, &y0, &y1);
        inside(w->width, w->output_width, w->stride_x, dx, &x0, &x1);
        if (!back) memset(to, 0, (size_t)positions * sizeof(float));
        for (ptrdiff_t y = y0; y < y1; y++) {
          float *line = plane + (y * w->stride_y + dy) * w->width + dx, *out = to + y * w->output_width;
          for (ptrdiff_t x = x0; x < x1; x++) {
            if (back) line[x * w->stride_x] += out[x]; else out[x] = line[x * w->stride_x];
          }
        }
      }
    }
  }
}

void gl_columns(const gl_windows *w, const float *image, float *columns) {
  each_tap(w, (float *)image, columns, 0);
}

void gl_columns_back(const gl_windows *w, const float *columns, float *image) {
  each_tap(w, image, (float *)columns, 1);
}
