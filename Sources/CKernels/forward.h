// The forward pass as the input's gradient uses it too.
#pragma once
#include "internal.h"

/// As `gl_forward`; what is read passes `gate` first, which only some ways can do. `bias` may be null.
void gl_convolve(
  const gl_convolution *c, const void *input, gl_gate gate, const void *packed, const float *bias, void *output,
  uint16_t *mask, void *scratch);
size_t gl_convolve_scratch_bytes(const gl_convolution *c, int is_gated);
/// Whether the convolution goes a way that can read through a gate.
int gl_takes_gate(const gl_convolution *c);

/// Whether the input's gradient is a convolution of the output's gradient by the kernel turned by half a turn, and which.
int gl_turns(const gl_convolution *c);
gl_convolution gl_turned(const gl_convolution *c);
