import Files
import Foundation
import TestSupport
import Testing

@testable import Audio

/// The decoder with a stand-in for ffmpeg: a script that writes what it is told.
@Suite(.tags(.hand, .hostile)) struct ForeignDecoderTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  /// 1 000 frames of two channels at 8 000 Hz; frame i is (i, -i) / 1000.
  static let frames = (0..<1_000).flatMap { [Float($0) / 1_000, -Float($0) / 1_000] }

  static let sound: [UInt8] =
    Array(".snd".utf8) + [28, Int(UInt32.max), 6, 8_000, 2].flatMap(TagBytes.big) + [0, 0, 0, 0]
    + frames.flatMap { TagBytes.big(Int($0.bitPattern)) }

  /// A script in place of ffmpeg; `sound` in it is the path of the sound as ffmpeg writes it.
  func standIn(_ commands: String, _ sound: [UInt8] = sound) throws -> String {
    let path = folder + "/\(UUID().uuidString)"
    try Data(sound).write(to: URL(filePath: path + ".au"))
    try writeProgram("#!/bin/sh\nsound=\(path).au\n" + commands + "\n", to: path)
    return path
  }

  func open(_ program: String) throws -> (ForeignDecoder, ByteSource) {
    let source = try ByteSource(bytes: ForeignFormatTests.mp4("mp4a"), name: "x.m4a")
    let format = try #require(ForeignFormat(source))
    return (try ForeignDecoder(source, format, program: program), source)
  }

  func read(_ decoder: ForeignDecoder, frames: Int) throws -> [Float] {
    var samples = [Float](repeating: 0, count: frames * decoder.channelCount)
    let got = try unsafe samples.withUnsafeMutableBufferPointer { try unsafe decoder.read(into: $0) }
    return Array(samples[..<(got * decoder.channelCount)])
  }

  /// Sample frames from here to the end.
  func count(_ decoder: ForeignDecoder) throws -> Int {
    var count = 0
    while case let got = try read(decoder, frames: 4_096).count / decoder.channelCount, got > 0 {
      count += got
    }
    return count
  }

  func message(_ program: String) throws -> String {
    let error = #expect(throws: CodedError.self) { _ = try open(program) }
    return try #require(error).message
  }

  @Test func samplesRateAndChannels() throws {
    let (decoder, source) = try open(standIn("cat $sound"))
    #expect(decoder.sampleRateHz == 8_000 && decoder.channelCount == 2)
    #expect(try read(decoder, frames: 300) == Array(Self.frames[..<600]))
    #expect(try read(decoder, frames: 3_000) == Array(Self.frames[600...]))
    #expect(try read(decoder, frames: 10).isEmpty && source.notes.list.isEmpty)
  }

  @Test func seeksExactlyForwardAndBack() throws {
    let (decoder, _) = try open(standIn("cat $sound"))
    for start in [700, 3, 999] {
      #expect(decoder.seek(toFrame: start))
      #expect(try read(decoder, frames: 1) == Array(Self.frames[2 * start..<2 * start + 2]))
    }
    #expect(!decoder.seek(toFrame: 1_001))
    #expect(decoder.seek(toFrame: 0))
    #expect(try count(decoder) == 1_000)
  }

  @Test func theFileIsHandedOverOpenAndUnnamed() throws {
    let program = try standIn("printf '%s\\n' \"$@\" >$0.arguments; cat <&3 >$0.input; cat $sound")
    let name = folder + "/-i concat:|$(touch x).m4a"
    try Data(ForeignFormatTests.mp4("mp4a")).write(to: URL(filePath: name))
    let source = try ByteSource(path: name)
    let decoder = try ForeignDecoder(source, try #require(ForeignFormat(source)), program: program)
    #expect(try read(decoder, frames: 1_000).count == 2_000)
    let arguments = try String(contentsOfFile: program + ".arguments", encoding: .utf8)
    #expect(!arguments.contains("concat") && arguments.contains("-f\nmov\n-i\nfile:/proc/self/fd/3\n"))
    #expect(arguments.contains("-nostdin\n") && arguments.contains("-protocol_whitelist\nfile\n"))
    #expect(try Data(contentsOf: URL(filePath: program + ".input")) == Data(ForeignFormatTests.mp4("mp4a")))
  }

  @Test func whyThereIsNoSound() throws {
    let log =
      "echo '[mov,mp4 @ 0x55] [error] moov atom not found' >&2; "
      + "echo '[error] file:/proc/self/fd/3: Invalid data found when processing input' >&2; exit 1"
    #expect(try message(standIn(log)) == "AAC in MP4: ffmpeg cannot decode it: moov atom not found")
    let none = "echo \"[error] Stream map '0:a:0' matches no streams.\" >&2; exit 1"
    #expect(try message(standIn(none)).hasSuffix("there is no sound in it"))
    #expect(try message(standIn("exit 3")).hasSuffix("it gives no reason"))
    #expect(try message(standIn("cat $0; sleep 60")).hasSuffix("writes is no sound"))
    #expect(try message(folder + "/none").contains("cannot be started: No such file or directory"))
    // Text without end on standard error neither fills memory nor blocks.
    let flood = "head -c 300000 /dev/zero >&2; yes '[error] x' | head -n 20000 >&2; cat $sound"
    #expect(try count(open(standIn(flood)).0) == 1_000)
  }

  /// Codecs that libsndfile does not know in containers that it reads.
  @Test func whatLibsndfileCannotDecodeIsTried() throws {
    var g722 = wav(data: [UInt8](repeating: 7, count: 4_000))
    g722[20] = 0x8F
    g722[21] = 0x02
    let program = try standIn("cat $sound")
    let opened = try Decoder.open(ByteSource(bytes: g722, name: "x"), ffmpeg: program)
    #expect(opened.sampleRateHz == 8_000 && opened.channelCount == 2)
    // What both cannot read keeps libsndfile's words.
    for ffmpeg in [nil, try standIn("exit 1")] {
      let error = #expect(throws: CodedError.self) {
        _ = try Decoder.open(ByteSource(bytes: g722, name: "x"), ffmpeg: ffmpeg)
      }
      #expect(error?.message.contains("ffmpeg") == false && error?.code == .damaged)
    }
    // And what libsndfile reads is left to it.
    let plain = try Decoder.open(ByteSource(bytes: wav(data: [1, 0, 2, 0]), name: "x"), ffmpeg: program)
    #expect(plain.channelCount == 1)
  }

  @Test func aProgramInAFolderOfAnyName() throws {
    let odd = folder + "/caf\u{10FEE9}"
    try FileSystem.makeFolder(odd)
    let path = odd + "/ffmpeg"
    try AtomicFile.write(Array("#!/bin/sh\ncat \(folder)/odd.au\n".utf8), to: path)
    try Data(Self.sound).write(to: URL(filePath: folder + "/odd.au"))
    #expect(unsafe chmod(path.pathBytes.map { CChar(bitPattern: $0) } + [0], 0o755) == 0)
    #expect(FFmpeg.find { $0 == "PATH" ? odd : nil } == path)
    #expect(try count(open(path).0) == 1_000)
  }

  @Test func damageIsNoted() throws {
    let log =
      "echo '[info] Stream mapping:' >&2; echo '[aac @ 0x5] [error] channel element 1.0 is not allocated' >&2; "
    let (passed, source) = try open(standIn(log + "cat $sound"))
    #expect(try count(passed) == 1_000)
    #expect(source.notes.list.map(\.code) == [.skipped])
    #expect(
      source.notes.list[0].message
        == "ffmpeg passed over damage in 1 place: channel element 1.0 is not allocated")
    for end in ["exit 69", "kill -9 $$"] {
      let (stopped, source) = try open(standIn(log + "head -c 4028 $sound; " + end))
      #expect(try count(stopped) == 500)
      #expect(source.notes.list.map(\.code) == [.cutShort] && source.notes.list[0].seconds == 0.063)
    }
  }

  /// A file's tags are in the log too; they must not pass for what ffmpeg says.
  @Test func tagsInTheLogTellNothing() throws {
    var log = FFmpegLog()
    let text = """
      [info]   Metadata:
      [info]     title           : Duration: 1e30:00:00, x
      [info]     Duration: 1e30:00:00, long name: x
      [info]     artist          : Stream #0:0: Audio: nonsense, Stream mapping:
      [info]   Duration: 00:00:02.50, start: 0.000000, bitrate: 97 kb/s
      [info]   Stream #0:0: Audio: aac (LC), 44100 Hz

      """
    log.take(text.utf8)
    #expect(log.seconds == 2.5 && log.codec == "aac")
    // Nor does a length that is none.
    log = FFmpegLog()
    log.take("[info]   Duration: 1e30:00:00.00, start\n".utf8)
    #expect(log.seconds == nil)
  }

  @Test func whatTheLogTells() {
    var log = FFmpegLog()
    let text = """
      [info] ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026
      [mjpeg @ 0x1] [fatal] No JPEG data found in image
      [info]   Duration: 01:02:03.50, start: 0.000000, bitrate: 97 kb/s
      [info]   Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 70 kb/s
      [info] Stream mapping:
      [info]   Stream #0:0: Audio: pcm_f32be, 44100 Hz
      """
    // As it comes out of a pipe, in pieces.
    for byte in Array(text.utf8) + [0x0A] { log.take([byte]) }
    #expect(log.version == "5.1.9-0+deb12u1" && log.seconds == 3723.5 && log.codec == "aac")
    #expect(log.openingErrors == ["No JPEG data found in image"] && log.decodingErrorCount == 0)
  }

  // MARK: - Processes

  func isRunning(_ identifier: String) -> Bool {
    FileManager.default.fileExists(
      atPath: "/proc/" + identifier.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  @Test func theProgramEndsWithItsReader() throws {
    // It would write for ever, or wait for ever.
    for rest in ["while :; do cat $sound; done", "cat $sound; exec sleep 1000"] {
      let program = try standIn("echo $$ >$0.pid; " + rest)
      do {
        let (decoder, _) = try open(program)
        #expect(try read(decoder, frames: 10).count == 20)
        #expect(isRunning(try String(contentsOfFile: program + ".pid", encoding: .utf8)))
      }
      #expect(!isRunning(try String(contentsOfFile: program + ".pid", encoding: .utf8)))
    }
  }

  @Test func silenceIsNotWaitedForForEver() throws {
    let program = try standIn("echo $$ >$0.pid; exec sleep 1000")
    let source = try ByteSource(bytes: ForeignFormatTests.mp4("mp4a"), name: "x")
    let format = try #require(ForeignFormat(source))
    let error = #expect(throws: CodedError.self) {
      _ = try ForeignDecoder(source, format, program: program, patience: .seconds(1))
    }
    #expect(error?.code == .inputOutput && error?.message.contains("was stopped") == true)
    #expect(!isRunning(try String(contentsOfFile: program + ".pid", encoding: .utf8)))
  }

  @Test func manySideBySideLeaveNothingBehind() async throws {
    let program = try standIn("cat $sound")
    func descriptors() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
    func round() async throws {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<64 {
          group.addTask {
            let (decoder, _) = try open(program)
            return index % 2 == 0 ? try count(decoder) : try read(decoder, frames: 1_000).count / 2
          }
        }
        for try await count in group { #expect(count == 1_000) }
      }
    }
    try await round()
    let before = try descriptors()
    for _ in 0..<3 { try await round() }
    // Other tests run beside this one and hold a few files; a leak would be 192 descriptors or more.
    #expect(try descriptors() < before + 60)
  }
}
