// Passes over long arrays, shared out among threads in parts of fixed size.
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "internal.h"
#include "include/TrainingStep.h"

enum { part = 1 << 15 };

static int parts_of(size_t count) { return (int)((count + part - 1) / part); }

typedef struct {
  const float *from;
  float *to;
  size_t count;
  int wide;
  float factor;
  const uint64_t *bits;
  // Adam's
  const gl_adam *adam;
  float *mean, *variance;
  // Of gradient descent
  const gl_sgd *sgd;
  double *sums;
  atomic_int found;
} arrays;

/// The lanes of the vector at `i` that lie before `end`.
static inline __mmask16 lanes_before(size_t end, size_t i) {
  return end - i >= 16 ? 0xFFFF : (__mmask16)((1u << (end - i)) - 1);
}

static void for_each_part(arrays *a, int threads, void (*work)(void *, int, int)) {
  a->wide = gl_processor_level() != gl_none;
  gl_for_each(parts_of(a->count), threads, work, a);
}

// Adam. The order of operations is that of the plain loop, without fused multiply-adds, so that both agree to the bit.

AVX512 static void adam_wide(const arrays *a, size_t first, size_t end) {
  __m512 b1 = _mm512_set1_ps(a->adam->beta1), b2 = _mm512_set1_ps(a->adam->beta2);
  __m512 rest1 = _mm512_set1_ps(1 - a->adam->beta1), rest2 = _mm512_set1_ps(1 - a->adam->beta2);
  __m512 epsilon = _mm512_set1_ps(a->adam->epsilon), rate = _mm512_set1_ps(a->adam->rate);
  __m512 inverse = _mm512_set1_ps(a->adam->inverse);
  for (size_t i = first; i < end; i += 16) {
    __mmask16 lanes = lanes_before(end, i);
    __m512 gradient = _mm512_maskz_loadu_ps(lanes, a->from + i);
    __m512 mean = _mm512_mul_ps(b1, _mm512_maskz_loadu_ps(lanes, a->mean + i));
    __m512 variance = _mm512_mul_ps(b2, _mm512_maskz_loadu_ps(lanes, a->variance + i));
    mean = _mm512_add_ps(mean, _mm512_mul_ps(rest1, gradient));
    variance = _mm512_add_ps(variance, _mm512_mul_ps(_mm512_mul_ps(rest2, gradient), gradient));
    _mm512_mask_storeu_ps(a->mean + i, lanes, mean);
    _mm512_mask_storeu_ps(a->variance + i, lanes, variance);
    __m512 below = _mm512_add_ps(_mm512_mul_ps(_mm512_sqrt_ps(variance), inverse), epsilon);
    __m512 change = _mm512_div_ps(_mm512_mul_ps(rate, mean), below);
    _mm512_mask_storeu_ps(a->to + i, lanes, _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, a->to + i), change));
  }
}

static void adam_narrow(const arrays *a, size_t first, size_t end) {
#pragma STDC FP_CONTRACT OFF
  gl_adam s = *a->adam;
  for (size_t i = first; i < end; i++) {
    float gradient = a->from[i];
    a->mean[i] = s.beta1 * a->mean[i] + (1 - s.beta1) * gradient;
    a->variance[i] = s.beta2 * a->variance[i] + (1 - s.beta2) * gradient * gradient;
    a->to[i] -= s.rate * a->mean[i] / (sqrtf(a->variance[i]) * s.inverse + s.epsilon);
  }
}

static size_t part_end(const arrays *a, int unit) {
  size_t end = (size_t)(unit + 1) * part;
  return end < a->count ? end : a->count;
}

static void adam_part(void *context, int unit, int thread) {
  const arrays *a = context;
  (a->wide ? adam_wide : adam_narrow)(a, (size_t)unit * part, part_end(a, unit));
}

void gl_adam_step(
  const gl_adam *adam, const float *gradients, float *mean, float *variance, float *weights, size_t count, int threads
) {
  arrays a = {
    .from = gradients, .to = weights, .count = count, .adam = adam, .mean = mean, .variance = variance};
  for_each_part(&a, threads, adam_part);
}

// Dropout

static inline uint64_t next_word(uint64_t s[4]) {
  uint64_t product = s[1] * 5, result = ((product << 7) | (product >> 57)) * 9, shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return result;
}

AVX512 static uint64_t reached_wide(const uint16_t draws[64], uint32_t threshold) {
  __m512i least = _mm512_set1_epi16((short)threshold);
  uint64_t low = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(draws), least);
  return low | (uint64_t)_mm512_cmpge_epu16_mask(_mm512_loadu_si512(draws + 32), least) << 32;
}

static uint64_t reached_narrow(const uint16_t draws[64], uint32_t threshold) {
  uint64_t bits = 0;
  for (int i = 0; i < 64; i++) bits |= (uint64_t)(draws[i] >= threshold) << i;
  return bits;
}

void gl_dropout_draw(uint64_t state[4], uint32_t threshold, size_t count, uint64_t *bits) {
  int wide = gl_processor_level() != gl_none && threshold <= 0xFFFF;
  uint64_t s[4] = {state[0], state[1], state[2], state[3]};
  for (size_t i = 0; i < count; i += 64) {
    uint64_t words[16];
    uint16_t draws[64];
    for (int k = 0; k < 16; k++) words[k] = next_word(s);
    memcpy(draws, words, sizeof draws);
    *bits++ = wide ? reached_wide(draws, threshold) : reached_narrow(draws, threshold);
  }
  memcpy(state, s, sizeof s);
}

AVX512 static void dropout_wide(const arrays *a, size_t first, size_t end) {
  const uint16_t *bits = (const uint16_t *)a->bits;
  __m512 scale = _mm512_set1_ps(a->factor);
  for (size_t i = first; i < end; i += 16) {
    __mmask16 lanes = lanes_before(end, i);
    // A product, not a choice: what is not a number must not become zero.
    __m512 factor = _mm512_maskz_mov_ps(bits[i / 16], scale);
    _mm512_mask_storeu_ps(a->to + i, lanes, _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, a->from + i), factor));
  }
}

static void dropout_part(void *context, int unit, int thread) {
  const arrays *a = context;
  size_t first = (size_t)unit * part, end = part_end(a, unit);
  if (a->wide) {
    dropout_wide(a, first, end);
  } else {
    for (size_t i = first; i < end; i++) a->to[i] = a->from[i] * (a->bits[i / 64] >> i % 64 & 1 ? a->factor : 0);
  }
}

void gl_dropout_apply(const float *from, const uint64_t *bits, float scale, float *to, size_t count, int threads) {
  arrays a = {.from = from, .to = to, .count = count, .bits = bits, .factor = scale};
  for_each_part(&a, threads, dropout_part);
}

// An average and a check: simple enough for the compiler to make vectors of.

static void move_part(void *context, int unit, int thread) {
#pragma STDC FP_CONTRACT OFF
  const arrays *a = context;
  for (size_t i = (size_t)unit * part, end = part_end(a, unit); i < end; i++)
    a->to[i] += a->factor * (a->from[i] - a->to[i]);
}

void gl_move_towards(const float *from, float share, float *to, size_t count, int threads) {
  arrays a = {.from = from, .to = to, .count = count, .factor = share};
  for_each_part(&a, threads, move_part);
}

static void check_part(void *context, int unit, int thread) {
  arrays *a = context;
  // As integers without their sign, all others are below infinity.
  int32_t largest = 0;
  for (size_t i = (size_t)unit * part, end = part_end(a, unit); i < end; i++) {
    int32_t bits;
    memcpy(&bits, a->from + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    largest = bits > largest ? bits : largest;
  }
  if (largest >= 0x7F800000) atomic_store_explicit(&a->found, 1, memory_order_relaxed);
}

int gl_all_finite(const float *values, size_t count, int threads) {
  arrays a = {.from = values, .count = count};
  atomic_init(&a.found, 0);
  for_each_part(&a, threads, check_part);
  return !atomic_load_explicit(&a.found, memory_order_relaxed);
}

// Gradient descent and the length of a gradient.

static void sgd_part(void *context, int unit, int thread) {
#pragma STDC FP_CONTRACT OFF
  const arrays *a = context;
  gl_sgd s = *a->sgd;
  size_t first = (size_t)unit * part, end = part_end(a, unit);
  if (a->mean == NULL) {
    for (size_t i = first; i < end; i++) a->to[i] -= s.rate * (a->from[i] + s.decay * a->to[i]);
  } else if (s.nesterov) {
    for (size_t i = first; i < end; i++) {
      float gradient = a->from[i] + s.decay * a->to[i];
      a->mean[i] = s.momentum * a->mean[i] + gradient;
      a->to[i] -= s.rate * (gradient + s.momentum * a->mean[i]);
    }
  } else {
    for (size_t i = first; i < end; i++) {
      a->mean[i] = s.momentum * a->mean[i] + (a->from[i] + s.decay * a->to[i]);
      a->to[i] -= s.rate * a->mean[i];
    }
  }
}

void gl_sgd_step(
  const gl_sgd *sgd, const float *gradients, float *velocity, float *weights, size_t count, int threads
) {
  arrays a = {.from = gradients, .to = weights, .count = count, .sgd = sgd, .mean = velocity};
  for_each_part(&a, threads, sgd_part);
}

static void square_part(void *context, int unit, int thread) {
  const arrays *a = context;
  size_t i = (size_t)unit * part, end = part_end(a, unit);
  double sums[8] = {0}, total = 0;
  for (; i + 8 <= end; i += 8)
    for (int k = 0; k < 8; k++) sums[k] += (double)a->from[i + k] * a->from[i + k];
  for (; i < end; i++) total += (double)a->from[i] * a->from[i];
  for (int k = 0; k < 8; k++) total += sums[k];
  a->sums[unit] = total;
}

int gl_sum_parts(size_t count) { return parts_of(count); }

double gl_sum_of_squares(const float *values, size_t count, double *sums, int threads) {
  arrays a = {.from = values, .count = count, .sums = sums};
  for_each_part(&a, threads, square_part);
  double total = 0;
  for (int i = 0; i < parts_of(count); i++) total += sums[i];
  return total;
}

static void scale_part(void *context, int unit, int thread) {
  const arrays *a = context;
  for (size_t i = (size_t)unit * part, end = part_end(a, unit); i < end; i++) a->to[i] *= a->factor;
}

void gl_scale(float *values, float factor, size_t count, int threads) {
  arrays a = {.to = values, .count = count, .factor = factor};
  for_each_part(&a, threads, scale_part);
}

static void add_part(void *context, int unit, int thread) {
  const arrays *a = context;
  for (size_t i = (size_t)unit * part, end = part_end(a, unit); i < end; i++) a->to[i] = a->from[i] + a->mean[i];
}

void gl_add(const float *a, const float *b, float *sums, size_t count, int threads) {
  // Either may be where the sums go.
  arrays both = {.from = a, .mean = (float *)b, .to = sums, .count = count};
  for_each_part(&both, threads, add_part);
}

static void copy_part(void *context, int unit, int thread) {
  const arrays *a = context;
  size_t first = (size_t)unit * part;
  memcpy(a->to + first, a->from + first, (part_end(a, unit) - first) * sizeof(float));
}

void gl_copy(const float *from, float *to, size_t count, int threads) {
  arrays both = {.from = from, .to = to, .count = count};
  for_each_part(&both, threads, copy_part);
}
