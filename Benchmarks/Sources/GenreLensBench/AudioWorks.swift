import Foundation
import GenreLens

/// The first seconds of each MP3 file to 22 050 Hz mono.
final class DecodeWork: Work {
  private let clips: [String]
  private let seconds: Double
  private(set) var check: [Double] = []
  var items: Int { clips.count }
  let unit = "clips"

  init(_ options: Options) throws {
    clips = try options.clips()
    seconds = Double(try options.integer("seconds", default: 10))
    check = moments(try Waveform.load(path: clips[0], seconds: seconds).samples)
  }

  func runOnce() throws {
    for path in clips { _ = try Waveform.load(path: path, seconds: seconds) }
  }
}

/// Ten seconds of sound in memory to MFCC 128 x 431.
final class FeatureWork: Work {
  private let waveforms: [Waveform]
  private let extractor: FeatureExtractor
  private(set) var check: [Double] = []
  var items: Int { waveforms.count }
  let unit = "clips"

  init(_ options: Options) throws {
    waveforms = try options.clips().map { try Waveform.load(path: $0, seconds: 10) }
    extractor = try FeatureExtractor(.mfcc128)
    check = moments(try extractor.map(of: waveforms[0]).values.values)
  }

  func runOnce() throws {
    for waveform in waveforms { _ = try extractor.map(of: waveform) }
  }
}

/// MP3 file to MFCC 128 x 431 of its first ten seconds, on one thread.
final class FileFeatureWork: Work {
  private let clips: [String]
  private let extractor: FeatureExtractor
  private(set) var check: [Double] = []
  var items: Int { clips.count }
  let unit = "clips"

  init(_ options: Options) throws {
    clips = try options.clips()
    extractor = try FeatureExtractor(.mfcc128)
    check = moments(try extractor.maps(ofFile: clips[0])[0].values.values)
  }

  func runOnce() throws {
    for path in clips { _ = try extractor.maps(ofFile: path) }
  }
}

/// What `genrelens features` does: many files into a folder of maps, several side by side. With `--file` one file, window
/// behind window to its end. Each repetition has a folder of its own, so that nothing is found ready.
final class ExtractionWork: Work {
  private let tracks: [Clip]
  private let extraction: FeatureExtraction
  private let output: String
  var items: Int { tracks.count }
  let unit = "clips"

  init(_ options: Options) throws {
    let file = try options.string("file", default: "")
    let passes = try options.integer("passes", default: 1)
    let paths = file.isEmpty ? try options.clips() : [file]
    tracks = (0..<passes).flatMap { pass in
      paths.map { Clip(name: "\(pass) \($0)", path: $0, label: "any") }
    }
    var extraction = FeatureExtraction(spec: .mfcc128)
    extraction.windows = file.isEmpty ? .first : .all
    // Without the option: what the library does by itself.
    extraction.threads = try options.integer("threads", default: extraction.threads)
    self.extraction = extraction
    output = try options.string("output")
  }

  func runOnce() throws {
    let folder = "\(output).parts/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = try extraction.run(tracks, output: folder + "/maps.npy")
    guard outcome.failures.isEmpty else { throw UsageError("not all clips can be read: \(outcome.failures)") }
  }
}
