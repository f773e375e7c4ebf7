#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// PNG and JPEG pictures in memory, read by libpng and libjpeg-turbo. Nothing here jumps out, prints or opens a file. The size is
// read first, so that the caller can refuse it before there is memory for the pixels.

enum genrelens_picture_status {
  genrelens_picture_fine = 0,
  /// The bytes are no picture of this format, or are damaged.
  genrelens_picture_damaged,
  /// The bytes end before the picture does.
  genrelens_picture_truncated,
  /// A variant of the format that the library cannot read.
  genrelens_picture_unsupported,
  /// More scans than any encoder writes: each of them costs the time of the whole picture.
  genrelens_picture_too_many_scans,
  genrelens_picture_no_memory,
};

/// What is known of a picture, or why it cannot be read.
typedef struct {
  int64_t width, height;
  /// Damages that the library passed over (JPEG): some pixels may be wrong.
  int64_t warning_count;
  /// The library's words for the error, or else for the first warning; ends with 0.
  char words[256];
} genrelens_picture;

/// Takes the EXIF data of a picture: a TIFF header and what follows it.
typedef void (*genrelens_exif_sink)(void *context, const uint8_t *bytes, size_t byte_count);

/// Reads width and height. Returns a `genrelens_picture_status`.
int genrelens_png_size(const uint8_t *bytes, size_t byte_count, genrelens_picture *picture);

/// Reads the pixels of a picture whose size is known: `width * height * 3` bytes, row by row, red, green, blue. Palettes and grey
/// become colours, alpha is dropped, of 16 bits the upper 8 are kept. Returns a `genrelens_picture_status`.
int genrelens_png_pixels(
  const uint8_t *bytes, size_t byte_count, genrelens_picture *picture, uint8_t *pixels, void *context,
  genrelens_exif_sink exif);

/// Reads width and height. Returns a `genrelens_picture_status`.
int genrelens_jpeg_size(const uint8_t *bytes, size_t byte_count, genrelens_picture *picture);

/// Reads the pixels of a picture whose size is known, as `genrelens_png_pixels` does. Pictures of four inks (CMYK, YCCK) are
/// taken as Adobe writes them, inverted. Returns a `genrelens_picture_status`.
int genrelens_jpeg_pixels(
  const uint8_t *bytes, size_t byte_count, genrelens_picture *picture, uint8_t *pixels, void *context,
  genrelens_exif_sink exif);

#ifdef __cplusplus
}
#endif
