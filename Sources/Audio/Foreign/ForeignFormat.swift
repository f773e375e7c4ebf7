/// A container that libmpg123 and libsndfile do not read, or not with every codec, told by the first bytes.
struct ForeignFormat: Equatable {
  /// As in ``AudioProbe/container``.
  private(set) var container: String
  /// As people call it.
  private(set) var name: String
  /// What ffmpeg calls its reader of it. It is always named: ffmpeg's own guess would also take playlists, which lead to
  /// other files.
  private(set) var demuxer: String
  /// The codec, where the container names it; nil where the container is one codec's own, or it is not known.
  private(set) var codec: String?

  /// For example `AAC in MP4`, `WavPack`.
  var title: String { codec.map { "\($0) in \(name)" } ?? name }

  private init(_ container: String, _ name: String, _ demuxer: String, codec: String? = nil) {
    (self.container, self.name, self.demuxer, self.codec) = (container, name, demuxer, codec)
  }

  /// Looks at a source's first bytes, after an ID3v2 tag; nil when they are of no container that is known here.
  ///
  /// - Parameter hasFailed: whether libsndfile could not read it: then a container of its counts with any codec.
  init?(_ source: ByteSource, hasFailed: Bool = false) {
    let start = TagExtents.leadingByteCount(source)
    let head = source.peek(at: start, count: 64)
    guard let found = Self.magics.first(where: { $0.fits(head) }) else {
      if Self.isADTS(source, from: start) {
        self = .init("adts", "AAC (ADTS)", "aac")
        return
      }
      return nil
    }
    self = .init(found.container, found.name, found.demuxer)
    switch container {
    case "mp4": codec = Self.codecOfMP4(source)
    case "matroska": codec = Self.named(in: source.peek(at: 0, count: 1 << 16), Self.matroskaCodecs)
    case "ac3":
      guard head.count > 5, head[4] >> 6 < 3, head[5] >> 3 <= 16 else { return nil }
      if head[5] >> 3 > 10 { self = .init("eac3", "E-AC-3", "eac3") }
    // These are libsndfile's, but for some codecs.
    case "ogg": codec = Self.named(in: source.peek(at: 0, count: 4096), Self.oggCodecs)
    case "wav" where head.count > 21 && head[12..<16].elementsEqual("fmt ".utf8):
      codec = Self.waveCodecs[UInt16(head[20]) | UInt16(head[21]) << 8]
    case "caf" where head.count > 31: codec = Self.cafCodecs[String(decoding: head[28..<32], as: UTF8.self)]
    default: break
    }
    if isOfLibsndfile, codec == nil, !hasFailed { return nil }
  }

  /// Whether libsndfile reads the container, with other codecs than this for all that is known.
  var isOfLibsndfile: Bool { ["ogg", "wav", "caf", "aiff", "au"].contains(container) }

  /// Bytes at a place in the first 64.
  private struct Magic {
    let container, name, demuxer: String
    let parts: [(offset: Int, bytes: [UInt8])]

    func fits(_ head: [UInt8]) -> Bool {
      parts.allSatisfy { offset, bytes in head.dropFirst(offset).starts(with: bytes) }
    }
  }

  private static func magic(
    _ container: String, _ name: String, _ demuxer: String, _ parts: (Int, String)...
  ) -> Magic {
    Magic(container: container, name: name, demuxer: demuxer, parts: parts.map { ($0.0, bytes($0.1)) })
  }

  private static func bytes(_ latin1: String) -> [UInt8] {
    latin1.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  private static let magics: [Magic] = [
    magic("mp4", "MP4", "mov", (4, "ftyp")), magic("mp4", "QuickTime", "mov", (4, "moov")),
    magic("asf", "ASF (WMA)", "asf", (0, "\u{30}\u{26}\u{B2}\u{75}\u{8E}\u{66}\u{CF}\u{11}")),
    magic("matroska", "Matroska or WebM", "matroska", (0, "\u{1A}\u{45}\u{DF}\u{A3}")),
    magic("ogg", "Ogg", "ogg", (0, "OggS")),
    magic("wav", "WAV", "wav", (0, "RIFF"), (8, "WAVE")),
    magic("wav", "WAV", "wav", (0, "RF64"), (8, "WAVE")),
    magic("avi", "AVI", "avi", (0, "RIFF"), (8, "AVI ")),
    magic("caf", "CAF", "caf", (0, "caff")), magic("aiff", "AIFF", "aiff", (0, "FORM"), (8, "AIF")),
    magic("au", "AU", "au", (0, ".snd")),
    magic("ape", "Monkey's Audio", "ape", (0, "MAC ")), magic("wavpack", "WavPack", "wv", (0, "wvpk")),
    magic("musepack", "Musepack", "mpc8", (0, "MPCK")), magic("musepack", "Musepack", "mpc", (0, "MP+")),
    magic("tta", "True Audio", "tta", (0, "TTA1")), magic("tak", "TAK", "tak", (0, "tBaK")),
    magic("shorten", "Shorten", "shn", (0, "ajkg")), magic("dsf", "DSD (DSF)", "dsf", (0, "DSD ")),
    magic("dff", "DSD (DSDIFF)", "iff", (0, "FRM8"), (12, "DSD ")), magic("amr", "AMR", "amr", (0, "#!AMR")),
    magic("ac3", "AC-3", "ac3", (0, "\u{0B}\u{77}")),
    magic("dts", "DTS", "dts", (0, "\u{7F}\u{FE}\u{80}\u{01}")),
    magic("realmedia", "RealMedia", "rm", (0, ".RMF")),
    magic("realmedia", "RealAudio", "rm", (0, ".ra\u{FD}")),
    magic("flv", "FLV", "flv", (0, "FLV\u{01}")), magic("oma", "ATRAC (OMA)", "oma", (0, "EA3")),
    magic("oma", "ATRAC (OMA)", "oma", (0, "ea3")), magic("qcp", "QCP", "qcp", (0, "RIFF"), (8, "QLCM")),
    magic("mpeg-ps", "an MPEG programme stream", "mpeg", (0, "\0\0\u{01}\u{BA}")),
  ]

  /// Two ADTS headers in a row, the first telling where the second is.
  private static func isADTS(_ source: ByteSource, from start: Int) -> Bool {
    func frameBytes(at offset: Int) -> Int? {
      let head = source.peek(at: offset, count: 7)
      guard head.count == 7, head[0] == 0xFF, head[1] & 0xF6 == 0xF0, head[2] >> 2 & 15 < 13 else {
        return nil
      }
      let count = Int(head[3] & 3) << 11 | Int(head[4]) << 3 | Int(head[5]) >> 5
      return count >= 7 ? count : nil
    }
    guard let first = frameBytes(at: start) else { return false }
    return frameBytes(at: start + first) != nil
  }

  // MARK: - Codecs

  private static let mp4Codecs = [
    "mp4a": "AAC", "alac": "ALAC", "ac-3": "AC-3", "ec-3": "E-AC-3", "Opus": "Opus", "fLaC": "FLAC",
    ".mp3": "MP3",
    "samr": "AMR", "sowt": "PCM", "twos": "PCM", "lpcm": "PCM", "drms": "protected AAC",
  ]
  private static let matroskaCodecs = [
    ("A_AAC", "AAC"), ("A_OPUS", "Opus"), ("A_VORBIS", "Vorbis"), ("A_MPEG/L3", "MP3"), ("A_AC3", "AC-3"),
    ("A_EAC3", "E-AC-3"), ("A_DTS", "DTS"), ("A_FLAC", "FLAC"), ("A_ALAC", "ALAC"), ("A_PCM", "PCM"),
  ]
  private static let oggCodecs = [("Speex   ", "Speex"), ("\u{7F}FLAC", "FLAC")]
  private static let waveCodecs: [UInt16: String] = [
    0x00FF: "AAC", 0x1610: "AAC", 0x0160: "WMA", 0x0161: "WMA", 0x0162: "WMA", 0x0163: "WMA", 0x2000: "AC-3",
    0x2001: "DTS", 0x0270: "ATRAC3", 0xF1AC: "FLAC", 0x566F: "Vorbis", 0x674F: "Vorbis", 0x0022: "TrueSpeech",
  ]
  private static let cafCodecs = ["aac ": "AAC", ".mp3": "MP3", "opus": "Opus", "ac-3": "AC-3"]

  /// The codec whose name is in the bytes.
  private static func named(in bytes: [UInt8], _ names: [(String, String)]) -> String? {
    names.first { position(of: Self.bytes($0.0), in: bytes) != nil }?.1
  }

  private static func position(of pattern: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
    guard bytes.count >= start + pattern.count else { return nil }
    return (start...bytes.count - pattern.count).first {
      bytes[$0] == pattern[0] && bytes[$0..<$0 + pattern.count].elementsEqual(pattern)
    }
  }

  /// Walks to the atom `moov` and looks into its tables of samples for the codec of a sound track.
  private static func codecOfMP4(_ source: ByteSource) -> String? {
    var offset = 0
    for _ in 0..<256 {
      let head = source.peek(at: offset, count: 16)
      guard head.count == 16 else { return nil }
      func number(_ range: Range<Int>) -> Int { head[range].reduce(0) { $0 &<< 8 | Int($1) } }
      if head[4..<8].elementsEqual("moov".utf8) {
        let table = source.peek(at: offset, count: min(number(0..<4), 1 << 18))
        var place = 0
        while let found = position(of: Array("stsd".utf8), in: table, from: place) {
          place = found + 4
          guard table.count >= found + 20 else { break }
          if let codec = mp4Codecs[String(decoding: table[found + 16..<found + 20], as: UTF8.self)] {
            return codec
          }
        }
        return nil
      }
      let size = number(0..<4) == 1 ? number(8..<16) : number(0..<4)
      guard size >= 8, size < source.count - offset else { return nil }
      offset += size
    }
    return nil
  }
}
