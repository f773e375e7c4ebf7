package import Datasets
package import Features
import Files
package import Models
import Networks
package import Tensors

/// One recording of a data set, or one segment of it: a sound file, or all rows of a feature file that are proved to be its
/// windows.
package struct Recording: Sendable {
  /// Its clip; of several rows, the first.
  package let clip: Clip
  /// Rows of the feature file in order; empty for a sound file.
  package let rows: [Int]
  /// The second of the sound file at which a row's map begins, where that is known.
  private let rowStarts: [Int: Double]
  /// Silence after a row's sound, as the index says, where there is some.
  private let rowPadding: [Int: Double]

  /// What identifies it in results.
  package var path: String { clip.identity }
  /// The sound file.
  package var file: String { clip.path ?? clip.name }

  /// The recordings of some clips, in their order.
  package static func recordings(of clips: [Clip]) -> [Recording] {
    var order: [Spelling] = []
    var byIdentity: [Spelling: [Clip]] = [:]
    for clip in clips {
      let identity = Spelling(clip.identity)
      if byIdentity[identity] == nil { order.append(identity) }
      byIdentity[identity, default: []].append(clip)
    }
    return order.compactMap { name in
      guard let clips = byIdentity[name] else { return nil }
      let starts = clips.compactMap { clip in
        clip.row.flatMap { row in clip.startSeconds.map { (row, $0) } }
      }
      return Recording(
        clip: clips[0], rows: clips.compactMap(\.row),
        rowStarts: Dictionary(starts, uniquingKeysWith: { first, _ in first }),
        rowPadding: Dictionary(
          clips.compactMap { clip in clip.row.flatMap { row in clip.paddedSeconds.map { (row, $0) } } },
          uniquingKeysWith: { first, _ in first }))
    }
  }

  /// Silence that was added after the sound of a row, in seconds.
  package func paddedSeconds(ofRow row: Int) -> Double { max(0, rowPadding[row] ?? 0) }

  /// The second of the sound file at which a window begins; nil where the feature file does not tell.
  package func startSeconds(of place: WindowPlace, spec: FeatureSpec) -> Double? {
    switch place {
    case .at(let seconds): return seconds
    case .row(let row, let frame):
      return rowStarts[row].map { $0 + Double(frame * spec.hopLength) / Double(spec.sampleRateHz) }
    }
  }
}

/// Reads the maps of a data set's recordings, from its feature file or from sound.
package struct RecordingReader {
  private let store: FeatureStore?
  private var sound: SoundWindows?
  /// Which stretches of the stored maps the model hears.
  private let crops: TimeCrops?
  let hopSeconds: Double?
  /// How the model's own windows are computed; nil where nobody knows.
  private let windowSpec: FeatureSpec?
  private let hashesMaps: Bool
  private let model: GenreModel
  private let clips: [Clip]
  /// Told of each window of sound and each row of the feature file that is read.
  var whenRead: (@Sendable (WindowPlace) -> Void)?
  /// Whether ``ScoringOptions/crops`` asks for shifted copies: the maps are no longer than the model's input.
  package let takesShifts: Bool
  /// What a reader must know of the maps' origin.
  package let notes: [String]

  /// Throws when the feature file's maps are not what the model hears (``FeatureAgreement``): they may be longer than its
  /// input where it was trained on crops, or where crops are asked for.
  package init(dataset: Dataset, model: GenreModel, options: ScoringOptions = ScoringOptions()) throws {
    hopSeconds = options.hopSeconds
    windowSpec = model.featureSpec
    hashesMaps = TrainingMembership(model).comparesMaps
    (self.model, clips) = (model, dataset.clips)
    guard let opened = try dataset.featureStore() else {
      (store, crops, sound, takesShifts) = (nil, nil, try SoundWindows(model: model), true)
      notes = []
      return
    }
    let agreement = try FeatureAgreement(
      opened, model,
      takesCrops: options.crops != nil || model.provenance.configuration?.cropFrames ?? 0 > 0)
    notes = [agreement.note, opened.windowNote].compactMap(\.self)
    takesShifts = !agreement.isCropped
    crops = TimeCrops(
      of: opened.frameCount, cropFrames: model.network.inputShape[2], count: takesShifts ? 1 : options.crops)
    (store, sound) = (opened, nil)
  }

  /// The same for another thread: a reader of sound belongs to one.
  fileprivate func copy() throws -> RecordingReader {
    var copy = self
    if sound != nil { copy.sound = try SoundWindows(model: model) }
    return copy
  }

  /// Whether the maps are made of sound, which costs more than reading them.
  var hearsSound: Bool { sound != nil }

  /// Lets go of the memory of stored maps that were read.
  package func releaseMemory() { store?.releaseMemory() }

  /// Every window of a recording, in order; crops of nothing but added silence are none. Throws for a file that cannot be read and
  /// for values that are not finite.
  ///
  /// - Returns: what was noticed about the sound, and the silence that was added after that of the last window.
  @discardableResult package func forEachMap(
    of recording: Recording, _ body: (Tensor, WindowPlace) throws -> Void
  ) throws -> SoundWindows.Heard {
    var heard = SoundWindows.Heard(notes: [], paddedSeconds: 0)
    var windowCount = 0
    var hashes: Set<UInt64> = []
    if let sound {
      heard = try sound.forEachMap(
        of: recording.file, segment: recording.clip.segment, hopSeconds: hopSeconds
      ) { map, start in
        whenRead?(.at(start))
        if hashesMaps { hashes.formUnion(MapHash.ofComputed(map)) }
        try body(map, .at(start))
      }
    }
    for row in recording.rows {
      let whole = try map(row, of: recording)
      if hashesMaps, let hash = MapHash.of(whole) { hashes.insert(hash) }
      for start in starts(row, of: recording) {
        try body(
          whole.frames(from: start, count: crops?.cropFrames ?? whole.shape[1]), .row(row, frame: start))
        heard.paddedSeconds = paddedSeconds(of: .row(row, frame: start), recording)
        windowCount += 1
      }
    }
    heard.mapHashes = hashes
    // Of sound that was heard itself the note is there already.
    if sound == nil, windowCount == 1, let seconds = windowSeconds,
      PaddedWindow.isMostlyPadding(paddedSeconds: heard.paddedSeconds, windowSeconds: seconds)
    {
      heard.notes.append(.mostlyPadding(paddedSeconds: heard.paddedSeconds, windowSeconds: seconds))
    }
    return heard
  }

  /// The first frames of the stretches of a row that are heard.
  private func starts(_ row: Int, of recording: Recording) -> [Int] {
    guard let crops else { return [0] }
    guard let spec = store?.spec else { return crops.starts }
    return crops.starts(
      soundFrameCount: spec.soundFrameCount(paddedSeconds: recording.paddedSeconds(ofRow: row)))
  }

  /// How long a window of the model's is; nil where nobody knows.
  private var windowSeconds: Double? {
    crops.map { $0.cropFrames < $0.frameCount } ?? false
      ? windowSpec?.seconds : store?.spec?.seconds ?? windowSpec?.seconds
  }

  /// Tells which windows of a recording are in good part silence that was added after its sound.
  func paddedWindows(
    _ scores: TrackScores, _ heard: SoundWindows.Heard, _ recording: Recording
  ) -> (WindowPlace) -> Bool {
    let length = sound?.windowSeconds ?? windowSeconds ?? .infinity
    let last = scores.windows.last?.place
    return { place in
      let padded =
        switch place {
        case .at: place == last ? heard.paddedSeconds : 0
        case .row: paddedSeconds(of: place, recording)
        }
      return Timeline.Window.isPaddedInGoodPart(padded, of: length)
    }
  }

  /// How much of a window of a feature file is silence that was added after the sound, in seconds; 0 where it is not known.
  package func paddedSeconds(of place: WindowPlace, _ recording: Recording) -> Double {
    guard case .row(let row, let frame) = place else { return 0 }
    let padded = recording.paddedSeconds(ofRow: row)
    guard padded > 0, let spec = store?.spec, let seconds = windowSeconds else { return padded }
    return spec.padding(ofStretchFrom: frame, seconds: seconds, paddedSeconds: padded)
  }

  /// Tells which of the recordings made the model. Cost: reads some maps of the feature file.
  package func membership() -> TrainingMembership {
    TrainingMembership(model, store: store, clips: clips)
  }

  /// What is known of a recording that was read.
  package func evidence(
    of recording: Recording, _ heard: SoundWindows.Heard, for membership: TrainingMembership
  ) -> TrainingMembership.Evidence {
    TrainingMembership.Evidence(
      sound: membership.overlap.isRecorded ? recording.clip.knownSound : nil, segment: recording.clip.segment,
      maps: heard.mapHashes, rows: recording.rows)
  }

  /// One window of a recording.
  package func map(of recording: Recording, at place: WindowPlace) throws -> Tensor {
    switch place {
    case .at(let seconds):
      guard let sound else { throw CodedError(.badInput, "no sound to read", path: recording.path) }
      whenRead?(place)
      return try sound.map(of: recording.file, segment: recording.clip.segment, at: seconds).values
    case .row(let row, let frame):
      let whole = try map(row, of: recording)
      return whole.frames(from: frame, count: crops?.cropFrames ?? whole.shape[1])
    }
  }

  /// Where the first stretch of a row that is heard begins.
  package func firstFrame(ofRow row: Int, _ recording: Recording) -> Int {
    starts(row, of: recording).first ?? 0
  }

  /// A whole map as it is stored.
  private func map(_ row: Int, of recording: Recording) throws -> Tensor {
    guard let store, row < store.count else {
      throw CodedError(.badInput, "no row \(row)", path: recording.path)
    }
    whenRead?(.row(row))
    let map = store.map(row)
    guard map.isFinite else {
      throw CodedError(.badInput, "row \(row) has a value that is not a number", path: store.path)
    }
    return map
  }
}

/// What readers of the same maps are made from, on any thread.
package struct RecordingSource: @unchecked Sendable {
  /// Copied, and never read with.
  private let original: RecordingReader

  package init(_ reader: RecordingReader) { original = reader }

  /// A reader for one thread at a time.
  package func reader() throws -> RecordingReader { try original.copy() }

  /// Lets go of the memory of stored maps that were read.
  package func releaseMemory() { original.releaseMemory() }
}

extension FeatureStore {
  /// What is to be said of a store that has not all windows of its recordings: a figure on the sound itself is another one.
  fileprivate var windowNote: String? {
    guard let windows = description?.windows, windows != FeatureWindows.all.words else { return nil }
    let held =
      windows == FeatureWindows.first.words ? "the first window of each recording" : "windows: \(windows)"
    return
      "the feature file holds \(held); of sound all windows are judged, one after the other, so that figures may differ"
  }
}
