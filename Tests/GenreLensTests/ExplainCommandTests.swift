import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens explain` with its methods and options.
@Suite(.tags(.hand, .slow), .serialized) struct ExplainCommandTests {
  private func explain(_ words: String) throws -> (output: CommandRunner.Output, folder: String) {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run(
      ["explain", "--model", fixture.model, fixture.clips[0], "--output", folder]
        + words.split(separator: " ").map(String.init))
    return (output, folder)
  }

  private func document(_ words: String) throws -> (document: ExplanationDocument, map: Tensor) {
    let (output, folder) = try explain(words)
    #expect(output.status == 0, "\(words): \(output.standardError)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json"))
    let document = try JSONDecoder().decode(ExplanationDocument.self, from: data)
    return (document, try NumpyFile.read(folder + "/" + document.files.map))
  }

  @Test func methodsTellTheirOptions() throws {
    let path = try document("--method integrated-gradients --steps 20 --baseline silence --class Folk")
    #expect(path.map.shape == [20, 130] && path.document.layer == "input")
    let how = path.document.how
    #expect(how.options == ["steps": .integer(20), "baseline": .name("silence")] && how.target == "logit")
    let sum = path.map.values.reduce(0) { $0 + Double($1) }
    let (gap, start) = (try #require(how.completenessGap), try #require(how.baselineScore))
    #expect(abs(sum - (how.score - start) - gap) < 1e-3 * max(1, abs(how.score - start)))

    let rise = try document("--method rise --masks 60 --grid 4x6 --keep 0.25 --seed 5 --target probability")
    #expect(
      rise.document.how.options["masks"] == .integer(60)
        && rise.document.how.options["grid"] == .extents([4, 6]))
    #expect(
      rise.document.how.options["seed"] == .natural(5)
        && rise.document.how.options["subtractsMean"] == .flag(true))
    #expect(rise.document.how.score == rise.document.how.probability)
    let again = try document("--method rise --masks 60 --grid 4x6 --keep 0.25 --seed 5 --target probability")
    // Kernels may sum in another order in another process.
    expectClose(again.map.values, rise.map.values, absolute: 1e-5)

    let occlusion = try document("--method occlusion --patch 5x10 --stride 5x10")
    #expect(
      occlusion.document.how.options["window"] == .extents([5, 10]) && occlusion.map.shape == [20, 130])
    let score = try document("--method score-cam --layer conv2 --baseline blur")
    #expect(score.map.shape == [10, 65] && score.document.how.options == ["baseline": .name("blur")])
    let ablation = try document("--method ablation-cam")
    #expect(ablation.document.layer == "conv3" && ablation.document.how.options.isEmpty)
    let smooth = try document("--method smooth-grad --samples 5 --noise 0.1 --seed 1")
    #expect(
      smooth.document.how.options["samples"] == .integer(5)
        && smooth.document.how.options["seed"] == .natural(1))
    let eigen = try document("--method eigen-cam --variant uncentred")
    #expect(eigen.document.how.options == ["variant": .name("uncentred")])
    let plus = try document("--method grad-cam++ --variant explicit")
    #expect(
      plus.document.how.options == ["variant": .name("explicit")] && plus.document.method == "grad-cam++")
  }

  @Test func aContrastIsTheDifferenceOfTwoClasses() throws {
    let folk = try document("--window 1 --class Folk --layer conv2")
    let hipHop = try document("--window 1 --class Hip-Hop --layer conv2")
    let contrast = try document("--window 1 --class Folk --contrast Hip-Hop --layer conv2")
    let difference = zip(folk.map.values, hipHop.map.values).map { $0 - $1 }
    let scale = difference.reduce(0) { max($0, abs($1)) }
    // Gradients are summed in another order.
    expectClose(contrast.map.values, difference, absolute: 1e-5 * scale)
    #expect(contrast.document.how.contrastClass == "Hip-Hop" && contrast.document.how.target == "contrast")
  }

  @Test func allLayersShareOneScale() throws {
    let (output, folder) = try explain("--layer all --class Folk --vectors --json")
    #expect(output.status == 0, "\(output.standardError)")
    let printed = try JSONDecoder().decode(LayersDocument.self, from: Data(output.standardOutput.utf8))
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json"))
    #expect(try JSONDecoder().decode(LayersDocument.self, from: data) == printed)
    #expect(
      printed.layers.map(\.name) == ["conv1", "conv2", "conv3"] && printed.how.explainedClass == "Folk")
    #expect(printed.scaleMaximum == printed.layers.map(\.maximum).max())
    #expect(printed.pictures == ["layers.png", "layers.svg", "layers.pdf"])
    for layer in printed.layers {
      let map = try NumpyFile.read(folder + "/" + layer.map)
      #expect(Double(max(0, map.values.max() ?? 0)) == layer.maximum)
    }
    let picture = try Data(contentsOf: URL(fileURLWithPath: folder + "/layers.png"))
    #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
        "evidence.audacity.txt", "evidence.csv", "explanation.html", "explanation.json", "highlighted.wav",
        "kept.wav", "layers.pdf", "layers.png",
        "layers.svg", "map-conv1.npy", "map-conv2.npy", "map-conv3.npy", "original.wav", "removed.wav",
        "sound-mask.npy",
      ])
  }

  static let refused = [
    ("--method rise --steps 3", "--steps belongs to integrated-gradients, not to rise"),
    ("--method grad-cam --baseline mean", "--baseline belongs to score-cam, "),
    ("--method grad-cam --seed 1", "--seed belongs to"),
    ("--method occlusion --seed 1", "--seed belongs to"),
    ("--method occlusion --patch 5", "--patch 5: it must be rows and columns"),
    ("--method occlusion --patch 50x5", "1 to 20"),
    ("--method occlusion --patch 5x5 --stride 6x5", "unseen"),
    ("--method integrated-gradients --steps 0", "1 to 1000"),
    ("--method integrated-gradients --baseline zero", "mean, silence, blur, noise"),
    ("--method rise --keep 1.5", "0.01 to 0.99"), ("--method grad-cam++ --variant keras", "tf-keras-vis"),
    ("--method eigen-cam --variant exact", "centred, uncentred"),
    ("--method saliency --layer conv1", "reads no layer"),
    ("--method saliency --layer all", "reads no layer"),
    ("--class Folk --contrast Folk", "itself"), ("--contrast Jazz", "no class \"Jazz\""),
    ("--contrast Folk --target logit", "leave --target out"), ("--target odds", "logit or probability"),
  ]

  @Test(arguments: refused) func optionsWithoutMeaning(words: String, message: String) throws {
    let (output, folder) = try explain(words)
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains(message), "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }
}
