import Audio
import Features
import Files
import Foundation
import Tensors

extension FeatureExtraction {
  /// One file to work on, or one change of its sound.
  struct Item: Sendable {
    let clip: Clip
    let path: String
    let variant: SoundVariant?
    /// What it is called where it failed.
    var name: String { clip.segment == nil ? path : clip.identity }

    init(_ clip: Clip, _ variant: SoundVariant? = nil) {
      guard let path = clip.path else { preconditionFailure("'\(clip.name)' has no sound file") }
      var clip = clip
      clip.variant = variant?.description
      (self.clip, self.path, self.variant) = (clip, path, variant)
    }
  }

  /// What there is to do, in the order of the rows.
  func items(_ clips: [Clip]) -> [Item] {
    let isSplit = clips.contains { $0.split != nil }
    let changed = clips.filter { !isSplit || $0.split == .train }
    return clips.map { Item($0) } + variants.flatMap { variant in changed.map { Item($0, variant) } }
  }

  /// Calls its second argument with each map of an item; tells what of the file was read, and what was noticed.
  typealias ItemExtract = (Item, (FeatureMap) throws -> Void) throws -> AudioReading
  /// The same of a file at a path, unchanged.
  typealias RecordingExtract = (String, (FeatureMap) throws -> Void) throws -> AudioReading
  /// The same, without telling.
  typealias Extract = (String, (FeatureMap) throws -> Void) throws -> Void

  /// As ``run(_:output:job:)`` with any way of computing; `makeExtract` is called once on each thread.
  func run(
    _ clips: [Clip], output: String, job: Job,
    makeExtract: @escaping @Sendable () throws -> Extract
  ) throws -> FeatureFiles {
    try run(
      clips, output: output, job: job,
      makeItemExtract: {
        let extract = try makeExtract()
        return { item, give in
          try extract(item.path, give)
          return AudioReading()
        }
      })
  }

  func run(
    _ clips: [Clip], output: String, job: Job = Job(),
    makeRecordingExtract makeExtract: @escaping @Sendable () throws -> RecordingExtract
  ) throws -> FeatureFiles {
    try run(
      clips, output: output, job: job,
      makeItemExtract: {
        let extract = try makeExtract()
        return { item, give in try extract(item.path, give) }
      })
  }

  func run(
    _ clips: [Clip], output: String, job: Job,
    makeItemExtract makeExtract: @escaping @Sendable () throws -> ItemExtract
  ) throws -> FeatureFiles {
    try spec.requireMemory()
    let recipe = try EarlierMaps.Recipe(
      spec: spec, windows: windows, shortClip: shortClip, element: element, limits: limits)
    let allItems = self.items(clips)
    let items = shard.map { Array(allItems[$0.range(of: allItems.count)]) } ?? allItems
    let part = shard.map { $0.description(of: allItems, recipe: recipe, folder: folder(of: output)) }
    var writer = try ExtractionWriter(path: output, recipe: recipe, isFresh: !reusesMaps)
    let finished = reusesMaps ? EarlierMaps(store: output, recipe: recipe) : nil
    let work = ExtractionWork(
      items: items, kept: writer.kept, earlier: [writer.aside, finished].compactMap { $0 }, element: element,
      queue: OrderedMaps(fileCount: items.count, limit: 4 * max(1, threads)))
    ThreadPolicy.enterFileParallelRun()
    defer { ThreadPolicy.leaveFileParallelRun() }
    work.start(threads: threads, makeExtract)
    defer { work.queue.stop() }
    let ledger: ExtractionLedger
    do {
      ledger = try write(items, from: work.queue, to: &writer, job: job)
    } catch is CancellationError {
      throw stopped(&writer, itemCount: items.count)
    }
    guard writer.count > 0 || part != nil else {
      writer.discard()
      try ledger.write(forStore: output)
      let first = ledger.failures.first.map { ": \($0.path): \($0.reason)" } ?? ""
      throw CodedError(.allFailed, "none of \(items.count) files could be used\(first)", path: output)
    }
    try writer.finish(failures: ledger.text, shard: part)
    return FeatureFiles(
      path: output, mapCount: writer.count, recordingCount: writer.recordingCount, windows: windows.words,
      reusedFileCount: writer.reusedFileCount, failures: ledger.failures, notes: ledger.notes)
  }

  /// What is said when the work was stopped; what is done stays.
  private func stopped(_ writer: inout ExtractionWriter, itemCount: Int) -> CodedError {
    let kept = writer.keptFileCount
    let path = writer.files.path
    guard kept > 0 else {
      writer.discard()
      return CodedError(.cancelled, "stopped; nothing was written", path: path)
    }
    return CodedError(
      .cancelled,
      "stopped; the maps of \(kept) of \(itemCount) files are kept, the same command continues after them",
      path: path)
  }

  /// Writes maps as they come in order; a file that fails takes its earlier windows with it.
  private func write(
    _ items: [Item], from queue: OrderedMaps, to writer: inout ExtractionWriter, job: Job
  ) throws -> ExtractionLedger {
    var ledger = ExtractionLedger()
    var done = 0
    while let event = try queue.next(isStopped: { job.isCancelled }) {
      switch event {
      case .map(let file, let map, let sound): try writer.add(map, items[file].clip.of(sound))
      case .end(let file, let error, let origin):
        if let error {
          try writer.dropFile()
          ledger.add(LeftOutInput(error, path: items[file].name))
        } else {
          try writer.endFile(items[file].clip.of(origin.sound), origin)
          ledger.add(origin.reading.notes, path: items[file].name)
        }
        done += 1
        let (reused, failed) = (writer.reusedFileCount, ledger.failures.count)
        var progress = StageProgress("features", completed: done, of: items.count)
        progress.figures = [(reused, "unchanged"), (failed, "failed")].filter { $0.0 > 0 }.map {
          "\($0) \($1)"
        }
        job.tell(progress)
      }
    }
    return ledger
  }
}

extension Clip {
  /// The track with what its file holds.
  fileprivate func of(_ sound: SoundHash?) -> Clip {
    var clip = self
    clip.sound = sound
    return clip
  }
}

/// The threads that compute.
struct ExtractionWork: Sendable {
  let items: [FeatureExtraction.Item]
  /// Maps that stand in the partial store.
  let kept: EarlierMaps?
  /// Maps of other stores, which are given again.
  let earlier: [EarlierMaps]
  let element: NumpyElement
  let queue: OrderedMaps

  func start(
    threads: Int, _ makeExtract: @escaping @Sendable () throws -> FeatureExtraction.ItemExtract
  ) {
    let workers = max(1, min(threads, items.count))
    let shares = ProcessorShares(workers: workers)
    for worker in 0..<workers {
      queue.workerStarts()
      let thread = Thread {
        defer { queue.workerEnds() }
        shares.adoptOnThisThread(worker: worker)
        run(makeExtract)
      }
      thread.stackSize = 4 << 20
      thread.start()
    }
  }

  /// Takes file after file, until none is left.
  private func run(_ makeExtract: () throws -> FeatureExtraction.ItemExtract) {
    // Not before it is needed: where all maps are there already it would be for nothing.
    var extract: Result<FeatureExtraction.ItemExtract, any Error>?
    // Segments of one file come one after the other.
    var last: (path: String, sound: SoundHash?)?
    while let file = queue.take() {
      let path = items[file].path
      if last?.path.isSpelled(like: path) != true { last = (path, SoundHash(ofFile: path)) }
      queue.note(last?.sound, file: file)
      do {
        if let origin = try reuse(file) {
          queue.end(file: file, nil, origin)
          continue
        }
        let made = extract ?? Result { try makeExtract() }
        extract = made
        let reading = try made.get()(items[file]) { map in
          try requireRange(map)
          try queue.push(map, file: file)
        }
        queue.end(file: file, nil, .init(reading: reading))
      } catch {
        queue.end(file: file, error)
      }
    }
  }

  /// Takes a file's maps from where they are already; nil when nobody has them.
  private func reuse(_ file: Int) throws -> OrderedMaps.Origin? {
    let (path, part) = (items[file].path, items[file].clip.part)
    if let entry = kept?.entry(forFile: path, part) {
      return .init(reading: entry.reading, isReused: true, kept: entry)
    }
    for maps in earlier {
      guard let entry = maps.entry(forFile: path, part) else { continue }
      try maps.forEachMap(of: entry) { try queue.push($0, file: file) }
      return .init(reading: entry.reading, isReused: true)
    }
    return nil
  }

  private func requireRange(_ map: FeatureMap) throws {
    guard element == .float16,
      let value = map.values.values.first(where: { abs($0) > NumpyElement.largestFloat16 })
    else { return }
    throw CodedError(
      .outOfRange, "a value of \(value): float16 ends at 65504; store float32", path: "map")
  }
}
