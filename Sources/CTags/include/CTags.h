#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The tags of sound files, read and changed by TagLib. Nothing here throws, writes, opens a file or trusts a length.

/// The bytes of a file.
typedef struct {
  void *context;
  int64_t byte_count;
  /// Copies bytes from an offset on; returns how many, fewer at the end or when reading fails.
  int64_t (*read)(void *context, int64_t offset, void *target, int64_t count);
} genrelens_tag_source;

enum genrelens_tag_field {
  genrelens_tag_title,
  genrelens_tag_artist,
  genrelens_tag_album,
  genrelens_tag_date,
  genrelens_tag_genre,
  genrelens_tag_comment,
};

/// Takes one value of a field: UTF-8, without an end mark. A field may have several.
typedef void (*genrelens_tag_sink)(void *context, int field, const char *text, size_t byte_count);

/// Reads the tags of a file by its content; values are given in the order of the file, each field of one kind of tag only.
/// `is_mpeg` says that it is MPEG audio or something else with ID3 tags around it. Returns 1 when there is a picture, 0
/// when there is none, -1 where pictures are not looked for.
int genrelens_read_tags(
  const genrelens_tag_source *source, int is_mpeg, void *sink_context, genrelens_tag_sink sink);

/// Takes a piece of a file with other tags: `byte_count` bytes of the source from an offset on, or, where that is -1, these.
typedef void (*genrelens_piece_sink)(
  void *context, int64_t source_offset, const char *bytes, int64_t byte_count);

/// Takes the reason why tags cannot be written: UTF-8, without an end mark.
typedef void (*genrelens_tag_words)(void *context, const char *text, size_t byte_count);

/// What a file would be with these genres (UTF-8, at least one) in its tags, as pieces in their order. Returns 1, or 0 after
/// giving the reason why it cannot be.
int genrelens_write_genres(
  const genrelens_tag_source *source, int is_mpeg, const char *const *genres, int genre_count, void *context,
  genrelens_piece_sink sink, genrelens_tag_words words);

#ifdef __cplusplus
}
#endif
