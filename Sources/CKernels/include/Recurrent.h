// One step of recurrent layers, and the way back: what lies between the matrix products. Plain row-major floats.
//
// Runs on any processor, to the same bits.
#pragma once
#include <stddef.h>

/// Rows of a batch at one step of a sequence. `kept` values lie as [rows, steps, ...], the others as [rows, ...].
typedef struct {
  ptrdiff_t rows, steps, units;
  /// Where a step's result lies: `offset + [rows, steps, width]`.
  ptrdiff_t width, offset;
  /// At which block of `units` each gate lies: input, forget, new, output (LSTM); reset, update, new (GRU).
  ptrdiff_t places[4];
  /// Whether gates are clip(0.2 x + 0.5) in place of the sigmoid; not the new values, which are tanh.
  int is_hard;
} gl_recurrent;

/// LSTM: `gates`, [rows, steps, 4 units], hold what comes from the input and become the activated gates; `recurrent`,
/// [rows, 4 units], is what comes from the state. `state` and `cell` become those after the step, whose state is put into
/// `output`; `before` (the state before the step) and `cells` are written where they are not null, [rows, steps, units].
void gl_lstm_step(
  const gl_recurrent *r, ptrdiff_t step, float *gates, const float *recurrent, float *cell, float *state,
  float *before, float *cells, float *output);
/// The way back: `state_gradient` is d / d state after the step; `cell_gradient`, that after the step, becomes that before it.
/// The gradients before the gates' functions go to `gate_gradients` as well as to `now`, [rows, 4 units]. `earlier` is the
/// step before, negative at the first.
void gl_lstm_step_gradient(
  const gl_recurrent *r, ptrdiff_t step, ptrdiff_t earlier, const float *gates, const float *cells,
  const float *state_gradient, float *cell_gradient, float *gate_gradients, float *now);

/// GRU, first half: the reset and the update gate; `reset_state` = reset * state where it is not null. `recurrent` is
/// [rows, 2 units].
void gl_gru_gates(
  const gl_recurrent *r, ptrdiff_t step, float *gates, const float *recurrent, const float *state,
  float *reset_state, float *before, float *kept);
/// Second half: `new = tanh(x + reset * (recurrent + bias))` where `bias` is given, with the bracket written to `kept`, else
/// `tanh(x + recurrent)`; `state = (1 - update) new + update state`. `recurrent` is [rows, units].
void gl_gru_update(
  const gl_recurrent *r, ptrdiff_t step, float *gates, const float *recurrent, const float *bias, float *state,
  float *kept, float *output);
/// The way back of the second half: `state_gradient` becomes `update * state_gradient`; gradients before the functions go to
/// `gate_gradients`, to `now`, [rows, 2 units] (update, and reset where `resets_after`), and to `candidate`, [rows, units]: that
/// of what the state's product is multiplied with or added to; also to `candidates`, [rows, steps, units], if not null.
void gl_gru_update_gradient(
  const gl_recurrent *r, ptrdiff_t step, const float *gates, const float *kept, const float *before, int resets_after,
  float *state_gradient, float *gate_gradients, float *now, float *candidate, float *candidates);
/// That of the first half where the state is reset before the product: `reset_state_gradient` is d / d (reset * state).
void gl_gru_gates_gradient(
  const gl_recurrent *r, ptrdiff_t step, const float *gates, const float *before, const float *reset_state_gradient,
  float *state_gradient, float *gate_gradients, float *now);

/// `to[row] = values` for every row.
void gl_repeat_row(const float *values, ptrdiff_t rows, ptrdiff_t columns, float *to);
/// `sums[column] = sum over rows of values[row][column]`, in double.
void gl_column_sums(const float *values, ptrdiff_t rows, ptrdiff_t columns, float *sums);
/// `to[row] = from[row][first ..< first + count]`
void gl_copy_columns(
  const float *from, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t count, float *to);

/// Windows over an image [channels, height, width].
typedef struct {
  ptrdiff_t channels, height, width, output_height, output_width;
  ptrdiff_t kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x, dilation_y, dilation_x;
} gl_windows;
/// What each element of the kernel reads: [channels * kernel_y * kernel_x, output_height * output_width], zeros outside.
void gl_columns(const gl_windows *w, const float *image, float *columns);
/// Adds each element of `columns` to that of the image from which `gl_columns` takes it.
void gl_columns_back(const gl_windows *w, const float *columns, float *image);
