#include "stream.h"

#include <stdexcept>

namespace genrelens {

Stream::Stream(const genrelens_tag_source &source)
  : source(source), top(static_cast<const char *>(__builtin_frame_address(0))) {}

TagLib::FileName Stream::name() const { return ""; }

TagLib::ByteVector Stream::readBlock(Size length) {
  // Code that does not heed the end of the file is left by force.
  if (++calls > 2 * most_calls) throw std::runtime_error("the tags do not end");
  ptrdiff_t depth = top - static_cast<const char *>(__builtin_frame_address(0));
  int64_t left = position < source.byte_count ? source.byte_count - position : 0;
  if (calls > most_calls || depth > most_stack || left == 0 || length == 0) return {};
  int64_t wanted = length < static_cast<Size>(left) ? static_cast<int64_t>(length) : left;
  if (wanted > bytes_left) {
    bytes_left = 0;
    return {};
  }
  bytes_left -= wanted;
  TagLib::ByteVector bytes(static_cast<unsigned int>(wanted), '\0');
  int64_t got = source.read(source.context, position, bytes.data(), wanted);
  if (got < 0) got = 0;
  bytes.resize(static_cast<unsigned int>(got));
  position += got;
  return bytes;
}

void Stream::seek(Offset offset, Position from) {
  if (++calls > 2 * most_calls) throw std::runtime_error("the tags do not end");
  int64_t base = from == Beginning ? 0 : from == Current ? position : source.byte_count;
  int64_t target;
  if (__builtin_add_overflow(base, static_cast<int64_t>(offset), &target)) target = source.byte_count;
  position = target < 0 ? 0 : target;
}

Offset Stream::tell() const { return static_cast<Offset>(position); }

Offset Stream::length() { return static_cast<Offset>(source.byte_count); }

TagLib::ByteVector Stream::at(Offset offset, Size count) {
  seek(offset);
  return readBlock(count);
}

}
