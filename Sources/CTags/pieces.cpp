#include "pieces.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace genrelens {

using TagLib::ByteVector;

Pieces::Pieces(const genrelens_tag_source &source)
  : source(source), total(source.byte_count), calls_left(200000 + source.byte_count / 16),
    top(static_cast<const char *>(__builtin_frame_address(0)))
{
  if (total > 0) pieces.push_back({0, 0, total});
  place = pieces.begin();
}

void Pieces::count_call() {
  ptrdiff_t depth = top - static_cast<const char *>(__builtin_frame_address(0));
  if (--calls_left < 0 || depth > most_stack) throw std::runtime_error("the tags do not end");
}

void Pieces::locate(int64_t offset) {
  while (offset < place_start) {
    --place;
    place_start -= place->count;
  }
  while (place != pieces.end() && offset >= place_start + place->count) {
    place_start += place->count;
    ++place;
  }
}

Pieces::Place Pieces::split(int64_t offset) {
  locate(offset);
  int64_t before = offset - place_start;
  if (place == pieces.end() || before == 0) return place;
  Piece rest = *place;
  if (rest.source_offset >= 0) rest.source_offset += before;
  rest.added_offset += static_cast<size_t>(before);
  rest.count -= before;
  place->count = before;
  place_start = offset;
  place = pieces.insert(std::next(place), rest);
  return place;
}

void Pieces::replace(int64_t start, int64_t count, const ByteVector &data) {
  count_call();
  if (start < 0 || start > total) throw std::runtime_error("a place beyond the end");
  count = std::min(count, total - start);
  if (data.size() > most_added - added.size()) throw std::runtime_error("too many bytes of tags");
  Place first = split(start);
  while (count > 0) {
    if (first->count > count) {
      split(start + count);
    }
    count -= first->count;
    total -= first->count;
    first = pieces.erase(first);
    // The pieces before it have not moved.
    place = first;
    place_start = start;
  }
  if (data.isEmpty()) return;
  Piece piece{-1, added.size(), static_cast<int64_t>(data.size())};
  added.insert(added.end(), data.data(), data.data() + data.size());
  place = pieces.insert(first, piece);
  place_start = start;
  total += piece.count;
}

ByteVector Pieces::readBlock(Size length) {
  count_call();
  int64_t left = std::max<int64_t>(0, total - position);
  int64_t wanted = length < static_cast<Size>(left) ? static_cast<int64_t>(length) : left;
  // No tag is that long; sound is never read at once.
  if (wanted > static_cast<int64_t>(most_added)) throw std::runtime_error("too many bytes of tags");
  ByteVector block(static_cast<unsigned int>(wanted), '\0');
  int64_t done = 0;
  while (done < wanted) {
    locate(position);
    int64_t skipped = position - place_start;
    int64_t part = std::min(wanted - done, place->count - skipped);
    if (place->source_offset < 0) {
      memcpy(block.data() + done, bytes(*place) + skipped, static_cast<size_t>(part));
    } else if (source.read(source.context, place->source_offset + skipped, block.data() + done, part) != part) {
      throw std::runtime_error("the file cannot be read");
    }
    done += part;
    position += part;
  }
  // Chapters in chapters are read by recursion.
  int nested = 0;
  for (const char *name : {"CHAP", "CTOC"}) {
    for (int found = block.find(name); found >= 0; found = block.find(name, static_cast<unsigned int>(found) + 4)) {
      if (++nested > 500) throw std::runtime_error("too many chapters");
    }
  }
  return block;
}

void Pieces::writeBlock(const ByteVector &data) {
  replace(position, static_cast<int64_t>(data.size()), data);
  position += data.size();
}

void Pieces::insert(const ByteVector &data, Start start, Size count) {
  replace(static_cast<int64_t>(start), static_cast<int64_t>(count), data);
  position = static_cast<int64_t>(start) + data.size();
}

void Pieces::removeBlock(Start start, Size length) {
  replace(static_cast<int64_t>(start), static_cast<int64_t>(length), ByteVector());
}

void Pieces::truncate(Offset length) {
  if (length < total) replace(length, total - length, ByteVector());
}

void Pieces::seek(Offset offset, Position from) {
  count_call();
  int64_t base = from == Beginning ? 0 : from == Current ? position : total;
  int64_t target;
  if (__builtin_add_overflow(base, static_cast<int64_t>(offset), &target)) target = total;
  position = target < 0 ? 0 : target;
}

ByteVector Pieces::at(int64_t offset, Size count) {
  seek(static_cast<Offset>(offset));
  return readBlock(count);
}

}
