#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "CPictures.h"

// Reading PNG by libpng's row functions: its simplified interface would apply gamma and blend alpha, which other programs' `RGB`
// does not.

/// What libpng's callbacks see.
typedef struct {
  const uint8_t *bytes;
  size_t byte_count, offset;
  genrelens_picture *picture;
  int status;
} reading;

static void fail(png_structp png, png_const_charp words) {
  reading *state = png_get_error_ptr(png);
  if (state->status == genrelens_picture_fine) state->status = genrelens_picture_damaged;
  snprintf(state->picture->words, sizeof state->picture->words, "%s", words);
  png_longjmp(png, 1);
}

/// Warnings of libpng are about chunks beside the pixels.
static void ignore(png_structp png, png_const_charp words) { (void)png, (void)words; }

static void copy(png_structp png, png_bytep target, size_t count) {
  reading *state = png_get_io_ptr(png);
  if (count > state->byte_count - state->offset) {
    state->status = genrelens_picture_truncated;
    png_error(png, "its data end before the picture does");
  }
  memcpy(target, state->bytes + state->offset, count);
  state->offset += count;
}

/// Reads the header; returns 0 where there is no memory. What fails later jumps to the caller's buffer.
static png_structp open_png(reading *state, png_infop *info) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, fail, ignore);
  if (!png) return 0;
  *info = png_create_info_struct(png);
  if (!*info) {
    png_destroy_read_struct(&png, 0, 0);
    return 0;
  }
  png_set_read_fn(png, state, copy);
  // The caller decides what is too large, and says so.
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  return png;
}

int genrelens_png_size(const uint8_t *bytes, size_t byte_count, genrelens_picture *picture) {
  reading state = {bytes, byte_count, 0, picture, genrelens_picture_fine};
  png_infop info = 0;
  png_structp png = open_png(&state, &info);
  if (!png) return genrelens_picture_no_memory;
  if (setjmp(png_jmpbuf(png)) == 0) {
    png_read_info(png, info);
    picture->width = png_get_image_width(png, info);
    picture->height = png_get_image_height(png, info);
  }
  png_destroy_read_struct(&png, &info, 0);
  return state.status;
}

/// Makes 8-bit red, green and blue of whatever is stored; throws (jumps) where that is not what comes out.
static int prepare(png_structp png, png_infop info, const genrelens_picture *picture) {
  const int color = png_get_color_type(png, info);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (!(color & PNG_COLOR_MASK_COLOR)) {
    if (png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  }
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_image_width(png, info) != picture->width || png_get_image_height(png, info) != picture->height ||
      png_get_rowbytes(png, info) != (size_t)picture->width * 3)
    png_error(png, "rows of an unexpected length");
  return passes;
}

int genrelens_png_pixels(
  const uint8_t *bytes, size_t byte_count, genrelens_picture *picture, uint8_t *pixels, void *context,
  genrelens_exif_sink exif) {
  reading state = {bytes, byte_count, 0, picture, genrelens_picture_fine};
  png_infop info = 0;
  png_structp png = open_png(&state, &info);
  if (!png) return genrelens_picture_no_memory;
  // Whether all pixels are there: what comes after them can then be damaged or missing.
  volatile int is_complete = 0;
  if (setjmp(png_jmpbuf(png)) == 0) {
    png_read_info(png, info);
    const int passes = prepare(png, info, picture);
    for (int pass = 0; pass < passes; pass++)
      for (int64_t row = 0; row < picture->height; row++)
        png_read_row(png, pixels + (size_t)row * (size_t)picture->width * 3, 0);
    is_complete = 1;
    png_read_end(png, info);
  }
  if (is_complete) {
    png_bytep data = 0;
    png_uint_32 count = 0;
    if (png_get_eXIf_1(png, info, &count, &data) && data && count > 0) exif(context, data, count);
    state.status = genrelens_picture_fine;
    picture->words[0] = 0;
  }
  png_destroy_read_struct(&png, &info, 0);
  return state.status;
}
