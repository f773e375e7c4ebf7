#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "CPictures.h"

// Reading JPEG by libjpeg-turbo with its defaults (slow integer IDCT, smooth upsampling): the pixels of Pillow and libjpeg's
// own programs.

/// What libjpeg's callbacks see; the error manager comes first, since the library hands over only that.
typedef struct {
  struct jpeg_error_mgr manager;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  genrelens_picture *picture;
  int status;
} reading;

enum { most_scans = 500 };

static reading *state_of(j_common_ptr codec) { return (reading *)codec->err; }

static int status_of(int code) {
  switch (code) {
    case JERR_OUT_OF_MEMORY: return genrelens_picture_no_memory;
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY: return genrelens_picture_truncated;
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: return genrelens_picture_unsupported;
    default: return genrelens_picture_damaged;
  }
}

static void leave(reading *state, int status) {
  state->status = status;
  longjmp(state->jump, 1);
}

static void write_words(j_common_ptr codec) {
  char words[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, words);
  genrelens_picture *picture = state_of(codec)->picture;
  snprintf(picture->words, sizeof picture->words, "%s", words);
}

static void fail(j_common_ptr codec) {
  write_words(codec);
  leave(state_of(codec), status_of(codec->err->msg_code));
}

/// Whether a warning says that the picture's data end: with the bytes, or with an end mark before the last rows of blocks.
static int is_end(j_decompress_ptr codec) {
  if (codec->err->msg_code == JWRN_JPEG_EOF) return 1;
  return codec->err->msg_code == JWRN_HIT_MARKER && codec->unread_marker == JPEG_EOI &&
         codec->input_iMCU_row + 1 < codec->total_iMCU_rows;
}

/// Warnings (a level below 0) are counted; the end of the data is an error, as the rest of the picture would be grey.
static void emit(j_common_ptr codec, int level) {
  if (level >= 0) return;
  reading *state = state_of(codec);
  if (codec->is_decompressor && is_end((j_decompress_ptr)codec)) {
    snprintf(state->picture->words, sizeof state->picture->words, "its data end before the picture does");
    leave(state, genrelens_picture_truncated);
  }
  if (state->picture->warning_count++ == 0) write_words(codec);
}

static void print_nothing(j_common_ptr codec) { (void)codec; }

static void watch_scans(j_common_ptr codec) {
  if (!codec->is_decompressor || ((j_decompress_ptr)codec)->input_scan_number <= most_scans) return;
  reading *state = state_of(codec);
  snprintf(state->picture->words, sizeof state->picture->words, "more than %d scans", most_scans);
  leave(state, genrelens_picture_too_many_scans);
}

/// Prepares the callbacks; the caller sets the jump.
static void start(reading *state, struct jpeg_decompress_struct *codec, genrelens_picture *picture) {
  memset(state, 0, sizeof *state);
  memset(codec, 0, sizeof *codec);
  state->picture = picture;
  picture->warning_count = 0;
  picture->words[0] = 0;
  codec->err = jpeg_std_error(&state->manager);
  state->manager.error_exit = fail;
  state->manager.emit_message = emit;
  state->manager.output_message = print_nothing;
  state->progress.progress_monitor = watch_scans;
}

static void read_header(
  reading *state, struct jpeg_decompress_struct *codec, const uint8_t *bytes, size_t byte_count) {
  jpeg_create_decompress(codec);
  codec->progress = &state->progress;
  jpeg_save_markers(codec, JPEG_APP0 + 1, 0xffff);
  jpeg_mem_src(codec, bytes, byte_count);
  jpeg_read_header(codec, TRUE);
}

int genrelens_jpeg_size(const uint8_t *bytes, size_t byte_count, genrelens_picture *picture) {
  reading state;
  struct jpeg_decompress_struct codec;
  start(&state, &codec, picture);
  if (setjmp(state.jump) == 0) {
    read_header(&state, &codec, bytes, byte_count);
    picture->width = codec.image_width;
    picture->height = codec.image_height;
  }
  jpeg_destroy_decompress(&codec);
  return state.status;
}

static J_COLOR_SPACE output_of(reading *state, int components) {
  switch (components) {
    case 1: return JCS_GRAYSCALE;
    case 3: return JCS_RGB;
    case 4: return JCS_CMYK;
    default:
      snprintf(state->picture->words, sizeof state->picture->words, "%d colour components", components);
      leave(state, genrelens_picture_unsupported);
      return JCS_UNKNOWN;
  }
}

/// a * b / 255, rounded.
static uint8_t share(int a, int b) {
  const int product = a * b + 128;
  return (uint8_t)(((product >> 8) + product) >> 8);
}

/// One row of one component, or of four inks as Adobe stores them (255 is no ink), to red, green and blue.
static void widen(const uint8_t *row, int components, int64_t width, uint8_t *target) {
  for (int64_t x = 0; x < width; x++, row += components, target += 3) {
    if (components == 1) {
      target[0] = target[1] = target[2] = row[0];
      continue;
    }
    for (int ink = 0; ink < 3; ink++) target[ink] = (uint8_t)(row[3] - share(255 - row[ink], row[3]));
  }
}

static void read_rows(reading *state, struct jpeg_decompress_struct *codec, uint8_t *pixels) {
  const int components = codec->num_components;
  const int64_t width = codec->image_width;
  codec->out_color_space = output_of(state, components);
  jpeg_start_decompress(codec);
  if (codec->output_components != components || codec->output_width != width)
    leave(state, genrelens_picture_unsupported);
  JSAMPARRAY row = (*codec->mem->alloc_sarray)(
    (j_common_ptr)codec, JPOOL_IMAGE, codec->output_width * (JDIMENSION)components, 1);
  while (codec->output_scanline < codec->output_height) {
    uint8_t *target = pixels + (size_t)codec->output_scanline * (size_t)width * 3;
    JSAMPROW direct = target;
    jpeg_read_scanlines(codec, components == 3 ? &direct : row, 1);
    if (components != 3) widen(row[0], components, width, target);
  }
}

int genrelens_jpeg_pixels(
  const uint8_t *bytes, size_t byte_count, genrelens_picture *picture, uint8_t *pixels, void *context,
  genrelens_exif_sink exif) {
  static const char mark[] = "Exif\0";
  reading state;
  struct jpeg_decompress_struct codec;
  start(&state, &codec, picture);
  if (setjmp(state.jump) == 0) {
    read_header(&state, &codec, bytes, byte_count);
    if (codec.image_width != picture->width || codec.image_height != picture->height)
      leave(&state, genrelens_picture_damaged);
    read_rows(&state, &codec, pixels);
    for (jpeg_saved_marker_ptr marker = codec.marker_list; marker; marker = marker->next)
      if (marker->marker == JPEG_APP0 + 1 && marker->data_length > sizeof mark &&
          memcmp(marker->data, mark, sizeof mark) == 0) {
        exif(context, marker->data + sizeof mark, marker->data_length - sizeof mark);
        break;
      }
  }
  jpeg_destroy_decompress(&codec);
  return state.status;
}
