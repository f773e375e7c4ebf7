#include <taglib/aifffile.h>
#include <taglib/apetag.h>
#include <taglib/flacfile.h>
#include <taglib/infotag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/textidentificationframe.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/xiphcomment.h>

#include <mutex>
#include <stdexcept>
#include <string>

#include "id3.h"
#include "pieces.h"

// Genres are written as TagLib writes them: into every kind of tag that a file has and that can hold one, and into the kind
// that its format asks for.

namespace genrelens {

using TagLib::ByteVector;
using TagLib::String;
using TagLib::StringList;
namespace ID3v2 = TagLib::ID3v2;

namespace {

/// What is no fault of TagLib's, in words for people.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Refuses what would have to be unpacked: a few bytes may become gigabytes.
class PlainFrames final : public ID3v2::FrameFactory {
  struct Access : ID3v2::Frame {
    using PublicHeader = ID3v2::Frame::Header;
  };
  bool updateFrame(Access::PublicHeader *header) const override {
    if (header->compression() || header->encryption()) {
      throw Refusal("its ID3v2 tag has compressed or encrypted frames, which are not rewritten");
    }
    return ID3v2::FrameFactory::updateFrame(header);
  }
};

/// Keeps the bytes of an INFO chunk's texts, whose encoding nobody names: each byte is one character while `is_raw`.
class InfoText final : public TagLib::RIFF::Info::StringHandler {
public:
  static thread_local bool is_raw;

  String parse(const ByteVector &data) const override {
    return is_raw ? String(data, String::Latin1) : TagLib::RIFF::Info::StringHandler::parse(data);
  }
  ByteVector render(const String &text) const override {
    return is_raw ? text.data(String::Latin1) : TagLib::RIFF::Info::StringHandler::render(text);
  }
};

thread_local bool InfoText::is_raw = false;

/// Bytes of texts are kept while it lives.
struct RawInfo {
  RawInfo() {
    static const InfoText handler;
    static std::once_flag once;
    std::call_once(once, [] { TagLib::RIFF::Info::Tag::setStringHandler(&handler); });
    InfoText::is_raw = true;
  }
  ~RawInfo() { InfoText::is_raw = false; }
};

/// The number that ID3v1 has for a genre; 255 when it has none.
int number(const String &genre) {
  for (int value = 0; value < 192; value++) {
    if (genre_name(value).upper() == genre.upper()) return value;
  }
  return 255;
}

/// Several genres in one text of ID3v2.3: `(80)(7)`, and a name without a number at the end, as its specification has it.
/// Two names without numbers cannot be told so; they are separated by zero bytes, as other programs do.
StringList old_fashioned(const StringList &genres) {
  if (genres.size() < 2) return genres;
  String numbers, names;
  int name_count = 0;
  for (const String &genre : genres) {
    int value = number(genre);
    if (value < 255) {
      numbers += "(" + String::number(value) + ")";
    } else {
      names += genre;
      name_count++;
    }
  }
  return name_count > 1 ? genres : StringList((numbers + names));
}

/// The version in which a tag is written again; of files without a tag the newest.
ID3v2::Version version(const ID3v2::Tag *tag, bool is_there) {
  return is_there && tag->header()->majorVersion() < 4 ? ID3v2::v3 : ID3v2::v4;
}

void set(ID3v2::Tag *tag, ID3v2::Version version, const StringList &genres) {
  StringList values = version == ID3v2::v3 ? old_fashioned(genres) : genres;
  bool is_latin = true;
  for (const String &value : values) is_latin = is_latin && value.isLatin1();
  auto frame = new ID3v2::TextIdentificationFrame("TCON", is_latin ? String::Latin1 : String::UTF8);
  frame->setText(values);
  tag->removeFrames("TCON");
  tag->addFrame(frame);
}

void set(TagLib::Ogg::XiphComment *comment, const StringList &genres) {
  comment->removeFields("GENRE");
  for (const String &genre : genres) comment->addField("GENRE", genre, false);
}

/// What the tags of other kinds say, for a tag that is made beside them: many programs read the first kind that they find and
/// no other. An earlier one counts.
void take(TagLib::PropertyMap &all, const TagLib::PropertyMap &other) {
  for (const auto &entry : other) {
    if (!all.contains(entry.first)) all.insert(entry.first, entry.second);
  }
}

void require(bool is_done) {
  if (!is_done) throw Refusal("TagLib cannot write its tags");
}

/// Bytes of an ID3v2 tag at an offset, header included; 0 when there is none.
int64_t id3v2_size(Pieces &stream, int64_t offset) {
  ByteVector head = stream.at(offset, 10);
  if (head.size() < 10 || !head.startsWith("ID3")) return 0;
  int64_t size = 0;
  for (unsigned int i = 6; i < 10; i++) {
    if (head[i] & 0x80) return 0;
    size = size << 7 | head[i];
  }
  return size + ((head[5] & 0x10) ? 20 : 10);
}

/// The number of an ID3v1 tag at the end.
void set_id3v1(Pieces &stream, const StringList &genres) {
  int64_t end = stream.length();
  if (end < 128 || stream.at(end - 128, 3) != "TAG") return;
  ByteVector value(1, static_cast<char>(number(genres.front())));
  stream.seek(static_cast<Offset>(end - 1));
  stream.writeBlock(value);
}

void write_mpeg(Pieces &stream, const StringList &genres) {
  static const PlainFrames factory;
  prepare_id3v1();
  stream.seek(0);
  TagLib::MPEG::File file(&stream, const_cast<PlainFrames *>(&factory), false);
  bool is_there = file.hasID3v2Tag();
  ID3v2::Tag *tag = file.ID3v2Tag(true);
  if (!tag) throw Refusal("TagLib cannot read its tags");
  ID3v2::Version kept = version(tag, is_there);
  if (!is_there) {
    TagLib::PropertyMap known;
    if (file.hasAPETag()) take(known, file.APETag()->properties());
    if (file.hasID3v1Tag()) take(known, file.ID3v1Tag()->properties());
    tag->setProperties(known);
  }
  set(tag, kept, genres);
  int kinds = TagLib::MPEG::File::ID3v2;
  if (file.hasAPETag() && file.APETag()->itemListMap().contains("GENRE")) {
    file.APETag()->setItem("GENRE", TagLib::APE::Item("GENRE", genres));
    kinds |= TagLib::MPEG::File::APE;
  }
  require(file.save(kinds, TagLib::File::StripNone, kept, TagLib::File::DoNotDuplicate));
}

void write_flac(Pieces &stream, const StringList &genres) {
  static const PlainFrames factory;
  stream.seek(0);
  TagLib::FLAC::File file(&stream, const_cast<PlainFrames *>(&factory), false);
  if (!file.isValid()) throw Refusal("TagLib cannot read its tags");
  if (file.hasID3v2Tag()) set(file.ID3v2Tag(), ID3v2::v4, genres);
  if (!file.hasXiphComment() && file.hasID3v2Tag()) {
    file.xiphComment(true)->setProperties(file.ID3v2Tag()->properties());
  }
  set(file.xiphComment(true), genres);
  require(file.save());
}

/// Reads each ID3v2 tag in the chunks of a WAV or AIFF file by the rules above, before TagLib reads it by its own.
void check_chunks(Pieces &stream, bool is_big_endian) {
  static const PlainFrames factory;
  int64_t position = 12;
  for (int i = 0; i < 4096; i++) {
    ByteVector head = stream.at(position, 8);
    if (head.size() < 8) return;
    int64_t size = head.toUInt(4U, is_big_endian);
    if (head.startsWith("ID3 ") || head.startsWith("id3 ")) {
      struct Bare final : TagLib::File {
        explicit Bare(Pieces *stream) : TagLib::File(stream) {}
        TagLib::Tag *tag() const override { return nullptr; }
        TagLib::AudioProperties *audioProperties() const override { return nullptr; }
        bool save() override { return false; }
      } file(&stream);
      ID3v2::Tag tag(&file, static_cast<Offset>(position + 8), &factory);
    }
    position += 8 + size + (size & 1);
  }
}

void write_wav(Pieces &stream, const StringList &genres) {
  check_chunks(stream, false);
  // TagLib reads such files from where the stream is.
  stream.seek(0);
  RawInfo raw;
  TagLib::RIFF::WAV::File file(&stream, false);
  if (!file.isValid()) throw Refusal("TagLib cannot read its tags");
  ID3v2::Version kept = version(file.ID3v2Tag(), file.hasID3v2Tag());
  bool has_info = file.hasInfoTag();
  if (!file.hasID3v2Tag() && has_info) {
    TagLib::PropertyMap known;
    for (const auto &entry : file.InfoTag()->properties()) {
      StringList texts;
      for (const String &text : entry.second) texts.append(decoded(text.data(String::Latin1)));
      known.insert(entry.first, texts);
    }
    file.ID3v2Tag()->setProperties(known);
  }
  int kinds = TagLib::RIFF::WAV::File::ID3v2;
  if (has_info || !file.hasID3v2Tag()) {
    // One text: its bytes are those of UTF-8.
    ByteVector text = genres.toString("; ").data(String::UTF8);
    file.InfoTag()->setGenre(String(text, String::Latin1));
    kinds |= TagLib::RIFF::WAV::File::Info;
  }
  set(file.ID3v2Tag(), kept, genres);
  require(file.save(static_cast<TagLib::RIFF::WAV::File::TagTypes>(kinds), TagLib::File::StripNone, kept));
}

void write_aiff(Pieces &stream, const StringList &genres) {
  check_chunks(stream, true);
  stream.seek(0);
  TagLib::RIFF::AIFF::File file(&stream, false);
  if (!file.isValid()) throw Refusal("TagLib cannot read its tags");
  ID3v2::Version kept = version(file.tag(), file.hasID3v2Tag());
  set(file.tag(), kept, genres);
  require(file.save(kept));
}

/// Bytes of the page of an Ogg file at an offset; 0 when there is none.
int64_t page_size(Pieces &stream, int64_t offset) {
  ByteVector head = stream.at(offset, 27);
  if (head.size() < 27 || !head.startsWith("OggS")) return 0;
  ByteVector lacing = stream.at(offset + 27, static_cast<unsigned char>(head[26]));
  int64_t size = 27 + lacing.size();
  for (char count : lacing) size += static_cast<unsigned char>(count);
  return size;
}

/// TagLib numbers the pages of streams that lie between each other as if they were one stream's.
void require_one_stream(Pieces &stream) {
  ByteVector second = stream.at(page_size(stream, 0), 6);
  if (second.size() == 6 && second.startsWith("OggS") && (second[5] & 2)) {
    throw Refusal("it has several streams side by side, which TagLib would break");
  }
}

template <class File> bool write_ogg(Pieces &stream, const StringList &genres) {
  stream.seek(0);
  if (!File::isSupported(&stream)) return false;
  require_one_stream(stream);
  stream.seek(0);
  File file(&stream, false);
  if (!file.isValid() || !file.tag()) throw Refusal("TagLib cannot read its tags");
  set(file.tag(), genres);
  require(file.save());
  return true;
}

void write_mp4(Pieces &stream, const StringList &genres) {
  stream.seek(0);
  TagLib::MP4::File file(&stream, false);
  if (!file.isValid() || !file.tag()) throw Refusal("TagLib cannot read its tags");
  file.tag()->removeItem("gnre");
  file.tag()->setItem("\251gen", TagLib::MP4::Item(genres));
  require(file.save());
}

void write_all(Pieces &stream, bool is_mpeg, const StringList &genres) {
  int64_t start = id3v2_size(stream, 0);
  if (start > 0 && id3v2_size(stream, start) > 0) {
    throw Refusal("it has several ID3v2 tags, which TagLib would make one of");
  }
  ByteVector magic = stream.at(start, 12);
  if (is_mpeg) {
    write_mpeg(stream, genres);
    set_id3v1(stream, genres);
  } else if (magic.startsWith("fLaC")) {
    write_flac(stream, genres);
    set_id3v1(stream, genres);
  } else if (start > 0) {
    throw Refusal("it has an ID3v2 tag in front of a kind of sound that has tags of its own");
  } else if (magic.startsWith("RIFF")) {
    write_wav(stream, genres);
  } else if (magic.startsWith("FORM") && magic.size() == 12 && magic.mid(8, 3) == "AIF") {
    write_aiff(stream, genres);
  } else if (
    write_ogg<TagLib::Ogg::Vorbis::File>(stream, genres) || write_ogg<TagLib::Ogg::Opus::File>(stream, genres)
    || write_ogg<TagLib::Ogg::FLAC::File>(stream, genres) || write_ogg<TagLib::Ogg::Speex::File>(stream, genres)) {
  } else if (stream.seek(0), TagLib::MP4::File::isSupported(&stream)) {
    write_mp4(stream, genres);
  } else {
    throw Refusal("genres are written to MP3, FLAC, Ogg, Opus, WAV, AIFF and MP4, not to this kind of file");
  }
}

}

}

int genrelens_write_genres(
  const genrelens_tag_source *source, int is_mpeg, const char *const *genres, int genre_count, void *context,
  genrelens_piece_sink sink, genrelens_tag_words words)
{
  using namespace genrelens;
  try {
    StringList names;
    for (int i = 0; i < genre_count; i++) names.append(String(genres[i], String::UTF8));
    Pieces pieces(*source);
    write_all(pieces, is_mpeg != 0, names);
    for (const Pieces::Piece &piece : pieces.list()) {
      const char *bytes = piece.source_offset < 0 ? pieces.bytes(piece) : nullptr;
      sink(context, piece.source_offset, bytes, piece.count);
    }
    return 1;
  } catch (const std::exception &error) {
    std::string text = error.what();
    words(context, text.data(), text.size());
  } catch (...) {
    words(context, "", 0);
  }
  return 0;
}
