import Audio
public import Features
public import Files

/// Labelled clips, in a fixed order, with the location of their features.
///
/// ```swift
/// let dataset = try Dataset.load("Music")              // genre folders, a manifest or a feature file
/// print(dataset.labels, dataset.clips.count, dataset.isSplit)
/// for warning in dataset.warnings { print(warning) }
/// ```
///
/// Reading it decodes no sound: problems with the files are found by ``DatasetCheck``. The order is that of the source and is
/// preserved, because seeded splits and trainings draw by position: the same data set and seed give the same bytes.
public struct Dataset: Sendable, Equatable {
  /// The folder, manifest or feature file it was read from.
  public var path: String
  /// The clips, in the order of the source (files: by path).
  public var clips: [Clip]
  /// The `.npy` file in which ``Clip/row`` counts; nil for sound files.
  public var featuresPath: String?
  /// How the maps of the feature file were computed, as stated by the user; see ``stating(_:)``.
  public private(set) var statedSpec: FeatureSpec?
  /// Rows of the feature file with altered sound (offline augmentation). They are not separate clips: they are not counted,
  /// split, scored or explained, and only training reads them: see ``addingTrainingVariants()``.
  public var variants: [Clip] = []
  /// Whether the clips are pictures (``PictureFolder``), not sound.
  public package(set) var holdsPictures = false
  /// Warnings for the user; the library does not print them.
  public var warnings: [DatasetWarning]

  public init(
    path: String, clips: [Clip], featuresPath: String? = nil, warnings: [DatasetWarning] = []
  ) {
    self.path = path
    self.clips = clips
    self.featuresPath = featuresPath
    self.warnings = warnings
  }

  /// The data set with the user's statement of how its maps were computed, if no sidecar says so.
  ///
  /// Throws if the data set is sound, the maps have a different shape, or the sidecar says otherwise
  /// (``CodedError/Code/incompatible``).
  public func stating(_ spec: FeatureSpec) throws(CodedError) -> Dataset {
    guard let featuresPath else {
      throw CodedError(
        .incompatible, "it is sound, and only of stored feature maps can be stated how they were computed",
        path: path)
    }
    _ = try FeatureStore.open(featuresPath, stating: spec)
    var result = self
    result.statedSpec = spec
    result.warnings.removeAll { $0.code == .unknownFeatures }
    return result
  }

  /// The feature file in which ``Clip/row`` counts, with the statement about it; nil for sound files. Throws as
  /// ``FeatureStore/open(_:stating:)``.
  public func featureStore() throws(CodedError) -> FeatureStore? {
    guard let featuresPath else { return nil }
    return try FeatureStore.open(featuresPath, stating: statedSpec)
  }

  /// The genres, sorted: a label's position is its class index.
  public var labels: [String] { Set(clips.map(\.label)).sorted() }

  /// Whether every clip has a split.
  public var isSplit: Bool { !clips.isEmpty && clips.allSatisfy { $0.split != nil } }

  /// Clips of one split, in order.
  public func clips(in split: Split) -> [Clip] { clips.filter { $0.split == split } }

  /// The data set with the altered sound of its training clips added after the other tracks, as split `train`.
  ///
  /// Altered sound of recordings that are not in `train` is left out.
  public func addingTrainingVariants() -> Dataset {
    guard !variants.isEmpty else { return self }
    let originals = Dictionary(grouping: clips, by: SoundPart.init).mapValues { clips in
      func trained(_ clips: [Clip]) -> Clip? { clips.allSatisfy { $0.split == .train } ? clips.first : nil }
      // Of several recordings of one name it may be any with its label: all of them must be trained on.
      let isOne = Set(clips.map { Spelling($0.identity) }).count == 1
      return isOne
        ? (any: trained(clips), byLabel: [:])
        : (any: nil, byLabel: Dictionary(grouping: clips, by: \.label).compactMapValues(trained))
    }
    var result = self
    for variant in variants {
      guard let found = originals[SoundPart(variant)],
        let original = found.any ?? found.byLabel[variant.label]
      else { continue }
      var clip = variant
      (clip.label, clip.split, clip.group) = (original.label, .train, original.group)
      result.clips.append(clip)
    }
    result.variants = []
    return result
  }

  /// Only clips of these genres; each string may also be several names separated by commas, and names may contain commas
  /// themselves. Throws, listing the genres of the data set and their clips, if one of them is not in it.
  public func restricted(to wanted: [String]) throws(CodedError) -> Dataset {
    let counts = clips.reduce(into: [String: Int]()) { $0[$1.label, default: 0] += 1 }
    let chosen = try GenreChoice.labels(named: wanted, among: counts, path: path)
    var result = self
    result.clips = clips.filter { chosen.contains($0.label) }
    return result
  }

  /// Throws unless there are at least two genres, each with at least `count` recordings in each of `splits`.
  public func requireClips(_ count: Int = 1, in splits: [Split] = Split.allCases) throws(CodedError) {
    try requireGenres()
    for label in labels {
      for split in splits {
        let found = clips.filter { $0.label == label && $0.split == split }.recordingCount
        guard found >= count else {
          throw CodedError(
            .tooFewClips, "genre '\(label)' has \(found) recordings for \(split.rawValue), \(count) needed",
            path: path)
        }
      }
    }
  }

  /// Throws when a genre is spelled in two ways that look alike and are one to Unicode: `é` as a letter, or as `e` and an
  /// accent. They would be one class here and two to other programs.
  func requireSpelledLabels(path: String? = nil) throws(CodedError) {
    var spellings: [String: Spelling] = [:]
    for clip in clips {
      let own = Spelling(clip.label)
      guard let other = spellings.updateValue(own, forKey: clip.label), other != own else { continue }
      throw CodedError(
        .damaged,
        "the genre '\(clip.label)' is spelled in two ways that look alike (composed and decomposed letters): write one",
        path: path ?? self.path, line: clip.line)
    }
  }

  func requireGenres() throws(CodedError) {
    guard !clips.isEmpty else { throw CodedError(.empty, "no clip in it", path: path) }
    try requireOneLabelPerRecording()
    guard labels.count >= 2 else {
      throw CodedError(
        .singleGenre, "only one genre ('\(labels[0])'); a classifier needs two or more", path: path)
    }
  }

  /// Groups and recordings that are in more than one split, as warnings; empty if there are none, if it cannot be determined, or
  /// if ``warnings`` already contain them (as in a data set read from a table).
  public func leakageWarnings() -> [DatasetWarning] {
    // Spellings of a group that Unicode takes for one are one group; files are told apart by their bytes.
    let groups = leak(.groupInSeveralSplits, "groups", by: \.group, name: { $0.group ?? "" })
    let files = leak(
      .recordingInSeveralSplits, "files", by: { $0.segment == nil ? nil : Spelling($0.recording) },
      name: \.recording)
    guard files.isEmpty else { return groups + files }
    let keys = RecordingKeys(clips)
    let recordings = leak(
      .recordingInSeveralSplits, "recordings", by: keys.stated,
      name: { $0.identifier ?? $0.recording })
    guard recordings.isEmpty else { return groups + recordings }
    // One file is one recording, whatever it is called.
    return groups
      + leak(
        .recordingInSeveralSplits, "recordings", by: { $0.path == nil ? nil : keys.name(of: $0) },
        name: \.recording)
  }

  private func leak<Key: Hashable & Comparable>(
    _ code: DatasetWarning.Code, _ what: String, by key: (Clip) -> Key?, name: (Clip) -> String
  ) -> [DatasetWarning] {
    guard !warnings.contains(where: { $0.code == code }) else { return [] }
    var found: [Key: (splits: Set<Split>, first: Clip)] = [:]
    for clip in clips {
      guard let key = key(clip), let split = clip.split else { continue }
      found[key, default: ([], clip)].splits.insert(split)
    }
    let torn = found.filter { $0.value.splits.count > 1 }
    guard let first = torn.min(by: { $0.key < $1.key })?.value.first else { return [] }
    let words =
      torn.count == 1
      ? "1 \(what.dropLast()) stands in more than one split ('\(name(first))')"
      : "\(torn.count) \(what) stand in more than one split (the first is '\(name(first))')"
    return [DatasetWarning(code, words + ": figures will be too good")]
  }
}

/// The recording of a clip, and the segment of it.
private struct SoundPart: Hashable {
  let recording: Spelling
  let segment: SoundSegment?

  init(_ clip: Clip) { (recording, segment) = (Spelling(clip.recording), clip.segment) }
}
