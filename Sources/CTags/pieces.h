#pragma once
#include <taglib/tiostream.h>

#include <list>
#include <vector>

#include "stream.h"

namespace genrelens {

/// A source that TagLib changes, without a byte of it being written anywhere: what comes of it is a list of pieces, each of
/// them bytes of the source, which stay where they are, or new bytes.
///
/// So the change is known exactly, whoever made it, and can be taken back.
class Pieces final : public TagLib::IOStream {
public:
  struct Piece {
    /// Where its bytes are in the source; -1 when they are new.
    int64_t source_offset;
    /// Where new bytes are in `added`.
    size_t added_offset;
    int64_t count;
  };

  explicit Pieces(const genrelens_tag_source &source);

  TagLib::FileName name() const override { return ""; }
  TagLib::ByteVector readBlock(Size length) override;
  void writeBlock(const TagLib::ByteVector &data) override;
  void insert(const TagLib::ByteVector &data, Start start = 0, Size replace = 0) override;
  void removeBlock(Start start = 0, Size length = 0) override;
  void truncate(Offset length) override;
  void seek(Offset offset, Position from = Beginning) override;
  Offset tell() const override { return static_cast<Offset>(position); }
  Offset length() override { return static_cast<Offset>(total); }
  bool isOpen() const override { return true; }
  bool readOnly() const override { return false; }

  /// The bytes at an offset, fewer at the end.
  TagLib::ByteVector at(int64_t offset, Size count);

  const std::list<Piece> &list() const { return pieces; }
  const char *bytes(const Piece &piece) const { return added.data() + piece.added_offset; }

private:
  typedef std::list<Piece>::iterator Place;

  static constexpr size_t most_added = 256 << 20;
  static constexpr ptrdiff_t most_stack = 128 << 10;

  /// Moves to the piece that holds an offset, or to the end.
  void locate(int64_t offset);
  /// The piece that begins at an offset, made by cutting one in two.
  Place split(int64_t offset);
  void replace(int64_t start, int64_t count, const TagLib::ByteVector &data);
  /// Throws when TagLib does not come to an end.
  void count_call();

  genrelens_tag_source source;
  std::list<Piece> pieces;
  std::vector<char> added;
  int64_t total;
  int64_t position = 0;
  /// A piece and its offset: what is asked for next is near what was asked for last.
  Place place;
  int64_t place_start = 0;
  int64_t calls_left;
  const char *top;
};

}
