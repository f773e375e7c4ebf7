// Elementary functions of many elements: on any processor the same bits, with AVX-512 sixteen at once.
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

/// `name`: `y[i] = formula of x[i]`.
#define VALUES(name, formula)                                                                                       \
  INLINE void name##_loop(const float *from, float *y, ptrdiff_t count) {                                            \
    _Pragma("clang loop vectorize(assume_safety)")                                                                   \
    for (ptrdiff_t i = 0; i < count; i++) {                                                                          \
      float x = from[i];                                                                                             \
      y[i] = formula;                                                                                                \
    }                                                                                                                \
  }                                                                                                                  \
  AVX512 static void name##_wide(const float *x, float *y, ptrdiff_t count) { name##_loop(x, y, count); }            \
  static void name##_any(const float *x, float *y, ptrdiff_t count) { name##_loop(x, y, count); }                    \
  void name(const float *x, float *y, ptrdiff_t count) {                                                             \
    (gl_processor_level() == gl_none ? name##_any : name##_wide)(x, y, count);                                       \
  }

/// `name`: `gradient[i] *= formula of x[i]`.
#define SLOPES(name, formula) VALUES(name, y[i] * (formula))

VALUES(gl_sigmoids, gl_sigmoid(x))
VALUES(gl_tanhs, gl_tanh(x))
VALUES(gl_gelus, gl_gelu(x))
SLOPES(gl_gelu_slopes, gl_gelu_slope(x))
VALUES(gl_tanh_gelus, gl_tanh_gelu(x))
SLOPES(gl_tanh_gelu_slopes, gl_tanh_gelu_slope(x))
VALUES(gl_silus, gl_silu(x))
SLOPES(gl_silu_slopes, gl_silu_slope(x))
