import Audio
import Features
import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Datasets

/// A folder of short tones with an extraction that counts what it decodes.
struct SmallCorpus {
  /// Half a second at 8 kHz: 8 x 32 maps.
  static var spec: FeatureSpec {
    var spec = FeatureSpec()
    (spec.sampleRateHz, spec.sampleCount, spec.fftLength, spec.hopLength) = (8000, 4000, 256, 128)
    (spec.melBandCount, spec.binCount) = (16, 8)
    return spec
  }

  let folder: TemporaryFolder
  var clips: [Clip]
  var extraction: FeatureExtraction
  /// What is noticed about files with these names.
  var notes: [String: [AudioNote]] = [:]

  /// Tones of 1.3 s, `0.wav` to, with a file that is no sound behind the first three.
  init(count: Int) throws {
    folder = try TemporaryFolder(["text.wav": "this is no sound"])
    extraction = FeatureExtraction(spec: Self.spec)
    (extraction.threads, extraction.windows) = (2, .all)
    clips = []
    for index in 0..<count {
      clips.append(try tone("\(index).wav", hertz: Float(200 + 37 * index)))
    }
    clips.insert(Clip(name: "text.wav", path: folder["text.wav"], label: "A"), at: min(3, count))
  }

  /// Writes a file.
  func tone(_ name: String, hertz: Float, seconds: Float = 1.3) throws -> Clip {
    let samples = (0..<Int(8000 * seconds)).map { sin(2 * .pi * hertz * Float($0) / 8000) / 2 }
    try Waveform(samples: samples, sampleRateHz: 8000).writeWAV(to: folder[name])
    return Clip(name: name, path: folder[name], label: "A")
  }

  /// Extracts; returns which files were decoded. Stops before the file with this number is written.
  @discardableResult func run(
    _ clips: [Clip]? = nil, to name: String = "x.npy", stopAfter limit: Int = .max,
    extraction: FeatureExtraction? = nil
  ) throws -> (decoded: [String], outcome: FeatureFiles?) {
    let decoded = Mutex<[String]>([])
    let watched = WatchedJob()
    let (extraction, notes) = (extraction ?? self.extraction, notes)
    var outcome: FeatureFiles?
    do {
      outcome = try extraction.run(
        clips ?? self.clips, output: folder[name],
        job: watched.job { steps in (steps.last?.completed ?? 0) >= limit },
        makeItemExtract: {
          let extractor = try FeatureExtractor(extraction.spec)
          return { item, give in
            decoded.withLock { $0.append(lastName(item.path)) }
            var reading = try extractor.forEachMap(
              ofAudibleFile: item.path, windows: extraction.windows, shortClip: extraction.shortClip,
              limits: extraction.limits, variant: item.variant, recordsContent: true, give)
            reading.notes += notes[lastName(item.path)] ?? []
            return reading
          }
        })
    } catch let error as CodedError where error.code == .cancelled {}
    return (decoded.withLock { $0 }, outcome)
  }

  /// The bytes of all files of a store; nil for one that is not there.
  func bytes(_ store: String = "x") -> [Data?] {
    ["npy", "csv", "json", "sources.csv", "failures.csv"].map {
      try? Data(contentsOf: URL(filePath: folder["\(store).\($0)"]))
    }
  }

  /// What a run without interruption gives.
  func fresh(_ clips: [Clip]? = nil, extraction: FeatureExtraction? = nil) throws -> [Data?] {
    try run(clips, to: "fresh.npy", extraction: extraction)
    defer {
      for name in (try? folder.names) ?? [] where name.hasPrefix("fresh.") {
        try? FileManager.default.removeItem(atPath: folder[name])
      }
    }
    return bytes("fresh")
  }

  /// Hidden files in the folder.
  var hidden: [String] { get throws { try folder.names.filter { $0.hasPrefix(".") } } }
}
