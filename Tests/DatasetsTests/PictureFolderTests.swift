import Datasets
import Files
import Foundation
import Images
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand)) struct PictureFolderTests {
  /// A bitmap of two columns and one row: one grey, then another.
  private func bitmap(_ left: UInt8, _ right: UInt8) -> [UInt8] {
    let header: [UInt8] =
      [40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    return Array("BM".utf8) + [62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0] + header
      + [left, left, left, right, right, right, 0, 0]
  }

  private func folder(_ files: [String: [UInt8]]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, bytes) in files {
      try folder.write("", to: name)
      try Data(bytes).write(to: URL(filePath: folder[name]))
    }
    return folder
  }

  private let spec: PictureSpec = {
    var spec = PictureSpec()
    (spec.crop, spec.range) = (.init(height: 1, width: 2), .bytes)
    return spec
  }()

  @Test func classFolders() throws {
    let folder = try folder([
      "cat/b.BMP": bitmap(1, 2), "cat/deep/a.bmp": bitmap(3, 4), "dog/c.bmp": bitmap(5, 6),
      "dog/d.gif": [], "dog/notes.txt": [], "dog/.hidden.bmp": [], "bird/e.mp3": [], "f.bmp": [],
    ])
    let dataset = try PictureFolder(folder.path).dataset()
    #expect(dataset.labels == ["cat", "dog"] && !dataset.isSplit)
    #expect(dataset.clips.map(\.name) == ["b.BMP", "a.bmp", "c.bmp"])
    #expect(dataset.warnings.map(\.code) == [.emptyGenreFolder, .filesLeftOut])
    #expect(dataset.warnings[0].message.hasSuffix("bird: no picture in it (there are 1 .mp3), left out"))
    #expect(dataset.warnings[1].message == "1 file left out: 1 .gif; save them as PNG or JPEG")
    let examples = try PictureExamples(dataset, spec: spec)
    #expect(examples.labels == [0, 0, 1] && examples.mapShape == [3, 1, 2] && examples.leftOut.isEmpty)
    #expect(examples.inputs([2, 0]).values == [5, 6, 5, 6, 5, 6, 1, 2, 1, 2, 1, 2])
  }

  @Test func foldersOfParts() throws {
    let folder = try folder([
      "train/cat/a.bmp": bitmap(1, 2), "val/dog/b.bmp": bitmap(1, 2), "test/cat/c.bmp": bitmap(1, 2),
      "readme.txt": [],
    ])
    let dataset = try PictureFolder(folder.path).dataset()
    #expect(dataset.isSplit && dataset.clips.map(\.split) == [.test, .train, .valid])
    let examples = try PictureExamples(dataset, spec: spec, classNames: ["dog", "cat"])
    #expect(examples.labels == [1, 1, 0] && examples.examples(in: .valid) == [2])
    #expect(code { _ = try PictureExamples(dataset, spec: spec, classNames: ["dog"]) } == .unknownLabel)
  }

  @Test(.tags(.hostile)) func whatCannotBeReadIsLeftOut() throws {
    let folder = try folder([
      "cat/a.bmp": bitmap(1, 2), "cat/b.png": Array("no picture".utf8),
      "dog/c.bmp": Array(bitmap(1, 2)[..<40]),
    ])
    let dataset = try PictureFolder(folder.path).dataset()
    let examples = try PictureExamples(dataset, spec: spec)
    #expect(
      examples.clips.map(\.name) == ["a.bmp"]
        && examples.leftOut.map(\.code) == ["unknown-format", "damaged"])
    #expect(examples.classNames == ["cat", "dog"])
    #expect(code { _ = try PictureExamples(dataset, spec: PictureSpec()) } == .invalidSpec)
    #expect(code { _ = try PictureFolder(folder["cat/a.bmp"]).dataset() } == .missing)
    #expect(code { _ = try PictureFolder(folder["dog"]).dataset() } == .empty)
    try FileManager.default.removeItem(atPath: folder["cat/a.bmp"])
    #expect(code { _ = try PictureExamples(dataset, spec: spec) } == .allFailed)
  }

  /// The mean of 0, 51, 102, 153 is 76.5, their deviation 57.02...; what is standardised here and what a spec with these numbers
  /// gives are one, to the bit.
  @Test func channelsAreStandardisedAsTheirSpecDoes() throws {
    let folder = try folder(["cat/a.bmp": bitmap(0, 51), "dog/b.bmp": bitmap(102, 153)])
    var spec = spec
    spec.range = .unit
    let dataset = try PictureFolder(folder.path).dataset()
    #expect(dataset.holdsPictures && dataset.pictureSize == .init(height: 1, width: 2))
    let examples = try PictureExamples(dataset, spec: spec)
    let (mean, deviation) = examples.channelStatistics([0, 1])
    for channel in 0..<3 {
      #expect(abs(mean[channel] - 0.3) < 1e-6 && abs(deviation[channel] - Float(0.05).squareRoot()) < 1e-6)
    }
    #expect(examples.channelStatistics([0]).mean == [0.1, 0.1, 0.1])
    let own = examples.standardized(mean: mean, deviation: deviation)
    (spec.mean, spec.deviation) = (mean, deviation)
    #expect(own.spec == spec)
    #expect(try own.inputs([0, 1]) == PictureExamples(dataset, spec: spec).inputs([0, 1]))
    let flat = try self.folder(["cat/a.bmp": bitmap(7, 7), "dog/b.bmp": bitmap(7, 7)])
    let even = try PictureExamples(PictureFolder(flat.path).dataset(), spec: self.spec)
    #expect(even.channelStatistics([0, 1]).deviation == [1, 1, 1])
  }

  /// Covers beside faulty sound are not trained on, and what is wrong with folders of pictures is said.
  @Test(.tags(.hostile)) func whatIsWrongIsSaid() throws {
    func error(_ files: [String: [UInt8]]) throws -> CodedError? {
      let folder = try folder(files)
      return #expect(throws: CodedError.self) { try Dataset.loadSoundOrPictures(folder.path) }
    }
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    let covers = try error([
      "\(composed)/a.mp3": [0], "\(decomposed)/b.mp3": [0], "\(composed)/cover.bmp": bitmap(1, 2),
      "dog/cover.bmp": bitmap(1, 2),
    ])
    #expect(covers != nil && covers?.code != .empty)
    let twice = try error(["\(composed)/a.bmp": bitmap(1, 2), "\(decomposed)/b.bmp": bitmap(3, 4)])
    #expect(twice != nil && twice?.code == covers?.code)
    #expect(try error(["cat/notes.txt": []])?.message.contains("sound files") == true)
    let mixed = try folder([
      "train/a.bmp": bitmap(1, 2), "test/b.bmp": bitmap(1, 2), "old/c.bmp": bitmap(1, 2),
    ])
    let dataset = try Dataset.loadSoundOrPictures(mixed.path)
    #expect(dataset.labels == ["old", "test", "train"] && !dataset.isSplit)
    #expect(dataset.warnings.map(\.code) == [.partsAsClasses])
  }

  /// What cannot be read leaves no hole.
  @Test func inputsOfPicturesAfterAnUnreadableOneAreTheirOwn() throws {
    let folder = try folder([
      "cat/a.bmp": bitmap(1, 2), "cat/b.bmp": Array("BM".utf8), "dog/c.bmp": bitmap(3, 4),
      "dog/d.bmp": bitmap(5, 6),
    ])
    let examples = try PictureExamples(PictureFolder(folder.path).dataset(), spec: spec)
    #expect(examples.leftOut.count == 1 && examples.labels == [0, 1, 1])
    for (index, clip) in examples.clips.enumerated() {
      #expect(try examples.inputs([index]).item(0) == spec.input(of: Picture(path: clip.path ?? "")))
    }
  }

  @Test(.tags(.property)) func trainingMovesAndMirrors() throws {
    let folder = try folder(["cat/a.bmp": bitmap(1, 2), "dog/b.bmp": bitmap(3, 4)])
    var examples = try PictureExamples(PictureFolder(folder.path).dataset(), spec: spec)
    let targets = Tensor([1, 0], shape: [1, 2])
    #expect(examples.trainingBatch([1], targets: targets, seed: 1).inputs == examples.inputs([1]))
    (examples.mirrors, examples.maximumShift) = (true, 1)
    var seen: Set<[Float]> = []
    for seed: UInt64 in 0..<300 {
      let batch = examples.trainingBatch([1], targets: targets, seed: seed)
      #expect(
        batch.targets == targets
          && batch.inputs == examples.trainingBatch([1], targets: targets, seed: seed).inputs)
      seen.insert(Array(batch.inputs.values[..<2]))
    }
    // As it is, moved to either side, mirrored and moved so, and moved out of sight.
    #expect(seen == [[3, 4], [0, 3], [4, 0], [4, 3], [0, 4], [3, 0], [0, 0]])
  }

  private func code(_ body: () throws -> Void) -> CodedError.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? CodedError)?.code }
  }
}
