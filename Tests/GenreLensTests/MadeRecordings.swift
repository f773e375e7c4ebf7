import Foundation
import GenreLens

/// Sound files of different lengths, of two genres, with splits: most are several windows of a second.
struct MadeRecordings {
  let folder: String
  /// Seconds of the recordings of each genre: five to train, two to validate and three to test.
  static let seconds = [0.7, 1.3, 2.2, 3.4, 5.1, 1, 2.6, 1, 3.2, 2]
  /// Windows of a second: what is left at the end is one from half a second on.
  static let windows = [1, 1, 2, 3, 5, 1, 3, 1, 3, 2]
  static let splits = ["train", "train", "train", "train", "train", "valid", "valid", "test", "test", "test"]

  init() throws {
    folder = try CommandRunner.temporaryFolder()
    var rows: [[String]] = []
    for (genre, beat) in [("Beat", true), ("Tone", false)] {
      for (number, seconds) in Self.seconds.enumerated() {
        let samples = MadeClipsTests.clip(
          beat: beat, seconds: seconds, seed: UInt64(number + (beat ? 100 : 0)))
        let name = "\(genre)-\(number).wav"
        try Waveform(samples: samples, sampleRateHz: 44_100).writeWAV(to: folder + "/" + name)
        rows.append([name, genre, Self.splits[number]])
      }
    }
    try CSVTable.write(header: ["path", "label", "split"], rows: rows, to: folder + "/set.csv")
    try Data("{binCount: 20, sampleCount: 22050}\n".utf8).write(
      to: URL(fileURLWithPath: folder + "/spec.yaml"))
    try Data(
      """
      epochs: 4
      batchSize: 4
      learningRate: 0.01
      features: {binCount: 20, sampleCount: 22050}
      network: {channels: [4, 6], kernel: [3, 3], firstSame: true, hiddenUnits: 0}

      """.utf8
    ).write(to: URL(fileURLWithPath: folder + "/plan.yaml"))
  }

  /// Runs a command line, its words parted by spaces.
  func run(_ line: String) throws -> CommandRunner.Output {
    try CommandRunner.run(line.split(separator: " ").map(String.init), in: folder)
  }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
  }

  /// The JSON document that a command prints.
  func json(_ line: String) throws -> [String: Any] {
    let output = try run(line)
    guard output.status == 0,
      let document = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
        as? [String: Any]
    else { throw Unexpected(output: output) }
    return document
  }

  struct Unexpected: Error { let output: CommandRunner.Output }
}
