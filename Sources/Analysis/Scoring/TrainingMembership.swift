package import Audio
package import Datasets
import Files
public import Models
import Tensors

extension TrainingOverlap {
  /// The overlap over recordings that a model heard, from the role of each.
  public init(_ roles: some Sequence<TrainingRole>, of model: GenreModel) {
    self.init(isRecorded: model.recordings != nil)
    for role in roles { add(role) }
  }

  /// Counts a recording of the figure.
  package mutating func add(_ role: TrainingRole) {
    count += 1
    switch role {
    case .trained: trained += 1
    case .choseEpoch: choseEpoch += 1
    case .neither: break
    case .unknown: unknown += 1
    }
  }
}

/// Tells which recordings made a model, by what they hold, or by their rows in the feature file that was trained on.
package struct TrainingMembership: Sendable {
  /// What is known of a recording.
  package struct Evidence: Sendable {
    /// What its file holds.
    var sound: SoundHash?
    /// The part of the file that it is; nil is all of it.
    var segment: SoundSegment?
    /// Hashes of its maps (``MapHash``).
    var maps: Set<UInt64> = []
    /// Its rows in a feature file.
    var rows: [Int] = []
  }

  private let recordings: TrainingRecordings?
  /// Rows of recordings that trained, chose the epoch, or may be one with these; nil where the feature file is another one.
  private var rows: (trained: Set<Int>, choseEpoch: Set<Int>, unclear: Set<Int>)?
  package private(set) var overlap: TrainingOverlap

  /// - Parameters:
  ///   - store: the feature file that figures are of; nil for sound.
  ///   - clips: what is known of its rows where it has no index.
  package init(_ model: GenreModel, store: FeatureStore? = nil, clips: [Clip] = []) {
    recordings = model.recordings
    overlap = TrainingOverlap(isRecorded: recordings != nil)
    overlap.unit = EvaluatedUnit(of: model)
    guard let recordings, let store, let own = recordings.store, own.count == store.count,
      own == TrainingRecordings.Store(of: store)
    else { return }
    let kinship = RowKinship(store.clips.isEmpty ? clips : store.clips)
    let (train, valid) = (
      kinship.windows(of: recordings.train.rows), kinship.windows(of: recordings.valid.rows)
    )
    rows = (train, valid, kinship.possibleWindows(of: train.union(valid)))
  }

  /// Whether hashes of maps can tell anything, so that they need to be made.
  var comparesMaps: Bool { recordings.map { !$0.train.maps.isEmpty || !$0.valid.maps.isEmpty } ?? false }

  /// Counts a recording of the figure.
  package mutating func add(_ evidence: Evidence) { add(role(of: evidence)) }

  /// Counts a recording of the figure by what it was to the model.
  package mutating func add(_ role: TrainingRole) { overlap.add(role) }

  /// What the recording was to the model.
  package func role(of evidence: Evidence) -> TrainingRole {
    guard let recordings else { return .unknown }
    let stretch = evidence.segment.map(TrainingRecordings.Stretch.init)
    func holds(_ part: TrainingRecordings.Part, _ rows: Set<Int>?) -> Bool {
      evidence.sound.map { part.holds(sound: $0.value, stretch: stretch) } ?? false
        || !part.maps.isDisjoint(with: evidence.maps)
        || rows.map { rows in evidence.rows.contains(where: rows.contains) } ?? false
    }
    if holds(recordings.train, rows?.trained) { return .trained }
    if holds(recordings.valid, rows?.choseEpoch) { return .choseEpoch }
    return provesOther(evidence) ? .neither : .unknown
  }

  /// Whether a recording that matches none is proved to be none of them. Other maps prove nothing: they may be of other
  /// windows, or made by another program.
  private func provesOther(_ evidence: Evidence) -> Bool {
    guard let recordings else { return false }
    if evidence.sound != nil, recordings.knowsSounds { return true }
    guard let rows, !evidence.rows.isEmpty else { return false }
    return !evidence.rows.contains(where: rows.unclear.contains)
  }
}

/// Hashes of feature maps.
enum MapHash {
  /// The hash of a map `[F, T]` as it is stored, of ``TrainingRecordings/mapHashBits`` bits; nil where no row
  /// changes over time, as in silence, which many recordings share.
  package static func of(_ map: Tensor) -> UInt64? {
    let (bins, frames) = (map.shape[0], map.shape[1])
    let changes = (0..<bins).contains { bin in
      let row = map.values[bin * frames..<(bin + 1) * frames]
      return row.contains { $0 != row[row.startIndex] }
    }
    guard changes else { return nil }
    let hash = unsafe map.values.withUnsafeBytes { unsafe ContentHash($0).high }
    return hash >> (UInt64.bitWidth - TrainingRecordings.mapHashBits)
  }

  /// The hashes of a map made from sound as it would be stored: in 32 and in 16 bits.
  static func ofComputed(_ map: Tensor) -> [UInt64] {
    [of(map), of(map.map { Float(Float16($0)) })].compactMap(\.self)
  }
}

extension Clip {
  /// What the clip's file holds: as the feature file says, else by the file itself where it is there.
  var knownSound: SoundHash? { sound ?? path.flatMap { SoundHash(ofFile: $0) } }
}

extension TrainingRecordings.Stretch {
  package init(_ segment: SoundSegment) {
    self.init(startSeconds: segment.startSeconds, endSeconds: segment.endSeconds)
  }
}

extension TrainingRecordings.Store {
  /// The most maps that are read.
  private static let sampleCount = 1024

  /// Of a feature file: shape, number, and up to 1 024 evenly spaced maps as they are read. Its index does not count, so that a
  /// file which was divided anew stays the same.
  package init(of store: FeatureStore) {
    let number = min(Self.sampleCount, store.count)
    var words = [store.count, store.binCount, store.frameCount].map { UInt64($0) }
    for index in 0..<number {
      let values = store.map(number > 1 ? index * (store.count - 1) / (number - 1) : 0).values
      let hash = unsafe values.withUnsafeBytes { unsafe ContentHash($0) }
      words += [hash.high, hash.low]
    }
    let hash = unsafe words.map(\.littleEndian).withUnsafeBytes { unsafe ContentHash($0) }
    self.init(count: store.count, hash: hash.description)
  }
}

extension TrainingRecordings {
  /// What is kept of some examples, windows of recordings. Cost: reads their maps, and files whose hash the index does not
  /// say.
  package init(_ maps: LabeledMaps, train: [Int], valid: [Int]) {
    let kinship = RowKinship(maps.store.clips.isEmpty ? maps.clips : maps.store.clips)
    self.init(
      train: Part(maps, train, kinship), valid: Part(maps, valid, kinship), store: Store(of: maps.store))
  }
}

extension TrainingRecordings.Part {
  fileprivate init(_ maps: LabeledMaps, _ examples: [Int], _ kinship: RowKinship) {
    self.init()
    for own in maps.windowsByRecording(examples) {
      count += 1
      let first = maps.clips[own[0]]
      if let sound = first.knownSound {
        if let segment = first.segment {
          stretches[sound.value, default: []].insert(TrainingRecordings.Stretch(segment))
        } else {
          sounds.insert(sound.value)
        }
      } else {
        withoutSound += 1
      }
      let hashes = own.compactMap { MapHash.of(maps.store.map(maps.rows[$0])) }
      self.maps.formUnion(hashes.prefix(1))
      self.maps.formUnion(Set(hashes.dropFirst()).sorted().prefix(TrainingRecordings.mapsPerRecording - 1))
    }
    rows = kinship.windows(of: Set(examples.map { maps.rows[$0] }))
  }
}

extension LabeledMaps {
  /// Examples by recording, in the order of their first ones; each recording's in time order.
  func windowsByRecording(_ examples: [Int]) -> [[Int]] {
    var places: [Int: Int] = [:]
    var result: [[Int]] = []
    for example in examples {
      let place = places[recordings[example]] ?? result.count
      if place == result.count {
        places[recordings[example]] = place
        result.append([])
      }
      result[place].append(example)
    }
    return result.map { own in
      own.sorted {
        (clips[$0].startSeconds ?? 0, rows[$0]) < (clips[$1].startSeconds ?? 0, rows[$1])
      }
    }
  }

  /// How many recordings among some examples made a model. Cost: reads their maps, and files whose hash the index does not
  /// say.
  package func overlap(_ examples: [Int], with model: GenreModel) -> TrainingOverlap {
    var membership = TrainingMembership(model, store: store, clips: clips)
    for own in windowsByRecording(examples) {
      let clip = clips[own[0]]
      membership.add(
        TrainingMembership.Evidence(
          sound: clip.knownSound, segment: clip.segment,
          maps: Set(own.compactMap { MapHash.of(store.map(rows[$0])) }), rows: own.map { rows[$0] }))
    }
    return membership.overlap
  }
}
