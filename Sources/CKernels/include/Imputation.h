// Cells of a grid that are missing, filled in from those that are there. No result depends on the processor.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Working memory of `gl_impute`.
size_t gl_impute_scratch_bytes(int rows, int columns);
/// Solves `x = sum of w x' over the neighbours x'` for the removed cells of each channel: w is 1/6 for cells that share an
/// edge and 1/12 for diagonal ones, divided by their sum at the borders. `values` is `[channels][rows][columns]`; its removed
/// cells are not read and are overwritten by the solution. At least one cell must stay.
///
/// Takes the solution at a residual of `tolerance` times the right side, after `most` iterations at the latest; gives the
/// iterations of all channels.
int gl_impute(
  float *values, const uint8_t *removed, int channels, int rows, int columns, double tolerance, int most,
  void *scratch);
