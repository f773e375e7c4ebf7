#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/commentsframe.h>
#include <taglib/infotag.h>
#include <taglib/mp4file.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/textidentificationframe.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/xiphcomment.h>

#include "id3.h"

// The tags of each container, in the order in which they count: a field of a later tag is taken where the earlier ones
// have none.

namespace genrelens {

using TagLib::ByteVector;
using TagLib::PropertyMap;
using TagLib::String;
using TagLib::StringList;

namespace {

constexpr int field_count = genrelens_tag_comment + 1;

struct Found {
  StringList fields[field_count];
  /// As the function returns it.
  int picture = -1;

  void set(int field, const StringList &values) {
    if (!fields[field].isEmpty()) return;
    for (const String &value : values) {
      if (fields[field].size() >= 64) break;
      if (!value.stripWhiteSpace().isEmpty()) fields[field].append(value);
    }
  }

  void add_picture(bool is_there) {
    if (picture != 1) picture = is_there ? 1 : 0;
  }

  /// What kinds of tag other than ID3 have in common.
  void take(const PropertyMap &map) {
    static const struct {
      int field;
      const char *names[3];
    } names[] = {
      {genrelens_tag_title, {"TITLE"}},
      {genrelens_tag_artist, {"ARTIST"}},
      {genrelens_tag_album, {"ALBUM"}},
      {genrelens_tag_date, {"DATE", "YEAR", "ORIGINALDATE"}},
      {genrelens_tag_genre, {"GENRE"}},
      {genrelens_tag_comment, {"COMMENT", "DESCRIPTION"}},
    };
    for (const auto &entry : names) {
      for (const char *name : entry.names) {
        if (name && map.contains(name)) set(entry.field, map[name]);
      }
    }
  }
};

// MARK: - ID3 and APE

/// Bytes of an ID3v2 tag at an offset, header included; 0 when there is none.
Offset id3v2_size(Stream &stream, Offset offset) {
  ByteVector head = stream.at(offset, 10);
  if (head.size() < 10 || !head.startsWith("ID3")) return 0;
  Offset size = 0;
  for (int i = 6; i < 10; i++) {
    if (head[i] & 0x80) return 0;
    size = size << 7 | head[i];
  }
  return size + ((head[5] & 0x10) ? 20 : 10);
}

StringList texts(const TagLib::ID3v2::Tag &tag, const char *id) {
  StringList values;
  const TagLib::ID3v2::FrameList &frames = tag.frameListMap()[id];
  for (const TagLib::ID3v2::Frame *frame : frames) {
    auto text = dynamic_cast<const TagLib::ID3v2::TextIdentificationFrame *>(frame);
    if (text) values.append(text->fieldList());
  }
  return values;
}

void read_id3v2(Stream &stream, Offset offset, Found &found) {
  StreamFile file(&stream);
  FrameFilter filter;
  TagLib::ID3v2::Tag tag(&file, offset, &filter);
  found.set(genrelens_tag_title, texts(tag, "TIT2"));
  found.set(genrelens_tag_artist, texts(tag, "TPE1"));
  found.set(genrelens_tag_album, texts(tag, "TALB"));
  // Recorded, released, first released.
  for (const char *id : {"TDRC", "TDRL", "TDOR"}) found.set(genrelens_tag_date, texts(tag, id));
  StringList genres;
  for (const String &field : texts(tag, FrameFilter::genre_frame)) append_genres(field, genres);
  found.set(genrelens_tag_genre, genres);
  for (const TagLib::ID3v2::Frame *frame : tag.frameListMap()["COMM"]) {
    auto comment = dynamic_cast<const TagLib::ID3v2::CommentsFrame *>(frame);
    // Players keep numbers of their own in comments with a description.
    if (comment && comment->description().isEmpty()) found.set(genrelens_tag_comment, comment->text());
  }
  found.add_picture(filter.has_picture || !tag.frameListMap()["APIC"].isEmpty());
}

/// APE and ID3v1 tags at the end.
void read_end(Stream &stream, Found &found) {
  StreamFile file(&stream);
  Offset end = stream.length();
  bool has_id3v1 = end >= 128 && stream.at(end - 128, 3) == "TAG";
  if (has_id3v1) end -= 128;
  if (end >= 32 && stream.at(end - 32, 8) == "APETAGEX") {
    TagLib::APE::Tag tag(&file, end - 32);
    found.take(tag.properties());
    if (tag.itemListMap().contains("COVER ART (FRONT)")) found.add_picture(true);
  }
  if (!has_id3v1) return;
  prepare_id3v1();
  TagLib::ID3v1::Tag tag(&file, stream.length() - 128);
  found.set(genrelens_tag_title, tag.title());
  found.set(genrelens_tag_artist, tag.artist());
  found.set(genrelens_tag_album, tag.album());
  // TagLib gives the year as a number only; the field is text.
  ByteVector year = stream.at(stream.length() - 35, 4);
  int blank = year.find('\0');
  found.set(genrelens_tag_date, String(blank < 0 ? year : year.mid(0, blank), String::Latin1));
  found.set(genrelens_tag_genre, tag.genre());
  found.set(genrelens_tag_comment, tag.comment());
}

// MARK: - Chunks and blocks

/// Walks the chunks of RIFF, RF64 and IFF files behind their 12 bytes of header.
void read_chunks(Stream &stream, Offset start, bool is_big_endian, Found &found) {
  ByteVector info;
  Offset position = start + 12;
  for (int i = 0; i < 4096; i++) {
    ByteVector head = stream.at(position, 8);
    if (head.size() < 8) break;
    ByteVector id = head.mid(0, 4);
    Offset size = head.toUInt(4U, is_big_endian);
    if (id == "ID3 " || id == "id3 ") {
      read_id3v2(stream, position + 8, found);
    } else if (id == "LIST" && size <= 1 << 20 && stream.at(position + 8, 4) == "INFO") {
      info = stream.at(position + 8, size);
    }
    position += 8 + size + (size & 1);
  }
  if (!info.isEmpty()) found.take(TagLib::RIFF::Info::Tag(info).properties());
  found.add_picture(false);
}

/// Walks the metadata blocks of a FLAC file.
void read_flac(Stream &stream, Offset start, Found &found) {
  Offset position = start + 4;
  for (int i = 0; i < 4096; i++) {
    ByteVector head = stream.at(position, 4);
    if (head.size() < 4) break;
    Offset size = head.toUInt(1U, 3U);
    int kind = head[0] & 0x7F;
    if (kind == 6) found.add_picture(true);
    if (kind == 4 && size <= 1 << 20) {
      TagLib::Ogg::XiphComment comment(stream.at(position + 4, size));
      found.take(comment.properties());
      found.add_picture(!comment.pictureList().isEmpty());
    }
    if (head[0] & 0x80) break;
    position += 4 + size;
  }
  found.add_picture(false);
}

// MARK: - Others

void read_ogg(TagLib::Ogg::XiphComment *comment, Found &found) {
  if (!comment) return;
  found.take(comment->properties());
  found.add_picture(!comment->pictureList().isEmpty());
}

/// Reads what only the classes for whole files can read. False when it is none of them.
bool read_others(Stream &stream, Found &found) {
  // Some of them read on from where the stream is.
  stream.seek(0);
  if (TagLib::Ogg::Vorbis::File::isSupported(&stream)) {
    read_ogg(TagLib::Ogg::Vorbis::File(&stream, false).tag(), found);
  } else if (TagLib::Ogg::Opus::File::isSupported(&stream)) {
    read_ogg(TagLib::Ogg::Opus::File(&stream, false).tag(), found);
  } else if (TagLib::Ogg::FLAC::File::isSupported(&stream)) {
    read_ogg(TagLib::Ogg::FLAC::File(&stream, false).tag(), found);
  } else if (TagLib::Ogg::Speex::File::isSupported(&stream)) {
    read_ogg(TagLib::Ogg::Speex::File(&stream, false).tag(), found);
  } else if (TagLib::MP4::File::isSupported(&stream)) {
    TagLib::MP4::File file(&stream, false);
    if (file.tag()) {
      found.take(file.properties());
      found.add_picture(file.tag()->contains("covr"));
    }
  } else if (TagLib::ASF::File::isSupported(&stream)) {
    TagLib::ASF::File file(&stream, false);
    if (file.tag()) {
      found.take(file.properties());
      found.add_picture(file.tag()->contains("WM/Picture"));
    }
  } else {
    return false;
  }
  return true;
}

void read_all(Stream &stream, bool is_mpeg, Found &found) {
  Offset start = 0;
  // As many in a row as the decoder passes over.
  for (int i = 0; i < 64 && start < stream.length(); i++) {
    Offset size = id3v2_size(stream, start);
    if (size == 0) break;
    read_id3v2(stream, start, found);
    start += size;
  }
  ByteVector magic = stream.at(start, 12);
  bool is_wave = magic.startsWith("RIFF") || magic.startsWith("RF64");
  bool is_aiff = magic.startsWith("FORM") && magic.size() == 12 && magic.mid(8, 3) == "AIF";
  if (magic.startsWith("fLaC")) {
    read_flac(stream, start, found);
  } else if (is_wave || is_aiff) {
    read_chunks(stream, start, is_aiff, found);
  } else if (start == 0 && !is_mpeg && read_others(stream, found)) {
    return;
  } else if (start == 0 && !is_mpeg && magic.startsWith("OggS")) {
    return;
  } else if (is_mpeg) {
    found.add_picture(false);
  }
  read_end(stream, found);
}

}

}

int genrelens_read_tags(
  const genrelens_tag_source *source, int is_mpeg, void *sink_context, genrelens_tag_sink sink)
{
  using namespace genrelens;
  try {
    Found found;
    try {
      Stream stream(*source);
      read_all(stream, is_mpeg != 0, found);
    } catch (const std::exception &) {
      // What was found before stays.
    }
    for (int field = 0; field < field_count; field++) {
      for (const String &value : found.fields[field]) {
        std::string text = value.substr(0, 4096).to8Bit(true);
        sink(sink_context, field, text.data(), text.size());
      }
    }
    return found.picture;
  } catch (...) {
    return -1;
  }
}
