import Files
import Foundation
import TestSupport
import Testing

@testable import Audio

/// Files that neither library reads are named, and nothing is tried that could hear noise in them.
@Suite(.tags(.reference)) struct ForeignFormatTests {
  static let beginnings: [(String, [UInt8], String)] = [
    ("MP4", mp4("mp4a"), "AAC in MP4"), ("ALAC", mp4("alac"), "ALAC in MP4"), ("unknown", mp4("xxxx"), "MP4"),
    ("WMA", [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "ASF (WMA)"),
    ("Opus", [0x1A, 0x45, 0xDF, 0xA3] + Array("....A_OPUS".utf8), "Opus in Matroska or WebM"),
    ("APE", Array("MAC \u{96}".utf8), "Monkey's Audio"), ("WavPack", Array("wvpk".utf8), "WavPack"),
    ("Musepack 7", Array("MP+".utf8), "Musepack"), ("TTA", Array("TTA1".utf8), "True Audio"),
    ("AC-3", [0x0B, 0x77, 0, 0, 0x10, 8 << 3], "AC-3"),
    ("E-AC-3", [0x0B, 0x77, 0, 0, 0x10, 16 << 3], "E-AC-3"),
    ("DTS", [0x7F, 0xFE, 0x80, 0x01], "DTS"), ("DSD", Array("DSD ".utf8), "DSD (DSF)"),
    ("Speex", Array("OggS".utf8) + [UInt8](repeating: 0, count: 24) + Array("Speex   ".utf8), "Speex in Ogg"),
    ("AAC in WAV", wav(data: [1, 2, 3, 4], kind: 0xFF), "AAC in WAV"),
    ("ADTS", adts() + adts(), "AAC (ADTS)"),
    ("ADTS behind a tag", TagBytes.id3v2(4, []) + adts() + adts(), "AAC (ADTS)"),
    ("AMR", Array("#!AMR\n".utf8), "AMR"), ("RealAudio", [0x2E, 0x72, 0x61, 0xFD], "RealAudio"),
  ]

  /// A frame of 16 bytes.
  static func adts() -> [UInt8] {
    [0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC] + [UInt8](repeating: 0xFF, count: 9)
  }

  /// An MP4 whose one table of samples names a codec, behind other atoms.
  static func mp4(_ codec: String) -> [UInt8] {
    let entry = TagBytes.atom(codec, [UInt8](repeating: 0, count: 28))
    let table = TagBytes.atom("stsd", TagBytes.big(0) + TagBytes.big(1) + entry)
    return TagBytes.atom("ftyp", Array("M4A ".utf8) + TagBytes.big(0))
      + TagBytes.atom("mdat", [UInt8](repeating: 0xFF, count: 1_000))
      + TagBytes.atom("moov", TagBytes.atom("trak", TagBytes.atom("stbl", table)))
  }

  @Test(arguments: beginnings) func areNamed(what: String, bytes: [UInt8], title: String) throws {
    let source = try ByteSource(bytes: bytes + [UInt8](repeating: 0, count: 100), name: "x.mp3")
    #expect(ForeignFormat(source)?.title == title)
    let error = #expect(throws: CodedError.self) { _ = try Decoder.open(source, ffmpeg: nil) }
    #expect(error?.code == .unknownFormat && error?.message == "\(title): install ffmpeg to read it")
  }

  @Test func whatTheLibrariesReadIsTheirs() throws {
    let names = [
      "joint-44k.mp3", "vbr-tags-44k.mp3", "free-format-32k.mp3", "mpeg2-22k.mp3", "low-rate-24k.mp3",
      "stereo.flac",
      "stereo.ogg", "mono-24bit.wav",
    ]
    for name in names {
      #expect(ForeignFormat(try ByteSource(bytes: bytes(of: name), name: name)) == nil, "\(name)")
      let probe = try AudioProbe(path: golden(name).path)
      #expect(probe.decoder.hasPrefix(name.hasSuffix("mp3") ? "libmpg123" : "libsndfile "))
    }
    for format in [SoundFormat.caf, SoundFormat.aiff] {
      try withFolder { folder in
        let path = folder.appending(path: "x").path
        try #require(writeSound(SyntheticSound.samples(count: 1_000), format: format, to: path))
        #expect(ForeignFormat(try ByteSource(path: path)) == nil)
      }
    }
    for text in ["", "ID3", "RIFF", "#EXTM3U\nfile.mp3\n", "ffconcat version 1.0\nfile 'a.wav'\n", "ftyp"] {
      #expect(ForeignFormat(try ByteSource(bytes: Array(text.utf8) + [0], name: "x")) == nil)
    }
  }

  @Test func sizesThatLie() throws {
    for size in [0, 1, 7, 8, Int(UInt32.max)] {
      let file = TagBytes.atom("ftyp", Array("M4A ".utf8)) + TagBytes.big(size) + Array("free".utf8) + [0xFF]
      #expect(ForeignFormat(try ByteSource(bytes: file, name: "x"))?.title == "MP4")
    }
  }

  @Test func theProgramIsFound() throws {
    func found(_ environment: [String: String]) -> String? { FFmpeg.find { environment[$0] } }
    try withFolder { folder in
      let program = folder.appending(path: "ffmpeg").path
      try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: program))
      #expect(found(["PATH": folder.path]) == nil)
      #expect(unsafe chmod(program, 0o755) == 0)
      #expect(found(["PATH": "/none:\(folder.path)"]) == program)
      #expect(found(["PATH": folder.path, "GENRELENS_FFMPEG": ""]) == nil)
      #expect(found(["GENRELENS_FFMPEG": "/opt/ffmpeg"]) == "/opt/ffmpeg")
      #expect(found(["PATH": "", "HOME": "/"]) == nil && found(["PATH": "."]) == nil)
    }
  }
}
