#pragma once
#include <taglib/id3v1tag.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>

#include "stream.h"

namespace genrelens {

/// Keeps the frames that are read below and passes over the others, so that chapters within chapters, compressed frames
/// that unpack to gigabytes, and millions of empty texts cost nothing.
///
/// Genres keep the text they have in the file, under the name `genre_frame`: TagLib's own reading loses `(RX)` and all but
/// the first number of `(17)(80)`.
class FrameFilter final : public TagLib::ID3v2::FrameFactory {
public:
  static const char *const genre_frame;

  /// Whether a picture was among the frames that were passed over.
  mutable bool has_picture = false;

protected:
  // The class is protected in its base, which keeps others from overriding what is meant to be overridden.
  struct Access : TagLib::ID3v2::Frame {
    using PublicHeader = TagLib::ID3v2::Frame::Header;
  };
  bool updateFrame(Access::PublicHeader *header) const override;

private:
  mutable int frames_left = 20000;
  mutable int compressed_left = 16;
  mutable int64_t text_bytes_left = 1 << 20;
};

/// A text whose encoding nobody names: UTF-8 where it is valid, else Latin-1.
TagLib::String decoded(const TagLib::ByteVector &bytes);

/// Texts of ID3v1 are Latin-1, unless they are valid UTF-8.
void prepare_id3v1();

/// The names that a genre field of ID3v2 stands for: `(17)(80)`, `17`, `(RX)`, `(4)Eurodisco`, `((odd) name`.
void append_genres(const TagLib::String &field, TagLib::StringList &genres);

/// The name of a genre's number; empty when it has none.
TagLib::String genre_name(int number);

}
