import Audio
import Features
import Files
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// A second extraction takes what it can from the first one, and the result is the same.
@Suite(.tags(.hand, .hostile)) struct EarlierMapsTests {
  /// Half a second at 8 kHz: 8 x 32 maps.
  private static var spec: FeatureSpec {
    var spec = FeatureSpec()
    (spec.sampleRateHz, spec.sampleCount, spec.fftLength, spec.hopLength) = (8000, 4000, 256, 128)
    (spec.melBandCount, spec.binCount) = (16, 8)
    return spec
  }

  private func writeTone(_ hertz: Float, to path: String, seconds: Float = 1.3) throws {
    let samples = (0..<Int(8000 * seconds)).map { sin(2 * .pi * hertz * Float($0) / 8000) / 2 }
    try Waveform(samples: samples, sampleRateHz: 8000).writeWAV(to: path)
  }

  /// Five tones of 1.3 s and a text among them.
  private func folder() throws -> (TemporaryFolder, [Clip]) {
    let folder = try TemporaryFolder(["text.wav": "this is no sound"])
    for index in 0..<5 { try writeTone(Float(200 + 100 * index), to: folder["\(index).wav"]) }
    let names = ["0.wav", "1.wav", "text.wav", "2.wav", "3.wav", "4.wav"]
    return (folder, names.map { Clip(name: $0, path: folder[$0], label: "A") })
  }

  private func extraction(_ change: (inout FeatureExtraction) -> Void = { _ in }) -> FeatureExtraction {
    var extraction = FeatureExtraction(spec: Self.spec)
    extraction.threads = 2
    extraction.windows = .all
    change(&extraction)
    return extraction
  }

  /// Runs an extraction; returns the names of the files that were decoded, and the outcome.
  private func run(
    _ extraction: FeatureExtraction, _ clips: [Clip], _ output: String
  ) throws -> (decoded: [String], outcome: FeatureFiles) {
    let decoded = Mutex<[String]>([])
    let outcome = try extraction.run(
      clips, output: output,
      makeRecordingExtract: {
        let extractor = try FeatureExtractor(extraction.spec)
        return { path, give in
          decoded.withLock { $0.append(lastName(path)) }
          return try extractor.forEachMap(
            ofAudibleFile: path, windows: extraction.windows, shortClip: extraction.shortClip,
            limits: extraction.limits, recordsContent: true, give)
        }
      })
    return (decoded.withLock { $0.sorted() }, outcome)
  }

  private func bytes(_ folder: TemporaryFolder, _ store: String) throws -> [Data] {
    try ["npy", "csv", "json", "sources.csv"].map {
      try Data(contentsOf: URL(filePath: folder["\(store).\($0)"]))
    }
  }

  /// That a run into `x` gives what a fresh one gives, having decoded these files only (and the broken one).
  private func expectRun(
    _ folder: TemporaryFolder, _ clips: [Clip], decodes names: [String],
    extraction: FeatureExtraction? = nil, _ comment: Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let extraction = extraction ?? self.extraction()
    let (decoded, outcome) = try run(extraction, clips, folder["x.npy"])
    let hasText = clips.contains { $0.name == "text.wav" }
    #expect(
      decoded == (names + (hasText ? ["text.wav"] : [])).sorted(), comment, sourceLocation: sourceLocation)
    #expect(outcome.reusedFileCount == clips.count - decoded.count, comment, sourceLocation: sourceLocation)
    let fresh = try run(extraction, clips, folder["fresh.npy"])
    #expect(fresh.outcome.mapCount == outcome.mapCount, comment, sourceLocation: sourceLocation)
    #expect(try bytes(folder, "x") == bytes(folder, "fresh"), comment, sourceLocation: sourceLocation)
    for ending in ["npy", "csv", "json", "sources.csv"] {
      try FileManager.default.removeItem(atPath: folder["fresh.\(ending)"])
    }
  }

  private let all = ["0.wav", "1.wav", "2.wav", "3.wav", "4.wav"]

  @Test(arguments: [FeatureWindows.first, .all], [NumpyElement.float32, .float16])
  func unchangedFilesAreNotDecoded(windows: FeatureWindows, element: NumpyElement) throws {
    let (folder, clips) = try folder()
    let extraction = extraction { ($0.windows, $0.element) = (windows, element) }
    try expectRun(folder, clips, decodes: all, extraction: extraction, "first")
    for _ in 0..<2 { try expectRun(folder, clips, decodes: [], extraction: extraction, "second and third") }
  }

  @Test func changedAndNewFilesAreDecodedMovedOnesAreNot() throws {
    let (folder, clips) = try folder()
    try expectRun(folder, clips, decodes: all)
    // The same length and, put back by hand, the same date: the content decides.
    let date = try FileManager.default.attributesOfItem(atPath: folder["1.wav"])[.modificationDate]
    try writeTone(777, to: folder["1.wav"])
    try FileManager.default.setAttributes([.modificationDate: date as Any], ofItemAtPath: folder["1.wav"])
    try FileManager.default.moveItem(atPath: folder["3.wav"], toPath: folder["moved.wav"])
    try writeTone(888, to: folder["new.wav"], seconds: 0.9)
    var changed = clips.filter { $0.name != "3.wav" }
    changed.insert(Clip(name: "new", path: folder["new.wav"], label: "B", split: nil, group: "g"), at: 0)
    changed.append(Clip(name: "moved", path: folder["moved.wav"], label: "B"))
    try expectRun(folder, changed, decodes: ["1.wav", "new.wav"])
    // Fewer files, in another order.
    try expectRun(folder, Array(changed.reversed().prefix(3)), decodes: [])
  }

  @Test func otherSettingsDecodeAnew() throws {
    let (folder, clips) = try folder()
    let good = clips.filter { $0.name != "text.wav" }
    let changes: [(inout FeatureExtraction) -> Void] = [
      { _ in }, { $0.spec.topDecibels = 60 }, { $0.spec.minimumHz = 50 }, { $0.windows = .first },
      { $0.shortClip = .refuse }, { $0.element = .float16 }, { $0.limits.maximumSeconds = 100 },
      { $0.windows = .at(0.25) },
    ]
    for (index, change) in changes.enumerated() {
      try expectRun(folder, good, decodes: all, extraction: extraction(change), "change \(index)")
      try expectRun(folder, good, decodes: [], extraction: extraction(change), "change \(index), again")
    }
    try expectRun(folder, good, decodes: all, extraction: extraction { $0.reusesMaps = false })
  }

  @Test func aDamagedOrForeignStoreCostsTimeNotTruth() throws {
    let (folder, clips) = try folder()
    let good = clips.filter { $0.name != "text.wav" }
    try expectRun(folder, good, decodes: all)
    // One number of the second file's maps.
    var maps = try Data(contentsOf: URL(filePath: folder["x.npy"]))
    let mapBytes = 4 * 8 * Self.spec.frameCount
    maps[maps.count - 4 * 3 * mapBytes + 10] ^= 1
    try maps.write(to: URL(filePath: folder["x.npy"]))
    try expectRun(folder, good, decodes: ["1.wav"], "a number")
    // Cut short, as a copy that broke off.
    try maps.dropLast(100).write(to: URL(filePath: folder["x.npy"]))
    try expectRun(folder, good, decodes: all, "cut")
    // Killed between the renames: the new list beside the old maps.
    let old = try Data(contentsOf: URL(filePath: folder["x.npy"]))
    try expectRun(folder, Array(good.reversed()), decodes: [], "reversed")
    try old.write(to: URL(filePath: folder["x.npy"]))
    // The middle file stands in its place in both.
    try expectRun(folder, good, decodes: ["0.wav", "1.wav", "3.wav", "4.wav"], "killed")
    // No list, or another kind of file in its place.
    let list = try String(contentsOfFile: folder["x.sources.csv"], encoding: .utf8)
    for text in ["", "\0\0", "path,content\n", "a\"b", String(list.dropLast(700)) + "\"", "path\n"] {
      try folder.write(text, to: "x.sources.csv")
      try expectRun(folder, good, decodes: all, "\(text.prefix(20))")
    }
  }

  /// Numbers in the list changed at random: the result stays the same.
  @Test func hostileListsGiveTheSameResult() throws {
    let (folder, clips) = try folder()
    let good = clips.filter { $0.name != "text.wav" }
    _ = try run(extraction(), good, folder["x.npy"])
    let right = try bytes(folder, "x")
    let list = try String(contentsOfFile: folder["x.sources.csv"], encoding: .utf8)
    var state: UInt32 = 7
    func random(below bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    let values = [
      "0", "-1", "1", "9", "99999999999", "9223372036854775807", "x", "", "nan", "20844/0-0/0", "1/0/",
    ]
    for _ in 0..<60 {
      var lines = list.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      for _ in 0...random(below: 4) {
        let line = 1 + random(below: lines.count - 1)
        lines[line][random(below: 6)] = Substring(values[random(below: values.count)])
      }
      try folder.write(lines.map { $0.joined(separator: ",") }.joined(separator: "\n"), to: "x.sources.csv")
      _ = try run(extraction(), good, folder["x.npy"])
      #expect(try bytes(folder, "x") == right)
    }
  }

  @Test func aStoppedRunLeavesTheEarlierStore() throws {
    let (folder, clips) = try folder()
    try expectRun(folder, clips, decodes: all)
    let before = try bytes(folder, "x")
    try writeTone(555, to: folder["4.wav"])
    #expect(throws: CodedError.self) {
      _ = try extraction().run(clips, output: folder["x.npy"], job: .cancelled)
    }
    #expect(try bytes(folder, "x") == before)
    try expectRun(folder, clips, decodes: ["4.wav"])
  }

  @Test func anotherWriterRemovesTheList() throws {
    let (folder, clips) = try folder()
    try expectRun(folder, clips, decodes: all)
    let store = try FeatureStore.open(folder["x.npy"])
    try store.writeCopy(to: folder["x.npy"], spec: store.spec) { $0 }
    #expect(!FileManager.default.fileExists(atPath: folder["x.sources.csv"]))
  }

  /// Numbers that are none, or no seconds, make a line of another's file nothing.
  @Test func linesWithoutSensibleSecondsAreNone() throws {
    let (folder, clips) = try folder()
    _ = try run(extraction(), clips, folder["x.npy"])
    var fields = EarlierMaps.lines(try CSVTable(path: folder["x.sources.csv"]))[0]
    #expect(EarlierMaps.Entry(fields)?.count == 3)
    fields[9] = "0 0.5 1"
    #expect(EarlierMaps.Entry(fields)?.starts == [0, 0.5, 1])
    for starts in ["0 inf 1", "0 nan 1", "0 -1 1", "0 1e300 1", "0 x 1"] {
      fields[9] = starts
      #expect(EarlierMaps.Entry(fields) == nil, "\(starts)")
    }
    fields[9] = ""
    for segment in ["inf", "nan", "-1", "0 inf", "-1 2", "1 nan"] {
      fields[8] = segment
      #expect(EarlierMaps.Entry(fields) == nil, "\(segment)")
    }
    fields[8] = "0.5 1.5"
    #expect(EarlierMaps.Entry(fields) != nil)
    for padded in ["inf", "nan", "-1", "x"] {
      fields[4] = padded
      #expect(EarlierMaps.Entry(fields) == nil, "\(padded)")
    }
  }
}
