import Foundation
import GenreLens
import TestSupport
import Testing

/// Each bad input gives one line that says what and where, its exit status, and no output.
@Suite(.tags(.hostile), .serialized) struct CommandBadInputTests {
  /// The index of the store has the manifest's name: neither command may replace what the user wrote.
  @Test func aManifestIsNotReplacedByAnIndex() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "genrelens-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = "path,label\na.wav,Folk\nb.wav,Hip-Hop\n"
    try text.write(toFile: folder + "/music.csv", atomically: true, encoding: .utf8)
    let output = try CommandRunner.run(["features", "music.csv", "--output", "music.npy"], in: folder)
    #expect(output.status == 64 && output.standardError.contains("would replace the input music.csv"))
    #expect(try String(contentsOfFile: folder + "/music.csv", encoding: .utf8) == text)
  }

  /// `@model`, `@clip`, `@features` stand for the fixture's files; everything else is looked for in the bad folder.
  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: String
    let status: ProcessStatus
    /// What the line must say.
    let words: String

    init(_ arguments: String, _ status: ProcessStatus, _ words: String) {
      (self.arguments, self.status, self.words) = (arguments, status, words)
    }

    var testDescription: String { arguments }
  }

  /// A folder with everything that can be wrong; made once.
  private static let folder = Result { try makeFolder() }

  private static let sound: [Case] = [
    Case("probe missing.mp3", .missingInput, "missing.mp3: no such file"),
    Case("probe empty.mp3", .badData, "empty.mp3: the file is empty"),
    Case("probe text.mp3", .badData, "text.mp3: not a sound file of a known kind"),
    Case("probe noise.bin", .badData, "noise.bin: not a sound file of a known kind"),
    Case("classify --model @model missing.mp3", .missingInput, "missing.mp3: no such file"),
    Case("classify --model @model text.mp3", .badData, "text.mp3: not a sound file"),
    Case("classify --model @model nan.wav", .badData, "nan.wav: "),
    Case("classify --model @model silence.wav", .badData, "silence.wav: only silence"),
    Case("classify --model @model headless.mp3", .badData, "headless.mp3: "),
    Case("explain --model @model silence.wav --output out", .badData, "silence.wav: only silence"),
    Case("explain --model @model text.mp3 --output out", .badData, "text.mp3: not a sound file"),
    Case("explain --model @model @clip --output out --start 100", .badData, "no sound from 100.0 s on"),
    Case("features text.mp3 --output out.npy", .badData, "text.mp3: not a sound file"),
    Case("features silence.wav --output out.npy", .badData, "only silence"),
    Case("features missing --output out.npy", .missingInput, "missing: no such file or folder"),
  ]

  private static let data: [Case] = [
    Case("train missing --output out.safetensors", .missingInput, "missing: no such file or folder"),
    Case("train nogenres --output out.safetensors", .badData, "nogenres: no genre folders"),
    Case("train onegenre --output out.safetensors", .badData, "only one genre ('Folk')"),
    Case("train few --output out.safetensors", .badData, "too few"),
    Case("train nan.npy --output out.safetensors", .badData, "row 1"),
    Case(
      "train laterspec.npy --output out.safetensors", .badData,
      "laterspec.json: its specification: feature spec version 99"),
    Case(
      "train ratezero.npy --output out.safetensors", .badData,
      "ratezero.json: its specification: sampleRateHz is 0, must be"),
    Case("features @clip --output out.npy --spec laterspec.yaml", .badData, "\"version\" must be 1, not 99"),
    Case("features @clip --output out.npy --spec ratezero.yaml", .badData, "ratezero.yaml: line 1"),
    Case("train badsplit.csv --output out.safetensors", .badData, "badsplit.csv:2: "),
    Case("train nopath.csv --output out.safetensors", .badData, "nopath.csv:1: "),
    Case("train @features --output out.safetensors --genres Folk,Jazz", .badData, "no clip of genre 'Jazz'"),
    Case(
      "train @features --output out.safetensors --config jazz.yaml", .badData,
      "the genres wanted (Jazz, Rock) are those of jazz.yaml: --genres names others"),
    Case(
      "features @clip --output out.npy --all-windows", .usage,
      "--all-windows is the default now: leave it out"),
    Case(
      "inspect speckind.safetensors", .badData,
      "the model's featureSpec cannot be used: unknown kind 'wavelets', known are mfcc, melDecibels, smoothedMelDecibels"
    ),
    Case(
      "classify --model @model names.txt", .badData,
      "names.txt: not a sound file; the names in a list are read by -"),
    Case("classify --model @model self.m3u", .badData, "self.m3u: is named in itself"),
    Case(
      "train @features --output out.safetensors --config bad.yaml", .badData,
      "bad.yaml: line 2: unknown key \"lerning\""),
    Case(
      "train @features --output out.safetensors --config no.yaml", .missingInput,
      "no.yaml: no such configuration"),
    Case("train @features --output out.safetensors --epochs 0", .usage, "epochs must be 1"),
    Case(
      "train @features --output /proc/no/out.safetensors", .inputOutput, "/proc/no: the folder cannot be made"
    ),
    Case("features @clip --output /proc/no/out.npy", .inputOutput, "/proc/no: the folder cannot be made"),
    Case("evaluate --model @model jazz", .badData, "none of the model's"),
    Case("evaluate --model @model @features --split nope", .usage, "unknown split \"nope\""),
    Case("analyze --model @model nogenres --output out", .badData, "nogenres: no genre folders"),
  ]

  private static let models: [Case] = [
    Case("inspect missing.safetensors", .missingInput, "missing.safetensors: no such checkpoint"),
    Case("inspect text.mp3", .badData, "text.mp3: not a safetensors file"),
    Case("inspect shape.safetensors", .badData, "tensor 'conv2.bias' has shape [24]"),
    Case("inspect future.safetensors", .badData, "version 6 is newer"),
    Case("inspect lacking.safetensors", .badData, "'dense2.bias' is missing"),
    Case("inspect notanumber.safetensors", .badData, "not finite"),
    Case("inspect duplicate.safetensors", .badData, "duplicate key"),
    Case("inspect overlap.safetensors", .badData, "overlaps"),
    Case("inspect laterspec.safetensors", .badData, "featureSpec cannot be used: feature spec version 99"),
    Case(
      "inspect ratezero.safetensors", .badData,
      "featureSpec cannot be used: sampleRateHz is 0, must be 1000 to"),
    Case("inspect specword.safetensors", .badData, "the model's description cannot be read: "),
    Case("classify --model cut.safetensors @clip", .badData, "cut.safetensors: "),
    Case("evaluate --model shape.safetensors @features", .badData, "conv2.bias"),
    Case(
      "explain --model @model @clip --output out --class Jazz", .usage,
      "no class \"Jazz\": the model knows Folk, Hip-Hop"),
    Case("explain --model @model @clip --output out --layer conv9", .usage, "no layer \"conv9\""),
    Case("explain --model @model @clip --output out --method magic", .usage, "unknown method \"magic\""),
    Case("explain --model @model @clip --output out --method cam", .badData, "global"),
  ]

  private static let usage: [Case] = [
    Case("frobnicate", .usage, "frobnicate"),
    Case("probe", .usage, "(see 'genrelens probe --help')"),
    Case("probe --jsn x", .usage, "'--json'"),
    Case("train @features", .usage, "--output"),
    Case("train @features --output out.bin", .usage, ".safetensors"),
    Case("train @features --output out.safetensors --epochs many", .usage, "many"),
    Case("features @clip --output out.csv", .usage, ".npy"),
    Case("features @clip --output out.npy --spec mfcc99", .usage, "unknown feature spec \"mfcc99\""),
  ]

  @Test(arguments: sound) func badSound(_ bad: Case) throws { try check(bad) }
  @Test(arguments: data) func badData(_ bad: Case) throws { try check(bad) }
  @Test(arguments: models) func badModel(_ bad: Case) throws { try check(bad) }
  @Test(arguments: usage) func badUsage(_ bad: Case) throws { try check(bad) }

  private func check(_ bad: Case) throws {
    let (fixture, folder) = (try Fixture.shared.get(), try Self.folder.get())
    let arguments = bad.arguments.split(separator: " ").map { word in
      switch word {
      case "@model": fixture.model
      case "@clip": fixture.clips[0]
      case "@features": fixture.features
      default: String(word)
      }
    }
    let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let output = try CommandRunner.run(arguments, in: folder)
    #expect(output.status == bad.status.rawValue, "\(output.standardError)")
    #expect(output.standardOutput.isEmpty)
    #expect(output.messages.count == 1 && output.messages[0].contains(bad.words), "\(output.standardError)")
    var after = try FileManager.default.contentsOfDirectory(atPath: folder)
    // The ledger of failures is an output that belongs to a failed batch.
    after.removeAll { $0.hasSuffix(".failures.csv") }
    #expect(after.sorted() == before.filter { !$0.hasSuffix(".failures.csv") })
  }

  @Test func truncatedFileGivesWhatItHas() throws {
    let (fixture, folder) = (try Fixture.shared.get(), try Self.folder.get())
    let output = try CommandRunner.run(
      ["classify", "--model", fixture.model, "cut.mp3", "--json"], in: folder)
    let document = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
    let tracks = try #require((document as? [String: [[String: Any]]])?["tracks"])
    #expect(output.status == 0 && (tracks.first?["windows"] as? [Any])?.count == 1)
  }

  @Test func shortFilesArePaddedAndRecordedOrRefused() throws {
    let (clip, output) = (try Self.folder.get() + "/cut.mp3", try CommandRunner.temporaryFolder())
    let padded = try CommandRunner.run(["features", clip, "--output", output + "/padded.npy"])
    #expect(padded.status == 0)
    let index = try CSVTable(path: output + "/padded.csv")
    let column = try #require(index.column("padded_seconds"))
    #expect(try #require(Double(index.records[0].fields[column])) > 5)

    let refused = try CommandRunner.run(
      ["features", clip, "--output", output + "/refused.npy", "--refuse-short"])
    #expect(refused.status == ProcessStatus.badData.rawValue && refused.messages.count == 1)
    #expect(!FileManager.default.fileExists(atPath: output + "/refused.npy"))
  }

  @Test func oneBadFileOfSeveralStillPrintsTheOthers() throws {
    let (fixture, folder) = (try Fixture.shared.get(), try Self.folder.get())
    let output = try CommandRunner.run(["probe", "--json", "text.mp3", fixture.clips[0]], in: folder)
    #expect(output.status == ProcessStatus.badData.rawValue && output.messages.count == 1)
    let list = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [Any]
    #expect(list?.count == 1)
  }

  private static func makeFolder() throws -> String {
    let (folder, fixture) = (try CommandRunner.temporaryFolder(), try Fixture.shared.get())
    func write(_ name: String, _ data: Data) throws {
      try data.write(to: URL(fileURLWithPath: folder + "/" + name))
    }
    let clip = try Data(contentsOf: URL(fileURLWithPath: fixture.clips[0]))
    var generator = SeededGenerator(seed: 5)
    try write("empty.mp3", Data())
    try write("text.mp3", Data("this is text and no sound\n".utf8))
    try write("noise.bin", Data((0..<20_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }))
    try write("cut.mp3", clip.prefix(9_000))
    try write("headless.mp3", Data("ID3".utf8) + Data([4, 0, 0, 0, 0, 0x7F, 0x7F]) + Data(count: 64))
    try Waveform(samples: [Float](repeating: 0, count: 70_000), sampleRateHz: 22_050).writeWAV(
      to: folder + "/silence.wav")
    try Waveform(samples: [Float](repeating: 0.1, count: 70_000), sampleRateHz: 22_050).writeWAV(
      to: folder + "/nan.wav", encoding: .float32)
    try poison(folder + "/nan.wav", at: 200_000)
    for name in ["nogenres", "onegenre/Folk", "few/Folk", "few/Hip-Hop", "jazz/Jazz"] {
      try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
      if name.contains("/") { try write(name + "/a.mp3", clip) }
    }
    let features = try NumpyFile.read(fixture.features)
    var broken = features
    broken.withMutableSpan { $0[20 * 130 + 7] = .nan }
    try NumpyFile.write(broken, to: folder + "/nan.npy")
    try FileManager.default.copyItem(
      atPath: String(fixture.features.dropLast(3)) + "csv", toPath: folder + "/nan.csv")
    for (name, key, value) in [("laterspec", "version", 99), ("ratezero", "sampleRateHz", 0)] {
      try write("\(name).yaml", Data("\(key): \(value)\n".utf8))
      for ending in ["npy", "csv"] {
        try FileManager.default.copyItem(
          atPath: String(fixture.features.dropLast(3)) + ending, toPath: folder + "/\(name).\(ending)")
      }
      let description = try Data(
        contentsOf: URL(fileURLWithPath: String(fixture.features.dropLast(3)) + "json"))
      var tree = try #require(try JSONSerialization.jsonObject(with: description) as? [String: Any])
      var spec = try #require(tree["spec"] as? [String: Any])
      spec[key] = value
      tree["spec"] = spec
      try write("\(name).json", try JSONSerialization.data(withJSONObject: tree))
    }
    try write("badsplit.csv", Data("path,label,split\na.mp3,Folk,tomorrow\n".utf8))
    try write("nopath.csv", Data("song,label\na.mp3,Folk\n".utf8))
    try write("jazz.yaml", Data("genres: [Jazz, Rock]\n".utf8))
    try write("names.txt", Data("a.mp3\n".utf8))
    try write("self.m3u", Data("self.m3u\n".utf8))
    try write("bad.yaml", Data("epochs: 2\nlerning: 3\n".utf8))
    try BadModels.write(from: fixture.model, to: folder)
    return folder
  }

  /// Puts a NaN into a file of 32-bit floats.
  private static func poison(_ path: String, at offset: Int) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data.replaceSubrange(offset..<offset + 4, with: [0, 0, 0xC0, 0x7F])
    try data.write(to: URL(fileURLWithPath: path))
  }
}

/// Checkpoints that lie.
enum BadModels {
  static func write(from path: String, to folder: String) throws {
    let file = try SafeTensorsFile(path: path)
    func save(_ name: String, _ tensors: [SafeTensorsFile.Entry], version: String = "1") throws {
      var metadata = file.metadata
      metadata["version"] = version
      try SafeTensorsFile(metadata: metadata, tensors: tensors).write(to: folder + "/" + name)
    }
    func replacing(_ name: String, _ tensor: Tensor) -> [SafeTensorsFile.Entry] {
      file.tensors.map { $0.name == name ? .init(name: name, tensor: tensor) : $0 }
    }
    try save("shape.safetensors", replacing("conv2.bias", Tensor(repeating: 0, shape: [24])))
    try save("notanumber.safetensors", replacing("conv1.bias", Tensor(repeating: .nan, shape: [24])))
    try save("lacking.safetensors", file.tensors.filter { $0.name != "dense2.bias" })
    try save("future.safetensors", file.tensors, version: "6")
    let about = try #require(file.metadata["genrelens"])
    for (name, key, value) in [
      ("laterspec", "version", 99 as any Sendable), ("ratezero", "sampleRateHz", 0),
      ("specword", "sampleRateHz", "fast"), ("speckind", "kind", "wavelets"),
    ] {
      var tree = try #require(try JSONSerialization.jsonObject(with: Data(about.utf8)) as? [String: Any])
      var spec = try #require(tree["featureSpec"] as? [String: Any])
      spec[key] = value
      tree["featureSpec"] = spec
      var metadata = file.metadata
      metadata["genrelens"] = String(
        decoding: try JSONSerialization.data(withJSONObject: tree), as: UTF8.self)
      try SafeTensorsFile(metadata: metadata, tensors: file.tensors).write(
        to: folder + "/\(name).safetensors")
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: folder + "/cut.safetensors"))
    let one = #""w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    try header("{\(one),\(one)}", dataByteCount: 4).write(
      to: URL(fileURLWithPath: folder + "/duplicate.safetensors"))
    let two = #""v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#
    try header("{\(one),\(two)}", dataByteCount: 8).write(
      to: URL(fileURLWithPath: folder + "/overlap.safetensors"))
  }

  private static func header(_ text: String, dataByteCount: Int) -> Data {
    Data((0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }) + Data(text.utf8)
      + Data(count: dataByteCount)
  }
}
