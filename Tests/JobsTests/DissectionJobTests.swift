import Analysis
import Datasets
import Features
import Files
import Foundation
import Images
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// Whole dissections of networks whose channels are known to follow something.
@Suite(.tags(.hand, .hostile)) struct DissectionJobTests {
  private static let spec: PictureSpec = {
    var spec = PictureSpec()
    spec.resize = .exact(height: 16, width: 16)
    spec.mean = [0.4, 0.4, 0.4]
    return spec
  }()

  /// Channel 0 is red less the others, channel 1 blue less the others, channel 2 is always 0.
  private static func colorModel() throws -> GenreModel {
    let architecture = Architecture(
      name: "colors", inputShape: [3, 16, 16],
      chain: [
        ("conv1", Convolution(outputChannels: 3, kernel: [1, 1])), ("relu1", ReLU()),
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["conv1.weight"] = Tensor([1, -1, -1, -1, -1, 1, 0, 0, 0], shape: [3, 3, 1, 1])
    network.parameters["conv1.bias"] = Tensor([-1, -1, -1], shape: [3])
    return GenreModel(network: network, labels: ["day", "night"], pictures: spec)
  }

  /// Grey noise with a red and a blue square at random places, in two class folders.
  private static func folder(count: Int = 24) throws -> String {
    let folder = try temporaryFolder()
    var generator = SeededGenerator(seed: 6)
    for index in 0..<count {
      var pixels = (0..<256).flatMap { _ in
        [UInt8](repeating: UInt8(90 + generator.index(below: 60)), count: 3)
      }
      for color in [[230, 10, 10], [10, 10, 230]] as [[UInt8]] {
        let (top, left) = (generator.index(below: 13), generator.index(below: 13))
        for row in top..<top + 3 {
          for column in left..<left + 3 {
            pixels.replaceSubrange(3 * (16 * row + column)..<3 * (16 * row + column) + 3, with: color)
          }
        }
      }
      let place = join(folder, index % 2 == 0 ? "day" : "night")
      try createFolder(place)
      try Data(bitmap(pixels)).write(to: URL(fileURLWithPath: "\(place)/\(index).bmp"))
    }
    return folder
  }

  private static func bitmap(_ pixels: [UInt8]) -> [UInt8] {
    var bytes = Array("BM".utf8) + [UInt8](repeating: 0, count: 8) + [54, 0, 0, 0]
    bytes += [40, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 1, 0, 24, 0]
    bytes += [UInt8](repeating: 0, count: 24)
    for row in (0..<16).reversed() {
      for column in 0..<16 {
        let start = 3 * (16 * row + column)
        bytes += [pixels[start + 2], pixels[start + 1], pixels[start]]
      }
    }
    return bytes
  }

  private static func options(share: Double = 0.02) -> DissectionOptions {
    var options = DissectionOptions()
    (options.exchangeCount, options.resampleCount, options.share) = (60, 40, share)
    return options
  }

  @Test func colorsAreFoundInPictures() throws {
    let (model, folder) = (try Self.colorModel(), try Self.folder())
    let output = try temporaryFolder() + "/out"
    let dataset = try Dataset.loadSoundOrPictures(folder)
    let report = try model.dissect(on: dataset, options: Self.options(), output: output)
    let dissection = report.dissection
    #expect(dissection.layer == "conv1" && dissection.channels.count == 3)
    #expect(
      dissection.channels.map(\.name) == [Concept("red", .color), Concept("blue", .color), nil])
    #expect(dissection.channels[2].threshold == nil)
    #expect(
      dissection.sentence
        == "2 of 3 channels of conv1 (1 never responds) respond to something that has a name: 1 to red, 1 to blue"
    )
    #expect(dissection.control.namedByChance < 0.3 && dissection.control.mostNamedByChance <= 2)
    let names = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
    #expect(names == ["channels.csv", "concepts.csv", "dissection.html", "dissection.json"])
    let page = try String(contentsOfFile: report.page, encoding: .utf8)
    #expect(page.contains("Channel 0: <bdi>red</bdi>") && page.contains("data:image/png;base64,"))
    let table = try CSVTable(path: report.channels)
    #expect(table.records.count == 3)
    let data = try Data(contentsOf: URL(fileURLWithPath: report.json))
    #expect(
      try JSONDecoder().decode(Dissection.self, from: data).channels.map(\.name)
        == dissection.channels.map(\.name))
    // The same seed gives the same bytes, over the earlier output.
    _ = try model.dissect(on: dataset, options: Self.options(), output: output)
    #expect(try Data(contentsOf: URL(fileURLWithPath: report.json)) == data)
  }

  /// A mask is a concept; one of another size is told.
  @Test func masksAreConcepts() throws {
    let (model, folder) = (try Self.colorModel(), try Self.folder())
    let masks = try temporaryFolder()
    try createFolder(masks + "/square")
    let dataset = try Dataset.loadSoundOrPictures(folder)
    for clip in dataset.clips {
      let picture = try Picture(path: clip.path ?? "")
      let white = (0..<256).flatMap { pixel in
        [UInt8](repeating: picture.pixels[3 * pixel] > 200 ? 255 : 0, count: 3)
      }
      let stem = lastName(clip.path ?? "").dropLast(4)
      try Data(Self.bitmap(white)).write(to: URL(fileURLWithPath: "\(masks)/square/\(stem).png"))
    }
    var options = Self.options()
    options.masks = masks
    let dissection = try model.dissect(
      on: dataset, options: options, output: try temporaryFolder() + "/out"
    ).dissection
    // Where a pixel is red the mask is: both fit equally well.
    let concept = try #require(dissection.concepts.first { $0.concept == Concept("square", .mask) })
    #expect(concept.share > 0.02 && concept.share < 0.05)
    #expect(abs((dissection.channels[0].best?.agreement ?? 0) - 1) < 0.2)
    options.masks = folder + "/day"
    let error = #expect(throws: CodedError.self) {
      try model.dissect(on: dataset, options: options, output: try temporaryFolder() + "/out")
    }
    #expect(error?.code == .empty)
    // A folder of masks of other pictures marks nothing; one mask is not that of two pictures.
    let others = try temporaryFolder()
    try createFolder(others + "/square")
    options.masks = others
    let unmarked = try model.dissect(on: dataset, options: options, output: try temporaryFolder() + "/out")
    #expect(unmarked.dissection.notes.contains { $0.hasPrefix("no picture has a mark of square") })
    try FileManager.default.copyItem(atPath: folder + "/day/0.bmp", toPath: folder + "/night/0.bmp")
    options.masks = masks
    let shared = #expect(throws: CodedError.self) {
      try model.dissect(
        on: try Dataset.loadSoundOrPictures(folder), options: options, output: try temporaryFolder() + "/out")
    }
    #expect(shared?.code == .badInput && shared?.message.contains("it belongs to") == true)
  }

  /// Bursts in one octave of mel maps, in clips of one label.
  @Test func bandsAndLabelsAreFoundInSound() throws {
    var spec = FeatureSpec.mel128
    (spec.melBandCount, spec.binCount) = (12, 12)
    let frames = spec.frameCount
    let bins = spec.binCount
    let centers = try #require(spec.rowCentersHz)
    let rows = centers.indices.filter { (1000..<2000).contains(centers[$0]) }
    #expect(!rows.isEmpty)
    var generator = SeededGenerator(seed: 9)
    var (maps, table): ([Tensor], [[String]]) = ([], [])
    for index in 0..<20 {
      var map = Tensor(shape: [bins, frames])
      for bin in 0..<bins { for frame in 0..<frames { map[bin, frame] = -40 + 3 * generator.normal() } }
      let start = generator.index(below: frames - 8)
      for row in rows { for frame in start..<start + 8 { map[row, frame] = -5 } }
      maps.append(map)
      table.append(["\(index)", "clip-\(index)", index % 2 == 0 ? "A" : "B", "artist-\(index)"])
    }
    let path = try temporaryFolder() + "/x.npy"
    try NumpyFile.write(Tensor.stack(maps), to: path)
    try CSVTable.write(
      header: ["row", "path", "label", "group"], rows: table, to: String(path.dropLast(3)) + "csv")
    let architecture = Architecture(
      name: "loud", inputShape: [1, bins, frames],
      chain: [
        ("conv1", Convolution(outputChannels: 1, kernel: [1, 1])), ("gap", GlobalAveragePooling()),
        ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["conv1.weight"] = Tensor([1], shape: [1, 1, 1, 1])
    network.parameters["conv1.bias"] = Tensor([0], shape: [1])
    let model = GenreModel(
      network: network, labels: ["A", "B"], featureSpec: spec, normalization: .none(binCount: bins))
    let dataset = try Dataset.load(path).stating(spec)
    let output = try temporaryFolder() + "/out"
    let dissection = try model.dissect(on: dataset, options: Self.options(share: 0.002), output: output)
      .dissection
    #expect(dissection.channels[0].name == Concept("sound at 1 000 to 2 000 Hz", .band))
    #expect(dissection.channels[0].examples.count == 4)
    #expect(dissection.concepts.contains { $0.concept == Concept("onsets", .time) })
    #expect(!dissection.concepts.contains { $0.concept.kind == .coefficients })
  }

  @Test func whatCannotBeDissectedIsTold() throws {
    let (model, folder) = (try Self.colorModel(), try Self.folder(count: 4))
    let dataset = try Dataset.loadSoundOrPictures(folder)
    let output = try temporaryFolder() + "/out"
    func error(_ options: DissectionOptions, job: Job = Job(), _ dataset: Dataset) -> CodedError? {
      #expect(throws: CodedError.self) {
        try model.dissect(on: dataset, options: options, output: output, job: job)
      }
    }
    var options = Self.options()
    options.layer = "conv9"
    #expect(error(options, dataset)?.message.contains("no layer 'conv9' with a map; the layers are") == true)
    options.layer = nil
    options.share = 2
    #expect(error(options, dataset)?.code == .usage)
    options.share = 0.02
    let sound = try SmallStore(groups: 4)
    #expect(error(options, try sound.dataset())?.code == .badInput)
    let job = Job()
    job.cancel()
    #expect(error(options, job: job, dataset)?.code == .interrupted)
    #expect(!FileSystem.exists(output))
    // One damaged file is left out.
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder + "/day/bad.bmp"))
    let report = try model.dissect(
      on: try Dataset.loadSoundOrPictures(folder), options: options, output: output)
    #expect(report.dissection.leftOut.map(\.path.shown).count == 1)
    #expect(report.dissection.notes.contains { $0.contains("too few") })
  }
}
