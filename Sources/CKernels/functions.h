// Functions of a float that compilers can compute in all lanes of a vector: a few units in the last place off at most.
#pragma once
#include <stdint.h>
#include <string.h>
#include "internal.h"

// Without fused multiply-adds, so that all processors give the same bits.
#pragma STDC FP_CONTRACT OFF

/// e^x; 0 below -87.3, and 2.2e38 from 88.3 on. Cody and Waite's reduction, a polynomial of degree 6.
INLINE float fast_exp(float x) {
  float bounded = x > 88.3f ? 88.3f : x;
  bounded = bounded < -87.3f ? -87.3f : bounded;
  // The nearest integer, by the bits that a sum with 1.5 * 2^23 has no room for.
  float power = (bounded * 1.44269504f + 12582912.0f) - 12582912.0f;
  float rest = (bounded - power * 0.693359375f) + power * 2.12194440e-4f;
  float sum = 1.9875691500e-4f;
  sum = sum * rest + 1.3981999507e-3f;
  sum = sum * rest + 8.3334519073e-3f;
  sum = sum * rest + 4.1665795894e-2f;
  sum = sum * rest + 1.6666665459e-1f;
  sum = sum * rest + 5.0000001201e-1f;
  sum = sum * rest * rest + rest + 1;
  int32_t bits = ((int32_t)power + 127) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  float result = sum * scale;
  result = x < -87.3f ? 0 : result;
  return x == x ? result : x;
}

INLINE float fast_sigmoid(float x) { return 1 / (1 + fast_exp(-x)); }

/// A polynomial where 1 - 2 / (e^2x + 1) would cancel.
INLINE float fast_tanh(float x) {
  float size = __builtin_fabsf(x), square = x * x;
  float sum = -5.70498872745e-3f;
  sum = sum * square + 2.06390887954e-2f;
  sum = sum * square - 5.37397155531e-2f;
  sum = sum * square + 1.33314422036e-1f;
  sum = sum * square - 3.33332819422e-1f;
  float near = x + x * (square * sum);
  float far = __builtin_copysignf(1 - 2 / (fast_exp(2 * size) + 1), x);
  return size < 0.625f ? near : far;
}
