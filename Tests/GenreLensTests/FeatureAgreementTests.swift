import Foundation
import GenreLens
import LibrarySupport
import TestSupport
import Testing

/// Wherever a feature file meets a model, everything that decides a number must be the same.
@Suite(.tags(.hand)) struct FeatureAgreementTests {
  /// 6 MFCC x 12 frames.
  static let spec: FeatureSpec = {
    var spec = FeatureSpec()
    (spec.binCount, spec.melBandCount, spec.fftLength, spec.sampleCount) = (6, 16, 1024, 11 * 512)
    return spec
  }()

  /// The same shape of another origin.
  static let other: FeatureSpec = {
    var other = spec
    other.fftLength = 2048
    return other
  }()

  private func store(_ spec: FeatureSpec?, frames: Int = 12) throws -> SmallStore {
    let store = try SmallStore(frames: frames)
    guard let spec else { return store }
    let description = FeatureStoreDescription(spec: spec, rows: 60, element: "<f4")
    try JSONEncoder().encode(description).write(to: URL(fileURLWithPath: store.folder + "/x.json"))
    return store
  }

  private func model(_ spec: FeatureSpec?) throws -> GenreModel {
    try SmallStore.plan(epochs: 1).train(on: try store(spec).dataset()).model
  }

  private func refusal(_ body: () throws -> Void) throws -> String {
    let error = try #require(throws: CodedError.self) { try body() }
    #expect(error.code == .otherFeatures && Failure(error).status == .badData)
    return error.message
  }

  @Test func everyMeetingIsChecked() throws {
    let (model, dataset) = (try model(Self.spec), try store(Self.other).dataset())
    let folder = try CommandRunner.temporaryFolder()
    for meet in [
      { _ = try model.evaluate(on: dataset) }, { _ = try model.calibration(on: dataset) },
      { _ = try model.analyzeErrors(on: dataset, output: folder + "/report") },
      { _ = try model.benchmarkExplanations(on: dataset, output: folder + "/benchmark") },
    ] {
      let message = try refusal(meet)
      #expect(
        message
          == "its maps are 6 MFCC x 12 frames, the model hears 6 MFCC x 12 frames: fftLength is 2048, not 1024"
      )
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty
        || !FileManager.default.fileExists(atPath: folder + "/report"))
    #expect(try model.evaluate(on: try store(Self.spec).dataset()).notes.isEmpty)
  }

  /// Which channel is heard decides every number too; `--mono` says that the store's mix is meant.
  @Test func theMixOfChannelsCounts() throws {
    var left = Self.spec
    left.mono = .left
    let (model, store) = (try model(Self.spec), try store(left))
    #expect(
      try refusal { _ = try model.evaluate(on: store.dataset()) }.hasSuffix(": mono is left, not mean"))
    let path = store.folder + "/model.safetensors"
    try model.write(to: path)
    func judge(_ options: [String]) throws -> CommandRunner.Output {
      try CommandRunner.run(["evaluate", "--model", path, store.folder + "/x.npy"] + options)
    }
    #expect(try judge([]).status == 65)
    #expect(try judge(["--mono", "left"]).status == 0)
    let other = try judge(["--mono", "right"])
    #expect(other.status == 64 && other.standardError.contains("made with --mono left"), "\(other)")
  }

  @Test func unknownMapsMustBeStated() throws {
    let (model, dataset) = (try model(Self.spec), try store(nil).dataset())
    #expect(
      try refusal { _ = try model.evaluate(on: dataset) }.contains(
        "if that is what they are, say so with --spec"))
    let evaluation = try model.evaluate(on: try dataset.stating(Self.spec))
    #expect(
      evaluation.notes.contains {
        $0.contains("taken as stated, as 6 MFCC x 12 frames, 22050 Hz, n_fft 1024:")
      })
    let described = try model.evaluate(on: try store(Self.spec).dataset())
    #expect(evaluation.predictions.map(\.probabilities) == described.predictions.map(\.probabilities))
    #expect(
      try refusal { _ = try model.evaluate(on: try dataset.stating(Self.other)) }.contains("fftLength"))
  }

  @Test func aModelOfUnknownMapsIsNoted() throws {
    let model = try model(nil)
    #expect(model.featureSpec == nil)
    #expect(
      try model.evaluate(on: try store(Self.spec).dataset()).notes.contains { $0.contains("cannot be told") }
    )
    #expect(
      try model.evaluate(on: try store(nil).dataset()).notes.contains { $0.hasPrefix("neither the model") })
  }

  @Test func longerMapsMayDifferInLengthAlone() throws {
    var plan = SmallStore.plan(epochs: 1)
    plan.training.cropFrames = 8
    var (long, otherLong) = (Self.spec, Self.other)
    (long.sampleCount, otherLong.sampleCount) = (15 * 512, 15 * 512)
    let model = try plan.train(on: try store(Self.spec).dataset()).model
    #expect(try model.evaluate(on: try store(long, frames: 16).dataset()).report.count > 0)
    #expect(
      try refusal { _ = try model.evaluate(on: try store(otherLong, frames: 16).dataset()) }
        .contains("fftLength is 2048, not 1024"))
    // Of equal length, the window counts too: its end is silence.
    var ragged = Self.spec
    ragged.sampleCount += 100
    let whole = try self.model(Self.spec)
    #expect(
      try refusal { _ = try whole.evaluate(on: try store(ragged).dataset()) }
        .contains("sampleCount is 5732, not 5632"))
  }

  @Test func settingsStateWhatMapsAre() throws {
    var plan = SmallStore.plan(epochs: 1)
    #expect(!plan.statesFeatures)
    plan.features = Self.other
    let error = #expect(throws: CodedError.self) {
      try plan.train(on: try store(Self.spec).dataset())
    }
    #expect(error?.message.contains("fftLength is 1024, not 2048 (by --spec or the settings") == true)
    let folder = try CommandRunner.temporaryFolder()
    #expect(throws: CodedError.self) {
      try plan.crossValidate(on: try store(Self.spec).dataset(), output: folder)
    }
    plan.features = Self.spec
    let run = try plan.train(on: try store(nil).dataset())
    #expect(run.model.featureSpec == Self.spec && run.model.provenance.preparation?.origin == .stated)
    let card = ModelCard(run, paths: OutputPaths(model: "m.safetensors")).markdown()
    #expect(card.contains("so it was stated, nothing beside the training maps said it"))
    #expect(ModelDescription(of: run.model).table().contains("as stated by who trained it"))
    let unknown = try SmallStore.plan(epochs: 1).train(on: try store(nil).dataset())
    #expect(unknown.model.featureSpec == nil && unknown.notes.contains { $0.hasPrefix("no x.json says") })
    // What was never stated is not stated by the file that trains the model again.
    #expect(unknown.model.trainingPlan?.statesFeatures == false)
    let yaml = folder + "/again.yaml"
    try unknown.model.configuration(path: "m").write(toFile: yaml, atomically: true, encoding: .utf8)
    #expect(try TrainingPlan(path: yaml) == unknown.model.trainingPlan)
    #expect(try TrainingPlan(path: nil, spec: .mfcc128).statesFeatures)
  }

  @Test func foldsKnowTheirFeatures() throws {
    let (one, two) = (try store(Self.spec).dataset(), try store(Self.other).dataset())
    let folder = try CommandRunner.temporaryFolder()
    var options = CrossValidationOptions()
    options.folds = 2
    _ = try SmallStore.plan(epochs: 1).crossValidate(on: one, options: options, output: folder)
    let error = #expect(throws: CodedError.self) {
      try SmallStore.plan(epochs: 1).crossValidate(on: two, options: options, output: folder)
    }
    #expect(error?.message.contains("data") == true)
  }

  @Test func aPlaceForFeaturesIsRefusedForFeatures() throws {
    let (dataset, folder) = (try store(Self.spec).dataset(), try CommandRunner.temporaryFolder())
    var options = AnalysisOptions()
    options.featuresPath = folder + "/y.npy"
    let model = try model(Self.spec)
    for use in [
      { _ = try TrainingPlan().train(on: dataset, featuresPath: folder + "/y.npy") },
      { _ = try TrainingPlan().crossValidate(on: dataset, output: folder, featuresPath: folder + "/y.npy") },
      { _ = try model.analyzeErrors(on: dataset, options: options, output: folder) },
    ] {
      let error = try #require(throws: CodedError.self) { try use() }
      #expect(error.code == .usage && error.message.contains("these are feature maps already"))
    }
  }

  @Test func commandsTakeTheStatement() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let converted = try CommandRunner.run([
      "features", "convert", fixture.features, folder + "/s.npy", "--spec", "smel20",
    ])
    #expect(converted.status == 0)
    for ending in ["npy", "csv"] {
      try FileManager.default.copyItem(
        atPath: fixture.folder + "/features.\(ending)", toPath: folder + "/plain.\(ending)")
    }
    let plain = folder + "/plain.npy"
    let expected = try CommandRunner.run(["evaluate", "--model", fixture.model, fixture.features, "--json"])
    let stated = try CommandRunner.run([
      "evaluate", "--model", fixture.model, plain, "--spec", "mfcc20", "--json",
    ])
    #expect(expected.status == 0 && stated.status == 0 && Self.figures(stated) == Self.figures(expected))
    #expect(stated.standardError.contains("note: The maps are taken as stated, as "))
    let wrong: [([String], Int32, String)] = [
      (
        ["evaluate", "--model", fixture.model, folder + "/s.npy"], 65, "kind is smoothedMelDecibels, not mfcc"
      ),
      (["evaluate", "--model", fixture.model, plain], 65, "say so with --spec mfcc20"),
      (["evaluate", "--model", fixture.model, plain, "--spec", "smel20"], 65, "kind is smoothedMelDecibels"),
      (["evaluate", "--model", fixture.model, fixture.manifest, "--spec", "mfcc20"], 64, "of sound"),
      (["features", "convert", plain, folder + "/t.npy", "--spec", "smel20"], 65, "state it with --from"),
      (
        [
          "train", fixture.features, "--output", folder + "/m.safetensors", "--set",
          "features.kind=melDecibels",
        ], 65,
        "features"
      ),
      (["data", "check", fixture.features, "--spec", "mfcc128"], 65, "its maps are 20 MFCC x 130"),
      (["data", "check", fixture.features, "--similar"], 64, "--similar is for sound"),
    ]
    for (arguments, status, words) in wrong {
      let output = try CommandRunner.run(arguments)
      #expect(
        output.status == status && output.standardError.contains(words),
        "\(arguments): \(output.standardError)")
    }
    let fromStated = try CommandRunner.run(
      ["features", "convert", plain, folder + "/t.npy", "--spec", "smel20", "--from", "mfcc20"])
    #expect(fromStated.status == 0)
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: folder + "/t.npy"))
        == Data(
          contentsOf: URL(fileURLWithPath: folder + "/s.npy")))
  }

  /// The report without its notes.
  private static func figures(_ output: CommandRunner.Output) -> NSDictionary? {
    let object = try? JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any]
    return object.map { $0.filter { $0.key != "notes" } as NSDictionary }
  }
}
