public import Audio
public import Features
import Foundation
public import Tensors

/// Computes the feature maps of many sound files into a ``FeatureStore``: in parallel, in bounded memory, file by file
/// in the order given, whatever the number of threads.
///
/// What an earlier extraction to the same store computed of the same content, with the same settings, is taken from
/// there: see ``reusesMaps``.
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
  /// Whether maps are taken from the store that is there already, where it holds them for a file's content and these
  /// settings; nothing is decoded for such a file, and the result is the same, byte for byte. `X.sources.csv` beside
  /// `X.npy` says what was read of which file. Files that failed are tried again.
  public var reusesMaps = true

  public init(spec: FeatureSpec) { self.spec = spec }

  /// How far the work is.
  public struct Progress: Sendable, Equatable {
    /// Files finished, failed ones among them.
    public var done = 0
    public var total: Int
    public var failed = 0
    /// Maps written.
    public var maps = 0
    /// Files whose maps were taken from the earlier store.
    public var reused = 0
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
    /// Files whose maps were taken from the earlier store: they were not decoded.
    public var reusedFileCount = 0
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
    return try run(
      tracks, output: output, isCancelled: isCancelled, progress: progress,
      makeRecordingExtract: {
        let extractor = try FeatureExtractor(spec)
        return { path, give in
          try extractor.forEachMap(
            ofAudibleFile: path, windows: windows, shortClip: shortClip, limits: limits, recordsContent: true,
            give)
        }
      })
  }

  /// Calls its second argument with each map of the file at a path.
  typealias Extract = (String, (FeatureMap) throws -> Void) throws -> Void
  /// The same; tells what of the file was read.
  typealias RecordingExtract = (String, (FeatureMap) throws -> Void) throws -> ContentKey?

  /// The same with any way of computing; `makeExtract` is called once on each thread.
  func run(
    _ tracks: [Track], output: String, isCancelled: () -> Bool, progress: (Progress) -> Void,
    makeExtract: @escaping @Sendable () throws -> Extract
  ) throws -> Outcome {
    try run(
      tracks, output: output, isCancelled: isCancelled, progress: progress,
      makeRecordingExtract: {
        let extract = try makeExtract()
        return { path, give in
          try extract(path, give)
          return nil
        }
      })
  }

  func run(
    _ tracks: [Track], output: String, isCancelled: () -> Bool = { false },
    progress: (Progress) -> Void = { _ in },
    makeRecordingExtract makeExtract: @escaping @Sendable () throws -> RecordingExtract
  ) throws -> Outcome {
    let paths = tracks.map { track in
      guard let path = track.path else { preconditionFailure("'\(track.name)' has no sound file") }
      return path
    }
    let recipe = try EarlierMaps.Recipe(
      spec: spec, windows: windows, shortClip: shortClip, element: element, limits: limits)
    let earlier = reusesMaps ? EarlierMaps(store: output, recipe: recipe) : nil
    var writer = try FeatureStoreWriter(
      path: output, binCount: spec.binCount, frameCount: spec.frameCount, spec: spec, element: element,
      windows: windows == .all ? "all" : "first")
    ThreadPolicy.enterFileParallelRun()
    defer { ThreadPolicy.leaveFileParallelRun() }
    let queue = OrderedMaps(fileCount: paths.count, limit: 4 * max(1, threads))
    startWorkers(on: queue, paths, earlier, makeExtract)
    defer { queue.stop() }
    let result: (failures: [Failure], sources: ExtractionSources)
    do {
      result = try write(
        tracks, from: queue, to: &writer, recipe: recipe, isCancelled: isCancelled, progress: progress)
    } catch is CancellationError {
      throw DatasetError(.cancelled, "stopped; nothing was written", path: output)
    }
    let failures = result.failures
    try writeLedger(failures, forStore: output)
    guard writer.count > 0 else {
      let first = failures.first.map { ": \($0.path): \($0.reason)" } ?? ""
      throw DatasetError(.allFailed, "none of \(paths.count) files could be used\(first)", path: output)
    }
    try writer.finish(sources: result.sources.text)
    return Outcome(
      path: output, mapCount: writer.count, failures: failures,
      reusedFileCount: result.sources.reusedFileCount)
  }

  private func startWorkers(
    on queue: OrderedMaps, _ paths: [String], _ earlier: EarlierMaps?,
    _ makeExtract: @escaping @Sendable () throws -> RecordingExtract
  ) {
    let workers = max(1, min(threads, paths.count))
    let shares = ProcessorShares(workers: workers)
    for worker in 0..<workers {
      queue.workerStarts()
      let thread = Thread {
        defer { queue.workerEnds() }
        shares.adoptOnThisThread(worker: worker)
        FeatureExtraction.work(on: queue, paths, earlier, makeExtract)
      }
      thread.stackSize = 4 << 20
      thread.start()
    }
  }

  /// Takes file after file, until none is left.
  private static func work(
    on queue: OrderedMaps, _ paths: [String], _ earlier: EarlierMaps?,
    _ makeExtract: () throws -> RecordingExtract
  ) {
    // Not before it is needed: where all maps are there already it would be for nothing.
    var extract: Result<RecordingExtract, any Error>?
    while let file = queue.take() {
      do {
        let give: (FeatureMap) throws -> Void = { try queue.push($0, file: file) }
        if let content = try earlier?.forEachMap(ofFile: paths[file], give) {
          queue.end(file: file, nil, .init(content: content, isReused: true))
          continue
        }
        let made = extract ?? Result { try makeExtract() }
        extract = made
        let content = try made.get()(paths[file], give)
        queue.end(file: file, nil, .init(content: content))
      } catch {
        queue.end(file: file, error)
      }
    }
  }

  /// Writes maps as they come in order; a file that fails takes its earlier windows with it.
  private func write(
    _ tracks: [Track], from queue: OrderedMaps, to writer: inout FeatureStoreWriter,
    recipe: EarlierMaps.Recipe, isCancelled: () -> Bool, progress: (Progress) -> Void
  ) throws -> (failures: [Failure], sources: ExtractionSources) {
    var failures: [Failure] = []
    var sources = ExtractionSources(store: writer.path, recipe: recipe)
    var state = Progress(total: tracks.count)
    var fileStart = 0
    while let event = try queue.next(isStopped: { isCancelled() || Task.isCancelled }) {
      switch event {
      case .map(let file, let map):
        var track = tracks[file]
        track.startSeconds = map.startSeconds
        track.paddedSeconds = map.paddedSeconds
        try writer.append(map.values, for: track)
        sources.add(map)
      case .end(let file, let error, let origin):
        let path = tracks[file].path ?? ""
        if let error {
          try writer.rollBack(toCount: fileStart)
          failures.append(Failure(error, path: path))
          sources.dropFile()
        } else {
          sources.endFile(path, row: fileStart, origin)
        }
        fileStart = writer.count
        state.done += 1
        (state.failed, state.maps, state.reused) = (failures.count, writer.count, sources.reusedFileCount)
        progress(state)
      }
    }
    return (failures, sources)
  }

  /// Writes `failures.csv`; without failures it only replaces an older one.
  private func writeLedger(_ failures: [Failure], forStore path: String) throws(DatasetError) {
    let ledger = FeatureExtraction.failuresPath(forStore: path)
    guard !failures.isEmpty || FileManager.default.fileExists(atPath: ledger) else { return }
    try CSVTable.write(
      header: ["path", "code", "reason"], rows: failures.map { [$0.path, $0.code, $0.reason] }, to: ledger)
  }
}

/// Collects the lines of `X.sources.csv` while the maps are written.
private struct ExtractionSources {
  let store: String
  let recipe: EarlierMaps.Recipe
  private(set) var reusedFileCount = 0
  private var rows: [[String]] = []
  private var hashes: [ContentHash] = []
  private var padded = 0.0

  init(store: String, recipe: EarlierMaps.Recipe) { (self.store, self.recipe) = (store, recipe) }

  mutating func add(_ map: FeatureMap) {
    hashes.append(recipe.hash(of: map))
    padded = map.paddedSeconds
  }

  mutating func dropFile() { hashes.removeAll(keepingCapacity: true) }

  mutating func endFile(_ path: String, row: Int, _ origin: OrderedMaps.Origin) {
    defer { hashes.removeAll(keepingCapacity: true) }
    if origin.isReused { reusedFileCount += 1 }
    guard let content = origin.content, !hashes.isEmpty else { return }
    let padded = FeatureStoreWriter.decimal(padded)
    rows.append(
      EarlierMaps.Entry(
        path: relative(path, to: folder(of: store)), content: content, row: row, count: hashes.count,
        padded: padded, checksum: recipe.checksum(content, padded: padded, maps: hashes)
      ).fields)
  }

  var text: String? { rows.isEmpty ? nil : CSVTable.encode(header: EarlierMaps.columns, rows: rows) }
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
