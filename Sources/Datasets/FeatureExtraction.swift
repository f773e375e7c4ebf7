public import Audio
public import Features
import Foundation
public import Tensors

/// Computes the feature maps of many sound files into a ``FeatureStore``: in parallel, in bounded memory, file by file
/// in the order given, whatever the number of threads.
///
/// A bad file (and a silent one) does not stop the work: it is left out, named in the result, and written to `failures.csv` (path, code,
/// reason) beside the store. The store appears whole at the end or not at all.
public struct FeatureExtraction: Sendable {
  public var spec: FeatureSpec
  /// Which windows of a track become maps.
  public var windows = FeatureWindows.first
  /// What happens to a clip shorter than a window.
  public var shortClip = ShortClip.pad
  /// Files worked on side by side, at least 1.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  /// `.float32`, or `.float16` for half the size.
  public var element = NumpyElement.float32
  public var limits = AudioLimits()

  public init(spec: FeatureSpec) { self.spec = spec }

  /// How far the work is.
  public struct Progress: Sendable, Equatable {
    /// Files finished, failed ones among them.
    public var done = 0
    public var total: Int
    public var failed = 0
    /// Maps written.
    public var maps = 0
  }

  /// A file that could not be used.
  public struct Failure: Sendable, Equatable {
    public var path: String
    /// The error's code, for example `damaged`.
    public var code: String
    /// What was wrong, in one line.
    public var reason: String
  }

  /// What came out.
  public struct Outcome: Sendable, Equatable {
    /// The `.npy` file.
    public var path: String
    public var mapCount: Int
    /// In the order of the files.
    public var failures: [Failure]
  }

  /// The ledger of failures that belongs to a store.
  public static func failuresPath(forStore path: String) -> String {
    join(folder(of: path), "failures.csv")
  }

  /// Extracts the tracks' files to `output` (ending in `.npy`) with its index and sidecar.
  ///
  /// - Parameters:
  ///   - isCancelled: asked about ten times a second on the calling thread; the calling task's cancellation counts
  ///     too. Nothing is left under the final names then.
  ///   - progress: called on the calling thread after each file.
  ///
  /// Throws ``DatasetError``: `allFailed` when no file could be used, `cancelled`, `inputOutput` when the store cannot
  /// be written. Traps when a track has no path. While it runs, kernels use one thread (``ThreadPolicy``).
  public func run(
    _ tracks: [Track], output: String, isCancelled: () -> Bool = { false },
    progress: (Progress) -> Void = { _ in }
  ) throws -> Outcome {
    try spec.validate()
    let (spec, windows, shortClip, limits) = (spec, windows, shortClip, limits)
    return try run(tracks, output: output, isCancelled: isCancelled, progress: progress) {
      let extractor = try FeatureExtractor(spec)
      return { path, give in
        try extractor.forEachMap(
          ofAudibleFile: path, windows: windows, shortClip: shortClip, limits: limits, give)
      }
    }
  }

  /// Calls its second argument with each map of the file at a path.
  typealias Extract = (String, (FeatureMap) throws -> Void) throws -> Void

  /// The same with any way of computing; `makeExtract` is called once on each thread.
  func run(
    _ tracks: [Track], output: String, isCancelled: () -> Bool, progress: (Progress) -> Void,
    makeExtract: @escaping @Sendable () throws -> Extract
  ) throws -> Outcome {
    let paths = tracks.map { track in
      guard let path = track.path else { preconditionFailure("'\(track.name)' has no sound file") }
      return path
    }
    var writer = try FeatureStoreWriter(
      path: output, binCount: spec.binCount, frameCount: spec.frameCount, spec: spec, element: element,
      windows: windows == .all ? "all" : "first")
    ThreadPolicy.enterFileParallelRun()
    defer { ThreadPolicy.leaveFileParallelRun() }
    let queue = OrderedMaps(fileCount: paths.count, limit: 4 * max(1, threads))
    for _ in 0..<max(1, min(threads, paths.count)) {
      FeatureExtraction.startWorker(on: queue, paths, makeExtract)
    }
    defer { queue.stop() }
    let failures: [Failure]
    do {
      failures = try write(tracks, from: queue, to: &writer, isCancelled: isCancelled, progress: progress)
    } catch is CancellationError {
      throw DatasetError(.cancelled, "stopped; nothing was written", path: output)
    }
    try writeLedger(failures, forStore: output)
    guard writer.count > 0 else {
      let first = failures.first.map { ": \($0.path): \($0.reason)" } ?? ""
      throw DatasetError(.allFailed, "none of \(paths.count) files could be used\(first)", path: output)
    }
    try writer.finish()
    return Outcome(path: output, mapCount: writer.count, failures: failures)
  }

  private static func startWorker(
    on queue: OrderedMaps, _ paths: [String], _ makeExtract: @escaping @Sendable () throws -> Extract
  ) {
    queue.workerStarts()
    let thread = Thread {
      defer { queue.workerEnds() }
      let extract = Result { try makeExtract() }
      while let file = queue.take() {
        do {
          try extract.get()(paths[file]) { try queue.push($0, file: file) }
          queue.end(file: file, nil)
        } catch {
          queue.end(file: file, error)
        }
      }
    }
    thread.stackSize = 4 << 20
    thread.start()
  }

  /// Writes maps as they come in order; a file that fails takes its earlier windows with it.
  private func write(
    _ tracks: [Track], from queue: OrderedMaps, to writer: inout FeatureStoreWriter, isCancelled: () -> Bool,
    progress: (Progress) -> Void
  ) throws -> [Failure] {
    var failures: [Failure] = []
    var state = Progress(total: tracks.count)
    var fileStart = 0
    while let event = try queue.next(isStopped: { isCancelled() || Task.isCancelled }) {
      switch event {
      case .map(let file, let map):
        var track = tracks[file]
        track.startSeconds = map.startSeconds
        track.paddedSeconds = map.paddedSeconds
        try writer.append(map.values, for: track)
      case .end(let file, let error):
        if let error {
          try writer.rollBack(toCount: fileStart)
          failures.append(Failure(error, path: tracks[file].path ?? ""))
        }
        fileStart = writer.count
        state.done += 1
        (state.failed, state.maps) = (failures.count, writer.count)
        progress(state)
      }
    }
    return failures
  }

  /// Writes `failures.csv`; without failures it only replaces an older one.
  private func writeLedger(_ failures: [Failure], forStore path: String) throws(DatasetError) {
    let ledger = FeatureExtraction.failuresPath(forStore: path)
    guard !failures.isEmpty || FileManager.default.fileExists(atPath: ledger) else { return }
    try CSVTable.write(
      header: ["path", "code", "reason"], rows: failures.map { [$0.path, $0.code, $0.reason] }, to: ledger)
  }
}

extension FeatureExtraction.Failure {
  init(_ error: any Error, path: String) {
    self.path = path
    switch error {
    case let error as AudioError: (code, reason) = (error.code.rawValue, error.message)
    case let error as FeatureError: (code, reason) = (error.code.rawValue, error.message)
    default: (code, reason) = ("internal", "\(error)")
    }
  }
}
