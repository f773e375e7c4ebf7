import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens` with models that take pictures.
@Suite(.tags(.hand, .hostile)) struct PictureCommandTests {
  private static let golden = packageRoot + "/Tests/ImagesTests/Golden"

  /// A model of 8 x 8 pictures and two pictures.
  private func pictures() throws -> (folder: String, model: String) {
    let folder = try CommandRunner.temporaryFolder()
    var spec = PictureSpec()
    spec.resize = .exact(height: 8, width: 8)
    let architecture = Architecture(
      name: "small", inputShape: [3, 8, 8],
      chain: [
        ("conv1", Convolution(outputChannels: 4, kernel: [3, 3])), ("gap", GlobalAveragePooling()),
        ("flatten", Flatten()), ("dense", Dense(outputCount: 3)),
      ])
    let model = GenreModel(
      network: try Network(architecture, seed: 2), labels: ["cat, house cat", "dog", "bird"], pictures: spec)
    try model.write(to: folder + "/m.safetensors")
    for name in ["rgb.png", "odd-420.jpg"] {
      try FileManager.default.copyItem(atPath: "\(Self.golden)/\(name)", toPath: "\(folder)/\(name)")
    }
    return (folder, "m.safetensors")
  }

  @Test func foldersOfPicturesAreClassified() throws {
    let (folder, model) = try pictures()
    try "no picture".write(toFile: folder + "/text.png", atomically: true, encoding: .utf8)
    let output = try CommandRunner.run(["classify", "--model", model, ".", "--json"], in: folder)
    #expect(output.status == ProcessStatus.badData.rawValue)
    struct Document: Decodable {
      let pictures: [PictureClassification]
      let failures: [FailedTrack]
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(output.standardOutput.utf8))
    #expect(document.pictures.map(\.path) == ["./odd-420.jpg", "./rgb.png"])
    #expect(document.failures.map(\.code) == ["unknown-format"])
    let text = try CommandRunner.run(["classify", "--model", model, "rgb.png"], in: folder)
    let picture = document.pictures[1]
    #expect(
      text.status == 0 && text.standardOutput.hasPrefix("rgb.png: \(picture.label)  (\(picture.label) "))
    let table = try CommandRunner.run(["classify", "--model", model, "rgb.png", "--csv"], in: folder)
    #expect(table.standardOutput.hasPrefix("path,label,probability,\"p_cat, house cat\",p_dog,p_bird"))
    let lines = try CommandRunner.run(["classify", "--model", model, "rgb.png", "--jsonl"], in: folder)
    #expect(lines.standardOutput.split(separator: "\n").count == 1)
  }

  @Test func aPictureIsExplained() throws {
    let (folder, model) = try pictures()
    let output = try CommandRunner.run(
      ["explain", "rgb.png", "--model", model, "--class", "house cat", "--output", "why"], in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("why/explanation.html: grad-cam at conv1 for cat, house cat"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/why").sorted()
    #expect(
      names == [
        "explanation.html", "explanation.json", "explanation.png", "map.npy", "upsampled.npy",
      ])
    let json = try CommandRunner.run(
      ["explain", "rgb.png", "--model", model, "--method", "occlusion", "--output", "why", "--json"],
      in: folder)
    let document = try JSONDecoder().decode(PictureExplanation.self, from: Data(json.standardOutput.utf8))
    #expect(
      document.method == "occlusion" && document.layer == "input"
        && document.files.picture == "explanation.png")
  }

  @Test func explanationsOfPicturesAreMeasured() throws {
    let (folder, model) = try pictures()
    try "0 0.5 0.5 0.5 0.5".write(toFile: folder + "/rgb.txt", atomically: true, encoding: .utf8)
    let output = try CommandRunner.run(
      [
        "benchmark-explanations", "--model", model, ".", "--methods", "grad-cam,grad-cam++", "--metrics",
        "masking,objects", "--truth", ".", "--output", "out",
      ], in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("## grad-cam against grad-cam++, picture by picture"))
    #expect(output.standardOutput.contains("1 picture with 1 object, 0 with several, 1 without a mark"))
    let silent = try CommandRunner.run(
      ["benchmark-explanations", "--model", model, ".", "--baseline", "silence", "--output", "silent"],
      in: folder)
    #expect(
      silent.status == ProcessStatus.usage.rawValue && silent.standardError.contains("silence is for sound"))
    try "0 0.5 0.5 2 0.5".write(toFile: folder + "/rgb.txt", atomically: true, encoding: .utf8)
    let wrong = try CommandRunner.run(
      ["benchmark-explanations", "--model", model, ".", "--truth", ".", "--output", "wrong"], in: folder)
    #expect(wrong.status == ProcessStatus.badData.rawValue)
    let lines = wrong.standardError.split(separator: "\n").filter { $0.contains("rgb.txt:1") }
    #expect(
      lines.count == 1 && lines[0].contains("the box is outside of the picture"), "\(wrong.standardError)")
  }

  @Test func networksAreCompared() throws {
    let (folder, model) = try pictures()
    let other = try GenreModel(path: folder + "/" + model)
    try other.write(to: folder + "/n.safetensors")
    let output = try CommandRunner.run(
      [
        "compare-explanations", "rgb.png", "odd-420.jpg", "--model", model, "--model", "n.safetensors",
        "--output", "out",
      ],
      in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("out/maps.png"))
    let alone = try CommandRunner.run(
      ["compare-explanations", "rgb.png", "--model", model, "--output", "alone"], in: folder)
    #expect(
      alone.status == ProcessStatus.usage.rawValue && alone.standardError.contains("two or more models"))
  }

  /// What does not go together is said in a line, and nothing is written.
  @Test(arguments: [
    (["explain", "rgb.png", "odd-420.jpg"], "2 pictures: one at a time is explained"),
    (["explain", "rgb.png", "--whole"], "--whole is for sound: the model takes pictures"),
    (["explain", "rgb.png", "--hop-seconds", "1"], "--hop-seconds is for sound: the model takes pictures"),
    (["explain", "rgb.png", "--layer", "all"], "--layer all: of a picture one layer is explained at a time"),
    (
      ["explain", "rgb.png", "--class", "rabbit"],
      "no class \"rabbit\": the model knows cat, house cat, dog, bird"
    ),
    (["explain", "rgb.png", "--layer", "conv2"], "no layer \"conv2\" with a map"),
    (["explain", "rgb.png", "--method", "attention"], "attention needs a network with self-attention"),
    (["explain", "song.wav"], "song.wav: a sound file, not a picture"),
    (["explain", "none.png"], "none.png: "),
    (["explain", "x.npy", "--row", "0"], "--row is for sound: the model takes pictures"),
  ])
  func whatDoesNotGoTogether(_ arguments: [String], _ words: String) throws {
    let (folder, model) = try pictures()
    try Waveform(samples: [Float](repeating: 0.1, count: 8000), sampleRateHz: 8000)
      .writeWAV(to: folder + "/song.wav")
    let output = try CommandRunner.run(arguments + ["--model", model, "--output", "why"], in: folder)
    #expect(output.status != 0 && output.messages.count == 1)
    #expect(output.messages.first?.hasPrefix("genrelens: \(words)") == true, "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/why/explanation.json"))
  }

  @Test func modelsOfSoundNamePictures() throws {
    let (folder, pictures) = try pictures()
    let sound = try Fixture.shared.get().model
    for command in [["classify", "rgb.png"], ["explain", "rgb.png", "--output", "why"]] {
      let output = try CommandRunner.run(command + ["--model", sound], in: folder)
      #expect(output.messages == ["genrelens: rgb.png: a PNG picture, not a sound file"])
    }
    let clip = try Fixture.shared.get().clips[0]
    let heard = try CommandRunner.run(["classify", clip, "--model", pictures], in: folder)
    #expect(heard.messages == ["genrelens: \(clip): a sound file, not a picture"])
    let both = try CommandRunner.run(
      ["classify", "rgb.png", "--model", pictures, "--model", sound], in: folder)
    #expect(both.messages.first?.contains("--model several times is for sound") == true)
  }

  @Test func inspectSaysWhatBecomesOfPictures() throws {
    let (folder, model) = try pictures()
    let output = try CommandRunner.run(["inspect", model], in: folder)
    #expect(output.standardOutput.contains("pictures       resized to 8 x 8, 0 to 1\n"))
    let json = try CommandRunner.run(["inspect", model, "--json"], in: folder)
    #expect(json.standardOutput.contains("\"pictureSpec\"") && !json.standardOutput.contains("featureSpec"))
  }

  /// From a folder of pictures to an explanation, by the commands alone.
  @Test func foldersOfPicturesAreTrainedOn() throws {
    let folder = try CommandRunner.temporaryFolder()
    for (index, name) in [
      "rgb.png", "odd-420.jpg", "grey.jpg", "progressive.jpg", "rgb.bmp", "palette-4.png",
    ]
    .enumerated() {
      for part in ["train", "valid", "test"] {
        let place = "\(folder)/animals/\(part)/\(index % 2 == 0 ? "cat" : "dog")"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(Self.golden)/\(name)", toPath: "\(place)/\(name)")
      }
    }
    let arguments = [
      "train", "animals", "--architecture", "vgg-like", "--epochs", "2", "--set", "pictures.height=16",
      "--set",
      "pictures.mirror=true",
    ]
    let trained = try CommandRunner.run(arguments + ["--output", "m.safetensors"], in: folder)
    #expect(trained.status == 0, "\(trained.standardError)")
    #expect(trained.standardOutput.contains(" of 6 pictures (6 of them trained it too), trained on 6 "))
    // The same pictures under other folders: figures on them are too good, and this is said.
    #expect(
      trained.standardError.contains(
        "of 6 test pictures 6 trained this model too (the same file under another name)"))
    let judged = try CommandRunner.run(["evaluate", "--model", "m.safetensors", "animals"], in: folder)
    #expect(judged.status == 0 && judged.standardOutput.contains("6 of 6 pictures trained this model"))
    let calibrated = try CommandRunner.run(
      ["calibrate", "--model", "m.safetensors", "animals", "--output", "c.safetensors"], in: folder)
    #expect(calibrated.status == 0, "\(calibrated.standardError)")
    #expect(calibrated.standardOutput.contains("pictures") && !calibrated.standardOutput.contains("track"))
    let why = try CommandRunner.run(
      [
        "explain", "animals/test/cat/rgb.png", "--model", "m.safetensors", "--method", "grad-cam++",
        "--output",
        "why",
      ], in: folder)
    #expect(why.status == 0 && why.standardOutput.contains("grad-cam++ at"))
    for (more, words) in [
      (["--spec", "mfcc20"], "--spec is for sound"),
      (["--set", "cropFrames=3"], "cropFrames: only for sound"),
    ] {
      let output = try CommandRunner.run(arguments + more + ["--output", "n.safetensors"], in: folder)
      #expect(output.status == ProcessStatus.usage.rawValue && output.messages.count == 1)
      #expect(output.messages.first?.contains(words) == true, "\(output.standardError)")
    }
    let folds = try CommandRunner.run(arguments + ["--folds", "2", "--output", "folds"], in: folder)
    #expect(folds.messages.first?.contains("--folds is for sound") == true)
    let again = try CommandRunner.run(["inspect", "m.safetensors", "--config"], in: folder)
    #expect(again.standardOutput.contains("  mirror: true") && again.standardOutput.contains("  height: 16"))
    let sound = try CommandRunner.run(
      ["evaluate", "--model", Fixture.shared.get().model, "animals"], in: folder)
    #expect(sound.status != 0 && sound.messages.count == 1)
  }
}
