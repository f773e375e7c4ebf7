import ArgumentParser
import Foundation
import GenreLens

struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows codec, rate, channels, length and tags of sound files.",
    discussion: """
      Reads no more than necessary; the length of an MP3 is counted frame by frame, for files of up to 256 MB. Lengths in headers are \
      checked against the actual bytes: anything skipped, cut or joined is a note on standard error and in the field "notes" of \
      --json. Formats that libmpg123 and libsndfile do not support (AAC, WMA, ...) are read through ffmpeg if it is installed \
      (GENRELENS_FFMPEG names it, or '' for none), and the output says so.

      \(ExitStatuses.help(.interrupted))

      Example: genrelens probe Data/Folk/*.mp3 --json
      """)

  @Argument(help: "Sound files.", completion: .file())
  var files: [String]

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let batch = try AudioProbe.batch(files, job: Terminal.job(.writingNothing).told(after: .seconds(2)))
    if json {
      try Terminal.printJSON(batch.values)
    } else {
      for probe in batch.values { Terminal.printLine(describe(probe)) }
    }
    Terminal.tell(batch.notes)
    try Terminal.end(batch.failures)
  }

  private func describe(_ probe: AudioProbe) -> String {
    let kind = probe.container == "mpeg" ? probe.codec : "\(probe.container)/\(probe.codec)"
    let about = probe.lengthSource == .estimated ? "about " : ""
    var parts = [
      kind, "\(probe.sampleRateHz) Hz", probe.channels == 1 ? "mono" : "\(probe.channels) channels",
      about + probe.seconds.decimalText(2) + " s",
    ]
    if let bitRate = probe.bitRate { parts.append("\(bitRate / 1000) kbit/s") }
    if probe.decoder.hasPrefix("ffmpeg") { parts.append("through \(probe.decoder)") }
    let tags = probe.tags
    for (name, value) in [
      ("title", tags.title), ("artist", tags.artist), ("album", tags.album), ("genre", tags.genre),
      ("date", tags.year),
    ] {
      if let value { parts.append("\(name) “\(value)”") }
    }
    return "\(probe.path): " + parts.joined(separator: ", ")
  }
}
