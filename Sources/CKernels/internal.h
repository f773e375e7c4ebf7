// Shared by the kernels: geometry, the tile tables, and work on several threads.
#pragma once
#include <immintrin.h>
#include <string.h>
#include "include/CKernels.h"

#define INLINE static inline __attribute__((always_inline))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define AVX512BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { lane_count = 16, widest_group = 4, widest_tile = 16, gather_slack = 64 };

static inline int minimum(int a, int b) { return a < b ? a : b; }
static inline int maximum(int a, int b) { return a > b ? a : b; }
static inline int up_to_multiple(int value, int of) { return (value + of - 1) / of * of; }
static inline int element_bytes(const gl_convolution *c) { return c->bfloat16 ? 2 : 4; }

/// Rows and columns of the convolution that the pooling reads.
static inline int used_height(const gl_convolution *c) { return c->output_height * c->pool_y; }
static inline int used_width(const gl_convolution *c) { return c->output_width * c->pool_x; }

/// Lanes are dealt out in groups of one to four vectors of 16.
static inline int group_count(int lanes) { return (lanes + 16 * widest_group - 1) / (16 * widest_group); }
static inline int group_vectors(int lanes, int group) {
  int vectors = (lanes + 15) / 16, groups = group_count(lanes);
  return vectors / groups + (group < vectors % groups ? 1 : 0);
}
/// Pixels computed at once for a group of that many vectors: as many as the 32 registers hold.
static inline int tile_pixels(int vectors) { static const int pixels[] = {0, 16, 12, 8, 6}; return pixels[vectors]; }

/// Elements of one packed step: a float, or two bfloat16 that are multiplied and added together.
static inline int steps(const gl_convolution *c, int elements) { return c->bfloat16 ? (elements + 1) / 2 : elements; }

/// Puts `value` at one lane of one element of packed weights; two elements of bfloat16 share 32 bits.
static inline void put_packed(void *rows, int element, int width, int lane, float value, int is_short) {
  if (!is_short) {
    ((float *)rows)[(size_t)element * width + lane] = value;
    return;
  }
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint16_t rounded = value != value ? 0x7FC0 : (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
  ((uint16_t *)rows)[((size_t)(element / 2) * width + lane) * 2 + element % 2] = rounded;
}

/// `out[pixel] = bias + sum over rows and steps of x[row][pixel * pixel_step + step] * weights[row][step]`.
typedef void (*gl_tile)(
  const void *x, ptrdiff_t row_pitch, ptrdiff_t pixel_step, int rows, int steps, const void *weights,
  const float *bias, float *out, ptrdiff_t out_pitch);
gl_tile gl_float_tile(int vectors);
gl_tile gl_bfloat16_tile(int vectors);

/// The same for one input channel and the commonest windows, `tiles` tiles of `pixels` in one call; `out` lies without
/// gaps. `run` is null where there is none.
typedef struct {
  void (*run)(
    const void *x, ptrdiff_t row_pitch, int rows, const void *weights, const float *bias, float *out, int tiles);
  int pixels;
} gl_line;
gl_line gl_line_for(const gl_convolution *c);

/// Extents and pitches of a call of `gl_outer`, in elements of 32 bits.
typedef struct {
  int rows, pixels;
  ptrdiff_t x_row_pitch, x_line_pitch, x_step, dy_row_pitch, dy_step, sum_line_pitch, sum_pitch;
} outer_extents;

/// `sums[line][j] += sum over rows and pixels of x[row][line][pixel * x_step + j] * dy[row][pixel * dy_step]`, for some
/// lines of the convolution's kernel and some values of j.
typedef void (*gl_outer)(const outer_extents *e, const void *x, const void *dy, float *sums);
/// The one for a group of vectors, and how many lines and j it takes at once: such that least of the
/// `kernel_height` lines of `elements` is wasted.
gl_outer gl_float_outer(int vectors, int kernel_height, int elements, int *lines, int *count);
gl_outer gl_bfloat16_outer(int vectors, int kernel_height, int elements, int *lines, int *count);

// Vectors of 16 elements, floats or bfloat16 in memory. `is_short` is a constant wherever these are used.
INLINE AVX512 __m512 load_elements(const void *from, ptrdiff_t index, __mmask16 lanes, const int is_short) {
  if (!is_short) return _mm512_maskz_loadu_ps(lanes, (const float *)from + index);
  __m256i halves = _mm256_maskz_loadu_epi16(lanes, (const uint16_t *)from + index);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

/// Rounds to the nearest bfloat16, ties to even; NaN stays NaN.
INLINE AVX512 __m256i rounded(__m512 value) {
  __m512i bits = _mm512_castps_si512(value);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
  __mmask16 nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
  sum = _mm512_mask_blend_epi32(nan, sum, _mm512_set1_epi32(0x7FC00000));
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(sum, 16));
}

INLINE AVX512 void store_elements(void *to, ptrdiff_t index, __mmask16 lanes, __m512 value, const int is_short) {
  if (is_short) _mm256_mask_storeu_epi16((uint16_t *)to + index, lanes, rounded(value));
  else _mm512_mask_storeu_ps((float *)to + index, lanes, value);
}

/// The lanes of vector `v` that hold one of `count` values.
static inline __mmask16 lanes_of(int v, int count) {
  return count - 16 * v >= 16 ? 0xFFFF : (__mmask16)((1u << (count - 16 * v)) - 1);
}

/// How a gradient passes the ReLU whose output was `output`; null where there is none.
typedef struct { const float *output; gl_rule rule; } gl_gate;
INLINE AVX512 __m512 through_rule(__m512 gradient, __mmask16 active, gl_rule rule) {
  if (rule != gl_ordinary) gradient = _mm512_max_ps(_mm512_setzero_ps(), gradient);
  return rule == gl_deconvolution ? gradient : _mm512_maskz_mov_ps(active, gradient);
}
INLINE AVX512 __m512 through_gate(__m512 gradient, __m512 output, gl_rule rule) {
  return through_rule(gradient, _mm512_cmp_ps_mask(output, _mm512_setzero_ps(), _CMP_GT_OQ), rule);
}
/// The same of `count` floats that lie together.
AVX512 static inline void copy_through_gate(
  const float *gradient, const float *output, gl_rule rule, size_t count, float *to
) {
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
    __m512 value = _mm512_maskz_loadu_ps(lanes, gradient + i);
    _mm512_mask_storeu_ps(to + i, lanes, through_gate(value, _mm512_maskz_loadu_ps(lanes, output + i), rule));
  }
}

/// Rows or columns of the output's gradient that reach one phase of the input along an axis with a stride.
typedef struct { int low, count; } taps;
static inline int tap_shift(int phase, int pad, int stride) { return (phase + pad) / stride; }
static inline taps taps_of(int phase, int pad, int stride, int kernel) {
  int first = (phase + pad) % stride;
  if (first >= kernel) return (taps){0, 0};
  int last = (kernel - 1 - first) / stride;
  return (taps){tap_shift(phase, pad, stride) - last, last + 1};
}
/// Those of all phases together.
static inline taps taps_of_all(int pad, int stride, int kernel) {
  int low = 0, high = 0;
  for (int phase = 0; phase < stride; phase++) {
    taps t = taps_of(phase, pad, stride, kernel);
    if (t.count == 0) continue;
    low = minimum(low, t.low);
    high = maximum(high, t.low + t.count - 1);
  }
  return (taps){low, high - low + 1};
}
/// The kernel's index that `tap` (counted from `low`) stands for, or -1.
static inline int tap_index(int tap, int low, int phase, int pad, int stride, int kernel) {
  int back = tap_shift(phase, pad, stride) - (low + tap);
  int index = (phase + pad) % stride + stride * back;
  return back < 0 || index >= kernel ? -1 : index;
}

/// Asks for cache lines that will be written soon: stores retire in order, and one that waits for memory holds up all.
__attribute__((target("prfchw"))) static inline void gl_want(const char *at, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(at + i, 1, 3);
}

/// Asks for cache lines that will be read soon.
static inline void gl_fetch(const char *at, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(at + i, 0, 2);
}

static inline size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

/// 16 vectors as a square matrix, transposed: pairs, fours, eights and sixteens change places.
INLINE AVX512 void turn(__m512 r[16]) {
  __m512 t[16];
  UNROLL for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  UNROLL for (int i = 0; i < 16; i += 4) {
    UNROLL for (int j = 0; j < 2; j++) {
      __m512d low = _mm512_castps_pd(t[i + j]), high = _mm512_castps_pd(t[i + 2 + j]);
      r[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
      r[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
    }
  }
  // Now r[4 q + m] holds column 4 l + m of rows 4 q ..< 4 q + 4 in its quarter l.
  UNROLL for (int m = 0; m < 4; m++) {
    __m512 a = _mm512_shuffle_f32x4(r[m], r[4 + m], 0x88), b = _mm512_shuffle_f32x4(r[m], r[4 + m], 0xDD);
    __m512 c = _mm512_shuffle_f32x4(r[8 + m], r[12 + m], 0x88), d = _mm512_shuffle_f32x4(r[8 + m], r[12 + m], 0xDD);
    t[m] = _mm512_shuffle_f32x4(a, c, 0x88);
    t[8 + m] = _mm512_shuffle_f32x4(a, c, 0xDD);
    t[4 + m] = _mm512_shuffle_f32x4(b, d, 0x88);
    t[12 + m] = _mm512_shuffle_f32x4(b, d, 0xDD);
  }
  UNROLL for (int i = 0; i < 16; i++) r[i] = t[i];
}
