import Audio
import Features
import Files
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand, .property)) struct FeatureExtractionTests {
  /// Half a second at 8 kHz: 8 x 32 maps.
  static var spec: FeatureSpec {
    var spec = FeatureSpec()
    (spec.sampleRateHz, spec.sampleCount, spec.fftLength, spec.hopLength) = (8000, 4000, 256, 128)
    (spec.melBandCount, spec.binCount) = (16, 8)
    return spec
  }

  func tone(_ hertz: Float, seconds: Float) -> Waveform {
    Waveform(
      samples: (0..<Int(8000 * seconds)).map { sin(2 * .pi * hertz * Float($0) / 8000) / 2 },
      sampleRateHz: 8000)
  }

  /// Seven good files of 0.3 to 1.5 s, with a text file, an empty and a missing one among them.
  func folder() throws -> (TemporaryFolder, [Clip]) {
    let folder = try TemporaryFolder(["2-text.wav": "this is no sound", "5-empty.wav": ""])
    for index in [0, 1, 3, 4, 6, 7, 9] {
      try tone(Float(200 + 100 * index), seconds: 0.3 + 0.15 * Float(index)).writeWAV(
        to: folder["\(index).wav"])
    }
    let names = [
      "0.wav", "1.wav", "2-text.wav", "3.wav", "4.wav", "5-empty.wav", "6.wav", "7.wav", "none.wav", "9.wav",
    ]
    return (folder, names.map { Clip(name: $0, path: folder[$0], label: "A") })
  }

  @Test func mapsInOrderAndBadFilesInTheLedger() throws {
    let (folder, clips) = try folder()
    let watched = WatchedJob()
    var extraction = FeatureExtraction(spec: Self.spec)
    extraction.windows = .first
    let outcome = try extraction.run(clips, output: folder["x.npy"], job: watched.job())
    #expect(outcome.recordingCount == 7)
    #expect(outcome.mapCount == 7 && outcome.failures.map(\.path) == [2, 5, 8].map { clips[$0].path })
    #expect(watched.steps.map(\.completed) == Array(1...10))
    #expect(watched.steps.last == StageProgress("features", completed: 10, of: 10, note: "3 failed"))
    let store = try FeatureStore.open(folder["x.npy"])
    let good = clips.indices.filter { ![2, 5, 8].contains($0) }
    #expect(store.clips.map(\.path) == good.map { clips[$0].path })
    let extractor = try FeatureExtractor(Self.spec)
    for (row, index) in good.enumerated() {
      let map = try #require(try extractor.maps(ofFile: clips[index].path ?? "").first)
      #expect(store.map(row) == map.values)
      #expect(abs((store.clips[row].paddedSeconds ?? -1) - map.paddedSeconds) < 0.0006)
    }
    let ledger = try CSVTable(path: folder["x.failures.csv"])
    #expect(ledger.header == ["path", "code", "reason", "outcome", "seconds"])
    #expect(
      ledger.records.map(\.fields) == outcome.failures.map { [$0.path, $0.code, $0.reason, "left-out", ""] })
    #expect(outcome.failures.map(\.code) == ["unknown-format", "empty", "missing"])
    #expect(outcome.failures.allSatisfy { !$0.reason.contains("\n") && !$0.reason.contains(folder.path) })
  }

  @Test(arguments: [FeatureWindows.first, .all]) func anyNumberOfThreadsGivesTheSameBytes(
    windows: FeatureWindows
  ) throws {
    let (folder, clips) = try folder()
    var files: [[Data]] = []
    for threads in [1, 2, 5] {
      var extraction = FeatureExtraction(spec: Self.spec)
      (extraction.threads, extraction.windows) = (threads, windows)
      _ = try extraction.run(clips, output: folder["x.npy"])
      files.append(
        try ["x.npy", "x.csv", "x.json", "x.failures.csv"].map {
          try Data(contentsOf: URL(filePath: folder[$0]))
        })
    }
    #expect(files[1] == files[0] && files[2] == files[0])
    #expect(try FeatureStore.open(folder["x.npy"]).count == (windows == .all ? 14 : 7))
  }

  @Test func paddingCanBeRefused() throws {
    let (folder, clips) = try folder()
    var extraction = FeatureExtraction(spec: Self.spec)
    (extraction.shortClip, extraction.windows) = (.refuse, .first)
    let outcome = try extraction.run([clips[0], clips[9]], output: folder["x.npy"])
    #expect(outcome.mapCount == 1 && outcome.failures.map(\.code) == ["too-short"])
  }

  @Test func whenNothingWorksThereIsOnlyALedger() throws {
    let (folder, clips) = try folder()
    let error = try #require(throws: CodedError.self) {
      _ = try FeatureExtraction(spec: Self.spec).run([clips[2], clips[8]], output: folder["out.npy"])
    }
    #expect(error.code == .allFailed && error.message.contains("none of 2 files"))
    #expect(try folder.names.filter { $0.hasPrefix("out") || $0.hasPrefix(".") } == ["out.failures.csv"])
    #expect(try CSVTable(path: folder["out.failures.csv"]).records.count == 2)
  }

  @Test func workStoppedAtOnceLeavesNothing() throws {
    let (folder, clips) = try folder()
    let error = try #require(throws: CodedError.self) {
      _ = try FeatureExtraction(spec: Self.spec).run(
        clips, output: folder["out.npy"], job: .cancelled)
    }
    #expect(error.code == .cancelled)
    #expect(try folder.names.filter { $0.hasPrefix("out") || $0.hasPrefix(".") }.isEmpty)
  }

  @Test func anUnwritableStoreThrows() throws {
    let (folder, clips) = try folder()
    #expect(throws: CodedError.self) {
      _ = try FeatureExtraction(spec: Self.spec).run(clips, output: folder["none/x.npy"])
    }
    var broken = Self.spec
    broken.hopLength = 0
    #expect(throws: (any Error).self) {
      _ = try FeatureExtraction(spec: broken).run(clips, output: folder["x.npy"])
    }
  }

  /// Many windows a file, the first file slow, one broken in the middle: the order holds, its windows are taken back.
  @Test func aSlowFileKeepsItsPlaceAndABrokenOneIsTakenBack() throws {
    let folder = try TemporaryFolder()
    let spec = Self.spec
    var extraction = FeatureExtraction(spec: spec)
    extraction.threads = 3
    let clips = (0..<12).map { Clip(name: "\($0)", path: "/\($0)", label: "A") }
    let outcome = try extraction.run(
      clips, output: folder["x.npy"], job: Job(),
      makeExtract: {
        { path, give in
          let file = Int(path.dropFirst()) ?? 0
          if file == 0 { Thread.sleep(forTimeInterval: 0.05) }
          for window in 0..<20 {
            if file == 5, window == 9 { throw CodedError(.unsupportedSamples, "broken") }
            try give(Self.map(Float(file * 100 + window)))
          }
        }
      })
    let store = try FeatureStore.open(folder["x.npy"])
    #expect(outcome.failures == [.init(path: "/5", code: "unsupported-samples", reason: "broken")])
    let expected = (0..<12).filter { $0 != 5 }.flatMap { file in (0..<20).map { Float(file * 100 + $0) } }
    #expect((0..<store.count).map { store.map($0)[0, 0] } == expected)
  }

  static func map(_ value: Float) -> FeatureMap {
    FeatureMap(values: Tensor(repeating: value, shape: [spec.binCount, spec.frameCount]), spec: spec)
  }

  @Test func aThreadAheadWaitsForRoom() throws {
    let queue = OrderedMaps(fileCount: 2, limit: 3)
    let pushed = Mutex(0)
    #expect(queue.take() == 0 && queue.take() == 1)
    queue.workerStarts()
    Thread {
      for _ in 0..<10 {
        guard (try? queue.push(Self.map(1), file: 1)) != nil else { break }
        pushed.withLock { $0 += 1 }
      }
      queue.end(file: 1, nil)
      queue.workerEnds()
    }.start()
    for _ in 0..<3 { try queue.push(Self.map(0), file: 0) }
    Thread.sleep(forTimeInterval: 0.05)
    #expect(pushed.withLock { $0 } <= 3)
    queue.end(file: 0, nil)
    var files: [Int] = []
    while let event = try queue.next(isStopped: { false }) {
      if case .map(let file, _, _) = event { files.append(file) }
    }
    #expect(files == Array(repeating: 0, count: 3) + Array(repeating: 1, count: 10))
    queue.stop()
  }
}
