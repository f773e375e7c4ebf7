#pragma once
#include <taglib/tfile.h>
#include <taglib/tiostream.h>

#include "include/CTags.h"

namespace genrelens {

#if TAGLIB_MAJOR_VERSION >= 2
typedef TagLib::offset_t Offset;
typedef TagLib::offset_t Start;
typedef size_t Size;
#else
typedef long Offset;
typedef unsigned long Start;
typedef unsigned long Size;
#endif

/// A source as TagLib reads it: bytes, calls and nesting are limited, and what is beyond the limits looks like the file's
/// end. A file made to keep TagLib busy ends it that way.
class Stream final : public TagLib::IOStream {
public:
  explicit Stream(const genrelens_tag_source &source);

  TagLib::FileName name() const override;
  TagLib::ByteVector readBlock(Size length) override;
  void seek(Offset offset, Position from = Beginning) override;
  Offset tell() const override;
  Offset length() override;
  bool isOpen() const override { return true; }
  bool readOnly() const override { return true; }
  void writeBlock(const TagLib::ByteVector &) override {}
  void insert(const TagLib::ByteVector &, Start = 0, Size = 0) override {}
  void removeBlock(Start = 0, Size = 0) override {}
  void truncate(Offset) override {}

  /// The bytes at an offset, fewer at the end.
  TagLib::ByteVector at(Offset offset, Size count);

private:
  static constexpr int64_t most_bytes = 32 << 20;
  static constexpr int most_calls = 100000;
  /// Bytes of stack below the first call: atoms in atoms in atoms are read by recursion.
  static constexpr ptrdiff_t most_stack = 128 << 10;

  genrelens_tag_source source;
  int64_t position = 0;
  int64_t bytes_left = most_bytes;
  int calls = 0;
  const char *top;
};

/// What TagLib's tag classes need of a file.
class StreamFile final : public TagLib::File {
public:
  explicit StreamFile(Stream *stream) : TagLib::File(stream) {}
  TagLib::Tag *tag() const override { return nullptr; }
  TagLib::AudioProperties *audioProperties() const override { return nullptr; }
  bool save() override { return false; }
};

}
