import Foundation
import TestSupport
import Testing

/// What the command says and does about sound that neither library reads, without ffmpeg and with a stand-in for it.
@Suite(.tags(.hand)) struct ForeignSoundCommandTests {
  let folder: String

  /// Two genres of WAV files, with M4A, MIDI and text beside them.
  init() throws {
    folder = try CommandRunner.temporaryFolder()
    for (index, name) in ["Folk/a.wav", "Folk/b.wave", "Rock/c.wav"].enumerated() {
      try write(wavFile(SyntheticSound.integers(count: 30_000, seed: UInt32(index))), to: name)
    }
    for name in ["Folk/d.m4a", "Rock/e.m4a"] { try write(Data(TagBytes.mp4([])), to: name) }
    for name in ["Rock/f.mid", "Rock/notes.txt"] { try write(Data("x".utf8), to: name) }
    try write(Data("sampleCount: 22050\n".utf8), to: "spec.yaml")
  }

  func write(_ data: Data, to name: String) throws {
    let url = URL(fileURLWithPath: folder + "/music/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  func run(ffmpeg: String, _ arguments: String...) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["GENRELENS_FFMPEG=" + ffmpeg, CommandRunner.program] + arguments, in: folder, program: "/usr/bin/env")
  }

  static let leftOut =
    "3 files left out: 2 .m4a, 1 .mid; install ffmpeg to read .m4a; video and MIDI files are not searched for sound"

  @Test func withoutItFilesAreCountedAndNamed() throws {
    for command in [
      ["features", "music", "-o", "x.npy", "--spec", "music/spec.yaml"],
      ["data", "folder", "music", "-o", "m.csv"],
    ] {
      let output = try CommandRunner.run(
        ["GENRELENS_FFMPEG=", CommandRunner.program] + command, in: folder, program: "/usr/bin/env")
      #expect(output.status == 0 && output.standardError.contains("note: \(Self.leftOut)\n"), "\(output)")
      #expect(output.standardOutput.contains(": 3 "))
    }
    let check = try run(ffmpeg: "", "data", "check", "music", "--spec", "music/spec.yaml")
    #expect(
      check.standardOutput.contains("warning: left-out 1: ") && check.standardOutput.contains(Self.leftOut))
    let named = try run(ffmpeg: "", "probe", "music/Folk/d.m4a")
    #expect(
      named.status != 0 && named.messages == ["genrelens: music/Folk/d.m4a: MP4: install ffmpeg to read it"])
  }

  @Test func withItTheyAreRead() throws {
    let samples = SyntheticSound.samples(count: 30_000)
    let header = [24, Int(UInt32.max), 6, 22_050, 1].flatMap(TagBytes.big)
    let sound = Array(".snd".utf8) + header + samples.flatMap { TagBytes.big(Int($0.bitPattern)) }
    try Data(sound).write(to: URL(fileURLWithPath: folder + "/sound.au"))
    let log = [
      "ffmpeg version 9.9-test (c)", "  Duration: 00:00:01.36, start: 0", "  Stream #0:0: Audio: aac (LC)",
    ]
    let program =
      "#!/bin/sh\n" + log.map { "echo '[info] \($0)' >&2\n" }.joined() + "exec cat '\(folder)/sound.au'\n"
    try writeProgram(program, to: folder + "/stand-in")
    let ffmpeg = folder + "/stand-in"

    let features = try run(ffmpeg: ffmpeg, "features", "music", "-o", "y.npy", "--spec", "music/spec.yaml")
    #expect(
      features.status == 0 && features.standardOutput == "y.npy: 5 maps of 5 recordings (all windows)\n",
      "\(features)")
    #expect(features.standardError.contains("note: 1 file left out: 1 .mid; "))
    // Nothing has changed: nothing is decoded.
    let again = try run(ffmpeg: ffmpeg, "features", "music", "-o", "y.npy", "--spec", "music/spec.yaml")
    #expect(
      again.standardOutput
        == "y.npy: 5 maps of 5 recordings (all windows), those of 5 unchanged files from the earlier run\n")
    let probe = try run(ffmpeg: ffmpeg, "probe", "music/Folk/d.m4a")
    #expect(
      probe.standardOutput
        == "music/Folk/d.m4a: mp4/aac, 22050 Hz, mono, 1.36 s, 0 kbit/s, through ffmpeg 9.9-test\n",
      "\(probe)")
    let json = try run(ffmpeg: ffmpeg, "probe", "music/Folk/d.m4a", "music/Folk/a.wav", "--json")
    #expect(json.standardOutput.contains("\"decoder\" : \"ffmpeg 9.9-test\""))
    #expect(json.standardOutput.contains("\"decoder\" : \"libsndfile "))
  }
}
