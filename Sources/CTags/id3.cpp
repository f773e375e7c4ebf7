#include "id3.h"

#include <taglib/id3v1genres.h>

#include <mutex>

namespace genrelens {

using TagLib::ByteVector;
using TagLib::String;
using TagLib::StringList;

const char *const FrameFilter::genre_frame = "TGNR";

bool FrameFilter::updateFrame(Access::PublicHeader *header) const {
  if (--frames_left < 0) {
    // Beyond the tag's end: it is through.
    header->setFrameSize(0x7FFFFF00);
    return false;
  }
  if (header->compression() && (--compressed_left < 0 || header->frameSize() > 4096)) {
    if (header->frameID() == "APIC") has_picture = true;
    // A header without the flag for it, so that nothing is unpacked.
    unsigned int size = header->frameSize();
    ByteVector plain("XXXX");
    for (int shift = 21; shift >= 0; shift -= 7) plain.append(static_cast<char>(size >> shift & 127));
    header->setData(plain + ByteVector(2, '\0'), 4U);
    return false;
  }
  if (!TagLib::ID3v2::FrameFactory::updateFrame(header)) return false;
  ByteVector id = header->frameID();
  if (id == "APIC" || id == "PIC") return true;
  if (!id.startsWith("T") && id != "COMM") return false;
  if (header->frameSize() > 1 << 16 || header->frameSize() > text_bytes_left) return false;
  text_bytes_left -= header->frameSize();
  if (id == "TCON") header->setFrameID(genre_frame);
  return true;
}

namespace {

bool is_utf8(const ByteVector &bytes) {
  String text(bytes, String::UTF8);
  return text.data(String::UTF8) == bytes;
}

}

String decoded(const ByteVector &bytes) {
  return String(bytes, is_utf8(bytes) ? String::UTF8 : String::Latin1);
}

namespace {

class LatinOrUTF8 final : public TagLib::ID3v1::StringHandler {
public:
  String parse(const ByteVector &data) const override {
    int end = data.find('\0');
    ByteVector text = end < 0 ? data : data.mid(0, end);
    return decoded(text).stripWhiteSpace();
  }
};

/// The number that a text is; -1 when it is none.
int number(const String &text) {
  bool is_number = false;
  int value = text.size() <= 3 ? text.toInt(&is_number) : 0;
  return is_number && value >= 0 ? value : -1;
}

/// The name that a reference in parentheses, or a whole field, stands for; empty when it is none.
String referred(const String &text) {
  if (text == "RX") return "Remix";
  if (text == "CR") return "Cover";
  return genre_name(number(text));
}

/// Whether a text is a number that has no name; 255 says that there is no genre.
bool is_unset(const String &text) {
  int value = number(text);
  return value >= 0 && value <= 255 && genre_name(value).isEmpty();
}

void append(const String &name, StringList &genres) {
  for (const String &known : genres) {
    if (known.upper() == name.upper()) return;
  }
  if (!name.isEmpty()) genres.append(name);
}

}

void prepare_id3v1() {
  static const LatinOrUTF8 handler;
  static std::once_flag once;
  std::call_once(once, [] { TagLib::ID3v1::Tag::setStringHandler(&handler); });
}

String genre_name(int number) {
  return number < 0 || number > 255 ? String() : TagLib::ID3v1::genre(number);
}

void append_genres(const String &field, StringList &genres) {
  String rest = field.stripWhiteSpace();
  while (rest.size() > 1 && rest[0] == '(' && rest[1] != '(') {
    int end = rest.find(")");
    if (end < 0) break;
    String inner = rest.substr(1, end - 1);
    // Something else in parentheses belongs to the name.
    if (referred(inner).isEmpty() && !is_unset(inner)) break;
    append(referred(inner), genres);
    rest = rest.substr(end + 1);
  }
  if (rest.size() > 1 && rest[0] == '(' && rest[1] == '(') rest = rest.substr(1);
  if (is_unset(rest)) return;
  String name = referred(rest);
  append(name.isEmpty() ? rest : name, genres);
}

}
