import Foundation
import Tensors
import TestSupport
import Testing

/// The main job on MP3 files made here, of two kinds that must be told apart: thuds below a tone, and a tone alone.
@Suite(.tags(.hand, .slow)) struct MadeClipsTests {
  /// A tone with vibrato and noise; with `beat` a 60 Hz thud every half second.
  static func clip(beat: Bool, seconds: Double, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    let pitch = Double(generator.uniform(in: 300..<900))
    let tempo = Double(generator.uniform(in: 0.4..<0.6))
    return (0..<Int(44_100 * seconds)).map { index in
      let time = Double(index) / 44_100
      let tone = 0.15 * sin(2 * .pi * pitch * time + 3 * sin(2 * .pi * 5 * time))
      let since = time.truncatingRemainder(dividingBy: tempo)
      let thud = beat ? 0.6 * exp(-20 * since) * sin(2 * .pi * 60 * since) : 0
      return Float(tone + thud) + 0.01 * generator.normal()
    }
  }

  @Test func trainsClassifiesExplainsAndReports() throws {
    let folder = try CommandRunner.temporaryFolder()
    for (genre, beat) in [("Beat", true), ("Tone", false)] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/set/\(genre)", withIntermediateDirectories: true)
      for number in 0..<10 {
        let samples = Self.clip(beat: beat, seconds: 3.2, seed: UInt64(number + (beat ? 100 : 0)))
        try #require(writeMP3(samples, to: "\(folder)/set/\(genre)/\(number).mp3"))
      }
    }
    try Data("features: {binCount: 20, sampleCount: 66150}\nnetwork: {firstSame: true}\n".utf8)
      .write(to: URL(fileURLWithPath: folder + "/config.yaml"))
    let train = "train set --config config.yaml --epochs 15 --batch-size 8 --output model.safetensors"
    try expectSuccess(train, in: folder)

    for (genre, beat) in [("Beat", true), ("Tone", false)] {
      try #require(
        writeMP3(Self.clip(beat: beat, seconds: 10, seed: 500), to: "\(folder)/new-\(genre).mp3"))
    }
    let answer = try expectSuccess(
      "classify --model model.safetensors new-Beat.mp3 new-Tone.mp3 --json", in: folder)
    let document = try JSONSerialization.jsonObject(with: Data(answer.utf8))
    let list = try #require((document as? [String: [[String: Any]]])?["tracks"])
    #expect(list.map { $0["label"] as? String } == ["Beat", "Tone"])
    #expect(list.map { ($0["windows"] as? [Any])?.count } == [3, 3])

    try expectSuccess("explain --model model.safetensors new-Beat.mp3 --output why", in: folder)
    try expectSuccess("analyze --model model.safetensors set --split all --output report", in: folder)
    for file in ["why/explanation.json", "why/explanation.png", "why/map.npy", "report/report.html"] {
      #expect(FileManager.default.fileExists(atPath: folder + "/" + file), "\(file)")
    }
  }

  @discardableResult
  private func expectSuccess(_ command: String, in folder: String) throws -> String {
    let output = try CommandRunner.run(command.split(separator: " ").map(String.init), in: folder)
    #expect(output.status == 0, "\(command): \(output.standardError)")
    return output.standardOutput
  }
}
