import Analysis
import Audio
import Datasets
import Files
import Tensors
import Training

/// Tells which recordings made a model, by what they hold.
struct TrainingMembership {
  /// What a recording was to the model.
  enum Role {
    case trained
    case choseEpoch
    case neither
    case unknown
  }

  private let recordings: TrainingRecordings?
  private(set) var overlap: TrainingOverlap

  init(_ model: GenreModel) {
    recordings = model.recordings
    overlap = TrainingOverlap(isRecorded: recordings != nil)
  }

  /// Whether hashes of maps can tell anything, so that they need to be made.
  var comparesMaps: Bool { recordings.map { !$0.train.maps.isEmpty || !$0.valid.maps.isEmpty } ?? false }

  /// Counts a recording behind the figure.
  ///
  /// - Parameters:
  ///   - sound: what its file holds, where that is known.
  ///   - maps: hashes of its maps (``MapHash``).
  ///   - isSound: whether its maps were made from sound here, not read from a feature file.
  mutating func add(sound: SoundHash?, maps: Set<UInt64>, isSound: Bool) {
    overlap.count += 1
    switch role(sound: sound, maps: maps, isSound: isSound) {
    case .trained: overlap.trained += 1
    case .choseEpoch: overlap.choseEpoch += 1
    case .neither: break
    case .unknown: overlap.unknown += 1
    }
  }

  private func role(sound: SoundHash?, maps: Set<UInt64>, isSound: Bool) -> Role {
    guard let recordings else { return .unknown }
    func holds(_ part: TrainingRecordings.Part) -> Bool {
      sound.map { part.sounds.contains($0.value) } ?? false || !part.maps.isDisjoint(with: maps)
    }
    if holds(recordings.train) { return .trained }
    if holds(recordings.valid) { return .choseEpoch }
    // Other maps prove no other recording where they were made from sound: another program may have made those trained on.
    if sound != nil, recordings.knowsSounds { return .neither }
    return isSound || maps.isEmpty ? .unknown : .neither
  }
}

/// Hashes of feature maps.
enum MapHash {
  /// The hash of a map `[F, T]` as it is stored; nil where no row changes over time, as in silence, which many recordings share.
  static func of(_ map: Tensor) -> UInt64? {
    let (bins, frames) = (map.shape[0], map.shape[1])
    let changes = (0..<bins).contains { bin in
      let row = map.values[bin * frames..<(bin + 1) * frames]
      return row.contains { $0 != row[row.startIndex] }
    }
    guard changes else { return nil }
    return unsafe map.values.withUnsafeBytes { unsafe ContentHash($0).high }
  }

  /// The hashes of a map made from sound as it would be stored: in 32 and in 16 bits.
  static func ofComputed(_ map: Tensor) -> [UInt64] {
    [of(map), of(map.map { Float(Float16($0)) })].compactMap(\.self)
  }
}

extension Track {
  /// What the clip's file holds: as the feature file says, else by the file itself where it is there.
  var knownSound: SoundHash? { sound ?? path.flatMap { SoundHash(ofFile: $0) } }
}

extension TrainingRecordings {
  /// What is kept of some examples, windows of recordings. Cost: reads a map of each recording, and files whose hash the
  /// index does not say.
  init(_ maps: LabeledMaps, train: [Int], valid: [Int]) {
    self.init(train: Part(maps, train), valid: Part(maps, valid))
  }
}

extension TrainingRecordings.Part {
  fileprivate init(_ maps: LabeledMaps, _ examples: [Int]) {
    self.init()
    var order: [Int] = []
    var members: [Int: [Int]] = [:]
    for example in examples {
      if members[maps.recordings[example]] == nil { order.append(maps.recordings[example]) }
      members[maps.recordings[example], default: []].append(example)
    }
    count = order.count
    for recording in order {
      let own = (members[recording] ?? []).sorted {
        (maps.tracks[$0].startSeconds ?? 0, maps.rows[$0]) < (
          maps.tracks[$1].startSeconds ?? 0, maps.rows[$1]
        )
      }
      guard let first = own.first else { continue }
      if let sound = maps.tracks[first].knownSound { sounds.insert(sound.value) } else { withoutSound += 1 }
      for example in own {
        guard let hash = MapHash.of(maps.store.map(maps.rows[example])) else { continue }
        self.maps.insert(hash)
        break
      }
    }
  }
}
