// Convolution kernels for processors with AVX-512: forward, and both gradients, with the ReLU and the average pooling
// after the convolution in the same pass over memory.
//
// Activations lie channels-last, [N, H, W, C] without padding, as float or as bfloat16 (upper half of a float's bits).
// Weights and their gradients are float, [O, I, KH, KW]. All sums are taken in float. Results do not depend on the
// number of threads: images are summed in fixed groups, whose sums are added in a fixed order.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "TrainingStep.h"
#include "Attention.h"
#include "Elementary.h"
#include "Imputation.h"
#include "Recurrent.h"
#include "RowNormalization.h"
#include "Threads.h"
#include "OnePass.h"

/// What this processor can run.
typedef enum { gl_none = 0, gl_float = 1, gl_bfloat16 = 2 } gl_level;
gl_level gl_processor_level(void);

/// Rows and columns of pixels; zeros for none.
typedef struct { int32_t height, width; } gl_extents;

/// One convolution, optionally with ReLU and then a mean over disjoint windows after it.
typedef struct {
  int32_t batch;
  int32_t input_channels, input_height, input_width;
  /// The result after the pooling.
  int32_t output_channels, output_height, output_width;
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x;
  /// Zeros in front of the first row and column; less than the kernel.
  int32_t pad_y, pad_x;
  /// Extents of the pooling window; 1 x 1 for none. With pooling there must be a ReLU.
  int32_t pool_y, pool_x;
  int32_t relu;
  /// Whether activations and their gradients are bfloat16.
  int32_t bfloat16;
  int32_t threads;
  /// Whether 3 x 3 kernels may go by Winograd's tiles of 4 x 4 results: faster, and a little less exact.
  int32_t wide_tiles;
  /// With wide tiles: the input, or the result, is made of blocks of 2 x 2 pixels, and lies as these pixels lie, which have a
  /// quarter of its channels, 8 or a multiple. A block beyond the last row or column of pixels counts as zeros there.
  gl_extents pixels_in, pixels_out;
} gl_convolution;

/// How a gradient passes the ReLU: where the activation was positive, where the gradient is, or where both are.
typedef enum { gl_ordinary = 0, gl_guided = 1, gl_deconvolution = 2 } gl_rule;

/// Bytes of the weights as the forward pass and as the input gradient want them.
size_t gl_packed_bytes(const gl_convolution *c);
size_t gl_packed_gradient_bytes(const gl_convolution *c);
void gl_pack(const gl_convolution *c, const float *weights, void *packed);
void gl_pack_gradient(const gl_convolution *c, const float *weights, void *packed);

/// Bytes of the bits that say where the ReLU let through; only pooling after it needs them. 0 for none.
size_t gl_mask_bytes(const gl_convolution *c);
/// Bytes of working memory, for all threads.
size_t gl_forward_scratch_bytes(const gl_convolution *c);
size_t gl_backward_scratch_bytes(const gl_convolution *c, int wants_weights);

/// `output = pool(relu(input * weights + bias))`. `mask` may be null when no gradient will be asked for.
void gl_forward(
  const gl_convolution *c, const void *input, const void *packed, const float *bias, void *output, uint16_t *mask,
  void *scratch);

/// `output[image][column][channel]`: the largest value of each column of a convolution's result, over all its rows; the least
/// where the sign of the channel's `signs` is set. Float, with neither pooling nor ReLU; `packed` as for `gl_forward`, whose
/// Winograd's way must not be the one for it (one input channel never takes it).
void gl_column_maxima(
  const gl_convolution *c, const float *input, const void *packed, const float *bias, const float *signs, float *output,
  void *scratch);
size_t gl_column_maxima_scratch_bytes(const gl_convolution *c);

/// The input's gradient of a convolution of one input channel, by the same way back: float, with neither pooling nor ReLU.
/// `weights` lie as the network has them, `[O, 1, KH, KW]`.
void gl_column_gradient(
  const gl_convolution *c, const float *output_gradient, const float *weights, float *input_gradient, void *scratch);
size_t gl_column_gradient_scratch_bytes(const gl_convolution *c);

/// Gradients from that of the output. `input_gradient` may be null, and so may `weights_gradient` with
/// `bias_gradient`. `output` is read when there is a ReLU and no pooling, `mask` when there is pooling.
void gl_backward(
  const gl_convolution *c, const void *input, const void *output, const uint16_t *mask, const void *output_gradient,
  const void *packed_gradient, gl_rule rule, void *input_gradient, float *weights_gradient, float *bias_gradient,
  void *scratch);
