import Analysis
import Datasets
import Features
import Files
import Foundation
import Images
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Experiments
@testable import Training

/// Trainings on folders of class folders of pictures.
@Suite(.tags(.hand, .hostile), .serialized) struct PictureTrainingTests {
  /// A bitmap of 12 x 12 whose left or right half is bright, with noise.
  private static func bitmap(brightLeft: Bool, seed: UInt64, side: Int = 12) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var rows: [UInt8] = []
    for _ in 0..<side {
      for x in 0..<side {
        let isBright = (x < side / 2) == brightLeft
        rows += (0..<3).map { _ in UInt8((isBright ? 150 : 40) + generator.index(below: 60)) }
      }
      rows += [UInt8](repeating: 0, count: (4 - side * 3 % 4) % 4)
    }
    let header: [UInt8] =
      [40, 0, 0, 0, UInt8(side), 0, 0, 0, UInt8(side), 0, 0, 0, 1, 0, 24, 0]
      + [UInt8](repeating: 0, count: 24)
    return Array("BM".utf8) + [UInt8](repeating: 0, count: 8) + [54, 0, 0, 0] + header + rows
  }

  /// `left` and `right`, so many pictures of each in each part.
  static func folder(_ parts: [(name: String, count: Int)], side: Int = 12) throws -> String {
    let folder = try temporaryFolder()
    for (part, (name, count)) in parts.enumerated() {
      for index in 0..<2 * count {
        let place = join(folder, join(name, index % 2 == 0 ? "left" : "right"))
        try createFolder(place)
        let bytes = bitmap(brightLeft: index % 2 == 0, seed: UInt64(1000 * part + index), side: side)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(place)/\(index).bmp"))
      }
    }
    return folder
  }

  private static func plan() -> TrainingPlan {
    var plan = TrainingPlan()
    (plan.training.epochs, plan.training.batchSize, plan.training.architecture) = (6, 8, "vgg-like")
    plan.training.learningRate = 0.002
    return plan
  }

  @Test func partsAreFoldersAndWhatIsLearnedHolds() throws {
    let folder = try Self.folder([("train", 24), ("val", 8), ("test", 8)])
    let place = try temporaryFolder() + "/m.safetensors"
    let destination = try ModelDestination(path: place)
    let dataset = try Dataset.loadSoundOrPictures(folder)
    #expect(dataset.holdsPictures && dataset.isSplit)
    let recorder = destination.recorder()
    var plan = Self.plan()
    (plan.pictures.shift, plan.training.seed) = (1, 3)
    let run = try plan.train(on: dataset, recorder: recorder, keeping: destination.keeping())
    #expect(try destination.save(run, recorder: recorder) == [])
    #expect(run.data.labels == ["left", "right"] && run.data.counts == [[24, 8, 8], [24, 8, 8]])
    let model = try GenreModel(path: place)
    let spec = try #require(model.pictureSpec)
    #expect(spec.inputShape == [3, 12, 12] && spec.range == .unit)
    #expect(
      zip(spec.mean, spec.deviation).allSatisfy { (0.3...0.6).contains($0) && (0.1...0.4).contains($1) })
    let evaluation = try model.evaluate(on: dataset)
    #expect(evaluation.report.accuracy == 1 && evaluation.report.count == 16)
    #expect(evaluation.overlap.trained == 0 && evaluation.overlap.unknown == 0)
    // Nothing of it speaks of music.
    let words = evaluation.table()
    #expect(
      words.contains("picture by picture), 16 pictures, 0 wrong\nof the test part: 16 of 80 pictures; "))
    #expect(words.contains("none of 16 pictures trained this model") && words.contains("mean over classes"))
    for word in ["recording", "track", "genre", "--folds"] { #expect(!words.contains(word), "\(word)") }
    let json = try String(decoding: JSONEncoder().encode(evaluation), as: UTF8.self)
    #expect(json.contains("\"unit\":\"picture\"") && !json.contains("recording"))
    let trained = try model.evaluate(on: dataset, selection: .split(.train))
    #expect(trained.overlap.trained == 48 && trained.overlap.isRecorded)
    // What a training is of is in its model.
    let again = try #require(model.trainingPlan)
    #expect(again.pictures == plan.pictures && again.training == plan.training)
    #expect(again.windows == plan.windows)
    let repeated = try again.train(on: dataset)
    #expect(repeated.model.network.parameters.values == model.network.parameters.values)
    #expect(try model.configuration(path: place).contains("pictures:\n"))
    let card = try String(contentsOfFile: destination.paths.card, encoding: .utf8)
    #expect(card.contains("Says which of 2 classes a picture belongs to: left, right."))
    #expect(card.contains("| pictures | train | valid | test |") && !card.contains("recording"))
    #expect(
      card.contains("3 x 12 x 12") && card.contains("genrelens explain --model m.safetensors picture.jpg"))
    #expect(!card.contains("Genre labels") && !card.contains("music"))
    #expect(run.summary(savedTo: "m").contains("of 16 pictures, trained on 48 "))
  }

  /// A training that was stopped ends with the same bytes, and a finished one is not done again.
  @Test func stoppedTrainingsContinue() throws {
    let folder = try Self.folder([("train", 12), ("valid", 6)])
    let dataset = try Dataset.loadSoundOrPictures(folder)
    let (once, twice) = (try temporaryFolder() + "/m.safetensors", try temporaryFolder() + "/m.safetensors")
    let whole = try ModelDestination(path: once)
    _ = try whole.save(Self.plan().train(on: dataset, keeping: whole.keeping()))
    let parts = try ModelDestination(path: twice)
    let job = Job(isCancelled: { FileSystem.exists(parts.paths.trainingState) })
    let stopped = try? Self.plan().train(on: dataset, keeping: parts.keeping(seconds: 0), job: job)
    if let stopped { #expect(stopped.outcome == .interrupted) }
    let rest = try Self.plan().train(on: dataset, keeping: parts.keeping(resumes: true))
    _ = try parts.save(rest)
    #expect(try FileSystem.contents(once) == FileSystem.contents(twice))
    let done = try Self.plan().train(on: dataset, keeping: parts.keeping(resumes: true))
    #expect(done.wasFinished)
    // Another picture is another training.
    try Data(Self.bitmap(brightLeft: true, seed: 99)).write(
      to: URL(fileURLWithPath: folder + "/train/left/0.bmp"))
    #expect(try !Self.plan().train(on: dataset, keeping: parts.keeping(resumes: true)).wasFinished)
  }

  @Test func foldersWithoutPartsAreDivided() throws {
    let folder = try Self.folder([("", 30)])
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder + "/left/broken.png"))
    let dataset = try Dataset.loadSoundOrPictures(folder)
    var plan = Self.plan()
    plan.training.epochs = 1
    let run = try plan.train(on: dataset)
    #expect(run.failures.map(\.code) == ["unknown-format"] && run.data.leftOut == ["unknown-format": 1])
    #expect(run.data.division == .made && run.data.counts.map { $0.reduce(0, +) } == [30, 30])
    // Evaluation divides as the training did.
    let test = try run.model.evaluate(on: dataset)
    #expect(test.report.count == run.data.count(.test) && test.overlap.trained == 0)
  }

  @Test func sizesAreThoseOfThePicturesOrAsked() throws {
    let own = PictureSpec.Size(height: 12, width: 12)
    var settings = PictureSettings()
    #expect(settings.spec(own: own).inputShape == [3, 12, 12])
    // A picture in other proportions among them is not squeezed.
    #expect(settings.spec(own: own).placement(height: 12, width: 24).resized == .init(height: 12, width: 24))
    #expect(settings.spec(own: nil).inputShape == [3, 128, 128])
    #expect(settings.spec(own: .init(height: 300, width: 12)).inputShape == [3, 128, 128])
    settings.height = 20
    #expect(settings.spec(own: own).inputShape == [3, 20, 20])
    settings.width = 30
    let cut = settings.spec(own: nil)
    #expect(cut.resize == .covering(height: 20, width: 30) && cut.crop == .init(height: 20, width: 30))
    // Of a picture of the input's proportions all is seen, and of others as much as there is room for.
    #expect(cut.placement(height: 40, width: 60).seen == .init(top: 0, left: 0, bottom: 40, right: 60))
    #expect(cut.placement(height: 40, width: 40).resized == .init(height: 30, width: 30))
    (settings.fit, settings.interpolation) = (.stretch, .bicubic)
    let stretched = settings.spec(own: nil)
    #expect(stretched.resize == .exact(height: 20, width: 30) && stretched.crop == nil)
    #expect(stretched.interpolation == .bicubic)
  }

  @Test func settingsOfSoundAreRefused() throws {
    let dataset = try Dataset.loadSoundOrPictures(try Self.folder([("train", 2), ("valid", 1)]))
    let changes: [(inout TrainingPlan) -> Void] = [
      { $0.features = .mfcc20 }, { $0.windows.most = 3 }, { $0.training.cropFrames = 10 },
      { $0.training.augmentation.noise = 0.1 }, { $0.training.windowsPerRecording = 2 },
      { $0.training.normalization = .perFeature },
    ]
    for change in changes {
      var plan = Self.plan()
      change(&plan)
      let error = #expect(throws: CodedError.self) { try plan.train(on: dataset) }
      #expect(error?.code == .usage, "\(String(describing: error))")
    }
    let place = #expect(throws: CodedError.self) {
      try Self.plan().train(on: dataset, featuresPath: "x.npy")
    }
    #expect(place?.code == .usage)
    // Too small for the network.
    var plan = Self.plan()
    (plan.pictures.height, plan.training.architecture) = (8, "squeezenet")
    let small = #expect(throws: CodedError.self) { try plan.train(on: dataset) }
    #expect(small?.code == .badInput && small?.message.contains("for these pictures") == true)
  }

  @Test func modelsAndDataMustBeOfOneKind() throws {
    let dataset = try Dataset.loadSoundOrPictures(try Self.folder([("train", 4), ("valid", 2), ("test", 2)]))
    var plan = Self.plan()
    plan.training.epochs = 1
    let model = try plan.train(on: dataset).model
    let sound = try Dataset.load(packageRoot + "/Data")
    let first = #expect(throws: CodedError.self) { try model.evaluate(on: sound) }
    #expect(first?.message.contains("takes pictures") == true)
    var options = ScoringOptions()
    options.crops = 3
    #expect(throws: CodedError.self) { try model.evaluate(on: dataset, options: options) }
    let other = try GenreModel(path: packageRoot + "/Checkpoints/folk-hiphop-mfcc20.safetensors")
    let second = #expect(throws: CodedError.self) { try other.evaluate(on: dataset) }
    #expect(second?.message.contains("not pictures") == true)
    // Not one of sound and pictures in one folder: it is sound, as ever.
    #expect(try !Dataset.loadSoundOrPictures(packageRoot + "/Data").holdsPictures)
    let empty = try temporaryFolder()
    #expect(throws: CodedError.self) { try Dataset.loadSoundOrPictures(empty) }
  }
}
