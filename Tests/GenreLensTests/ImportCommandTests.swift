import Foundation
import GenreLens
import TestSupport
import Testing

/// Weights of other people as a user brings them in, and what the model then says.
@Suite(.tags(.hand, .hostile)) struct ImportCommandTests {
  private static let tags = ["Hip-Hop", "folk", "rock", "choral"]

  /// A folder with weights of a tagger under its authors' names, its tags, and a song.
  private func folder() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    let entry = try #require(NetworkCatalogue.named("musicnn-won"))
    let architecture = try entry.architecture(inputShape: [1, 96, 188], classCount: Self.tags.count)
    let network = try Network(architecture, seed: 7)
    let naming = architecture.wonMusicnnNaming()
    let entries = (network.parameters.entries + network.state.entries).map { entry in
      let tensor =
        network.parameters.entry(entry.name) == nil
        ? network.state[entry.name] : network.parameters[entry.name]
      let source = naming[entry.name]
      #expect(source.rows == nil && !source.isTransposed)
      return SafeTensorsFile.Entry(name: source.name, extents: tensor.shape.dimensions, values: tensor.values)
    }
    try SafeTensorsFile(tensors: entries).write(to: folder + "/weights.safetensors")
    try Self.tags.joined(separator: "\n").write(
      toFile: folder + "/tags.txt", atomically: true, encoding: .utf8)
    let sound = (0..<16_000 * 7).map {
      Int16(9_000 * sin(Double($0) * 0.05) + 3_000 * sin(Double($0 % 4_000)))
    }
    try wavFile(sound, sampleRateHz: 16_000).write(to: URL(fileURLWithPath: folder + "/song.wav"))
    return folder
  }

  private func importing(_ extra: [String] = [], in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(
      [
        "import", "weights.safetensors", "--network", "musicnn-won", "--labels", "tags.txt", "--output",
        "model.safetensors",
      ] + extra, in: folder)
  }

  @Test func anImportedTaggerClassifiesAndIsAskedAboutSomeTags() throws {
    let folder = try folder()
    let made = try importing(["--origin", "made here"], in: folder)
    #expect(made.status == 0 && made.standardOutput.hasSuffix("4 tags\n"), "\(made.standardError)")
    let all = try CommandRunner.run(
      ["classify", "song.wav", "--model", "model.safetensors", "--json"], in: folder)
    let shares = try probabilities(all)
    #expect(Set(shares.keys) == Set(Self.tags) && all.status == 0, "\(all.standardError)")
    // Tags are no choice among classes.
    #expect(abs(shares.values.reduce(0, +) - 1) > 1e-3)
    let some = try CommandRunner.run(
      ["classify", "song.wav", "--model", "model.safetensors", "--labels", "Folk=folk,Hip-Hop", "--json"],
      in: folder)
    let asked = try probabilities(some)
    #expect(Set(asked.keys) == ["Folk", "Hip-Hop"])
    #expect(abs((asked["Folk"] ?? 0) - (shares["folk"] ?? 1)) < 1e-5)
    let inspected = try CommandRunner.run(["inspect", "model.safetensors"], in: folder)
    #expect(inspected.standardOutput.contains("made here") && inspected.standardOutput.contains("16000 Hz"))
  }

  private func probabilities(_ output: CommandRunner.Output) throws -> [String: Double] {
    struct Document: Decodable {
      struct Track: Decodable { let probabilities: [String: Double] }
      let tracks: [Track]
    }
    let data = Data(output.standardOutput.utf8)
    return try #require(try JSONDecoder().decode(Document.self, from: data).tracks.first).probabilities
  }

  /// Results of one choice of labels are not taken for those of another.
  @Test func aFolderOfResultsBelongsToItsLabels() throws {
    let folder = try folder()
    _ = try importing(in: folder)
    let arguments = ["classify", "song.wav", "--model", "model.safetensors", "--output", "heard", "--labels"]
    #expect(try CommandRunner.run(arguments + ["A=folk,B=Hip-Hop"], in: folder).status == 0)
    let other = try CommandRunner.run(arguments + ["A=Hip-Hop,B=folk"], in: folder)
    #expect(
      other.status != 0 || !other.standardOutput.contains("by an earlier run"), "\(other.standardOutput)")
  }

  @Test func whatDoesNotFitIsOneLine() throws {
    let folder = try folder()
    try "a\nb".write(toFile: folder + "/two.txt", atomically: true, encoding: .utf8)
    let cases: [([String], Int32, String)] = [
      (["--labels", "two.txt"], 65, "is needed"), (["--labels", "none.txt"], 66, "none.txt"),
      (["--network", "music-vgg"], 65, "not the weights of music-vgg"),
      (["--network", "three-block"], 64, "no network"), (["--front-end", "mfcc20"], 65, "bins"),
      (["--front-end", "nonsense"], 64, "musicnn"), (["--output", "weights.safetensors"], 64, "weights"),
    ]
    for (extra, status, word) in cases {
      let output = try importing(extra, in: folder)
      #expect(output.status == status && output.messages.count == 1, "\(extra): \(output.standardError)")
      #expect(output.standardError.contains(word), "\(extra): \(output.standardError)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/model.safetensors"))
    }
    for labels in ["folk", "folk,", "folk,jazz", "A=folk,A=rock", "=folk,rock"] {
      _ = try importing(in: folder)
      let output = try CommandRunner.run(
        ["classify", "song.wav", "--model", "model.safetensors", "--labels", labels], in: folder)
      #expect(output.status == 64 && output.messages.count == 1, "\(labels): \(output.standardError)")
    }
  }
}
