// Elementary functions of a float without branches, so that loops over them become vector code. Within three units in the
// last place of the true value where nothing else is said, the same bits on every processor.
#pragma once
#include <stdint.h>

#define GL_ELEMENTARY static inline __attribute__((always_inline, const)) float

GL_ELEMENTARY gl_float_of_bits(int32_t bits) { float x; __builtin_memcpy(&x, &bits, sizeof x); return x; }

/// e to the power x. 0 below -103, infinity above 88.72; below -87 a multiple of the least float.
GL_ELEMENTARY gl_exp(float x) {
#pragma STDC FP_CONTRACT OFF
  // x = n ln 2 + r, |r| <= ln 2 / 2; the large number rounds n to a whole one. NaN stays NaN.
  float bounded = x < -110 ? -110 : x > 100 ? 100 : x;
  float shifted = bounded * 1.44269504f + 12582912.0f;
  float n = shifted - 12582912.0f;
  float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  float y = (p * (r * r) + r) + 1;
  // 2 to the power n in two factors, each of which a float can hold.
  int32_t whole = (int32_t)n, half = whole >> 1;
  return y * gl_float_of_bits((half + 127) << 23) * gl_float_of_bits((whole - half + 127) << 23);
}

/// e to the power x, less 1.
GL_ELEMENTARY gl_expm1(float x) {
#pragma STDC FP_CONTRACT OFF
  float r = x < -0.5f ? -0.5f : x > 0.5f ? 0.5f : x;
  float p = 2.4801587e-5f;
  p = p * r + 1.9841270e-4f;
  p = p * r + 1.3888889e-3f;
  p = p * r + 8.3333333e-3f;
  p = p * r + 4.1666667e-2f;
  p = p * r + 1.6666667e-1f;
  p = p * r + 0.5f;
  float near = p * (r * r) + r, far = gl_exp(x) - 1;
  return r == x ? near : far;
}

/// 1 / (1 + e to the power -x).
GL_ELEMENTARY gl_sigmoid(float x) {
#pragma STDC FP_CONTRACT OFF
  float e = gl_exp(x < 0 ? x : -x), s = 1 / (1 + e);
  return x < 0 ? e * s : s;
}

/// The hyperbolic tangent.
GL_ELEMENTARY gl_tanh(float x) {
#pragma STDC FP_CONTRACT OFF
  float size = x < 0 ? -x : x, q = x * x;
  float p = -5.70498872745e-3f;
  p = p * q + 2.06390887954e-2f;
  p = p * q - 5.37397155531e-2f;
  p = p * q + 1.33314422036e-1f;
  p = p * q - 3.33332819422e-1f;
  float near = p * q * x + x, far = 1 - 2 / (gl_exp(2 * size) + 1);
  return size < 0.625f ? near : x < 0 ? -far : far;
}

/// Half of the complementary error function of x / sqrt(2): the share of a standard normal distribution above x.
/// Within 7e-8; for x to 5 also within 7e-5 of its value.
GL_ELEMENTARY gl_normal_above(float x) {
#pragma STDC FP_CONTRACT OFF
  // Exponent and polynomials of erf by Norbert Juffa's fits, in t = |x| / sqrt(2).
  float size = x < 0 ? -x : x, t = size * 0.70710678f, s = t * t;
  float a = -1.72853470e-5f * t + 3.83197126e-4f, b = -3.88396438e-3f * t + 2.42546219e-2f;
  float r = a * s + b;
  r = r * t - 1.06777877e-1f;
  r = r * t - 6.34846687e-1f;
  r = r * t - 1.28717512e-1f;
  r = r * t - t;
  float tail = 0.5f * gl_exp(r);
  float c = -5.96761703e-4f;
  c = c * s + 4.99119423e-3f;
  c = c * s - 2.67681349e-2f;
  c = c * s + 1.12819925e-1f;
  c = c * s - 3.76125336e-1f;
  c = c * s + 1.28379166e-1f;
  float near = 0.5f - 0.5f * (c * t + t);
  float above = t > 0.927734375f ? tail : near;
  return x < 0 ? 1 - above : above;
}

/// x times the share of a standard normal distribution below x, and its slope.
GL_ELEMENTARY gl_gelu(float x) { return x * gl_normal_above(-x); }
GL_ELEMENTARY gl_gelu_slope(float x) {
#pragma STDC FP_CONTRACT OFF
  return gl_normal_above(-x) + x * (0.398942280f * gl_exp(-0.5f * x * x));
}

/// `x / 2 (1 + tanh(u))`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`, and its slope, by `(1 + tanh(u)) / 2 = sigmoid(2 u)`. Beyond
/// 30 that is 0 or 1 for a float.
GL_ELEMENTARY gl_tanh_gelu_exponent(float x) {
#pragma STDC FP_CONTRACT OFF
  float bounded = x < -30 ? -30 : x > 30 ? 30 : x;
  return 1.59576912f * bounded * (1 + 0.044715f * (bounded * bounded));
}
GL_ELEMENTARY gl_tanh_gelu(float x) { return x * gl_sigmoid(gl_tanh_gelu_exponent(x)); }
GL_ELEMENTARY gl_tanh_gelu_slope(float x) {
#pragma STDC FP_CONTRACT OFF
  float bounded = x < -30 ? -30 : x > 30 ? 30 : x, s = gl_sigmoid(gl_tanh_gelu_exponent(x));
  return s + bounded * (s * (1 - s)) * (1.59576912f * (1 + 0.134145f * (bounded * bounded)));
}

/// `x sigmoid(x)` and its slope.
GL_ELEMENTARY gl_silu(float x) { return x * gl_sigmoid(x); }
GL_ELEMENTARY gl_silu_slope(float x) {
#pragma STDC FP_CONTRACT OFF
  float s = gl_sigmoid(x);
  return s * (1 + x * (1 - s));
}

/// x where it is positive, else `alpha (exp(x) - 1)`.
GL_ELEMENTARY gl_elu(float x, float alpha) {
#pragma STDC FP_CONTRACT OFF
  return x > 0 ? x : alpha * gl_expm1(x);
}
