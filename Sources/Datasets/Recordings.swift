public import Files

/// Which clips are one recording, by proof. A name is none: two songs are called Intro.
///
/// Rows of a feature file are one recording where
/// - they have one identifier (a column `recording` or `track_id`) and name no two groups; a number that begins anew in each
///   group (``RecordingKeys``) identifies within its group, or
/// - they have one path, and each says that it starts elsewhere in the file, as `genrelens features` writes it.
///
/// Segments of a file (``Clip/segment``) are recordings of their own. Other rows that share a path or a name are judged each
/// by itself. Splits are more careful: they keep together whatever may be one recording (``Clip/recording``).
struct Recordings {
  /// Positions of the clips of each recording, in the order of their first clips.
  private(set) var members: [[Int]] = []
  /// Positions of clips that share a path, a name or an identifier, and that nothing proves to be one recording.
  private(set) var unproved: [[Int]] = []
  /// Positions of clips that share a number which begins anew in each group.
  private(set) var restarted: [[Int]] = []
  /// Positions of clips that are one recording, or one file, under several labels.
  private(set) var contradictions: [[Int]] = []

  /// Cost: linear.
  init(_ clips: [Clip]) {
    var places: [Spelling: Int] = [:]
    var sets: [[Int]] = []
    let keys = RecordingKeys(clips)
    var numbers: [Spelling: [Int]] = [:]
    for (index, clip) in clips.enumerated() {
      // Segments of one file are judged each by itself, whatever their labels.
      let key = Spelling(
        clip.segmented(
          keys.identifier(of: clip)?.text ?? clip.path.map { "p" + $0 } ?? "n" + clip.name))
      if keys.isRestarting(clip), let number = clip.identifier {
        numbers[Spelling(number), default: []].append(index)
      }
      let place = places[key] ?? sets.count
      if place == sets.count {
        places[key] = place
        sets.append([])
      }
      sets[place].append(index)
    }
    for set in sets {
      guard set.count > 1 else {
        members.append(set)
        continue
      }
      let clips = set.map { clips[$0] }
      let isNumbered = clips[0].identifier != nil
      // Numbers may begin anew on each album; one path is one file.
      let isOne = isNumbered ? Set(clips.map(\.group)).count == 1 : clips[0].path != nil
      if isOne, Set(clips.map(\.label)).count > 1 { contradictions.append(set) }
      if isOne, isNumbered || Set(clips.compactMap(\.startSeconds)).count == clips.count {
        members.append(set)
      } else {
        members += set.map { [$0] }
        unproved.append(set)
      }
    }
    members.sort { $0[0] < $1[0] }
    restarted = numbers.values.sorted { $0[0] < $1[0] }
  }

  /// For each clip what tells its recording from all others: the path, the identifier or the name, with the row where that is
  /// of several recordings.
  func identities(of clips: [Clip]) -> [String] {
    let names = members.map { set in
      let first = clips[set[0]]
      return first.segmented(
        set.count > 1 ? first.identifier ?? first.recording : first.path ?? first.identifier ?? first.name)
    }
    var counts: [Spelling: Int] = [:]
    for name in names { counts[Spelling(name), default: 0] += 1 }
    var result = Array(repeating: "", count: clips.count)
    var taken: Set<Spelling> = []
    for (set, name) in zip(members, names) {
      var identity = name
      if counts[Spelling(name)] != 1 {
        let first = set[0]
        identity += " (row \(clips[first].row ?? first))"
        // Somebody may call a track so.
        while counts[Spelling(identity)] != nil || taken.contains(Spelling(identity)) { identity += "'" }
      }
      taken.insert(Spelling(identity))
      for member in set { result[member] = identity }
    }
    return result
  }
}

extension [Clip] {
  /// The number of recordings among the tracks: rows that are proved to be windows of one recording count once, segments
  /// separately.
  public var recordingCount: Int { Set(map { Spelling($0.identity) }).count }

  /// That these have no group: "2 recordings have no group".
  var withoutGroupWords: String {
    "\(recordingCount.counted("recording")) \(recordingCount == 1 ? "has" : "have") no group"
  }

  /// For each track the number of its recording, in the order of their first tracks. A change of its sound is another one.
  var recordingNumbers: [Int] {
    var numbers: [[Spelling]: Int] = [:]
    return map { clip in
      let key = [clip.identity, clip.variant ?? ""].map { Spelling($0) }
      if let number = numbers[key] { return number }
      numbers[key] = numbers.count
      return numbers.count - 1
    }
  }

  /// The tracks, each with what tells its recording from the others.
  func identified() -> [Clip] {
    zip(self, Recordings(self).identities(of: self)).map { clip, identity in
      var clip = clip
      clip.provenIdentity = identity
      return clip
    }
  }
}

extension Dataset {
  /// Whether its recordings are not simply its rows: some have several windows, or numbers start again in each group.
  public var hasRecordingsOfRows: Bool {
    clips.recordingCount < clips.count || !Recordings(clips).restarted.isEmpty
  }

  /// Throws if rows of one recording, or of one file, have several labels, and names the lines of the first two: they could not
  /// be counted. ``DatasetCheck`` lists all.
  public func requireOneLabelPerRecording() throws(CodedError) {
    guard featuresPath != nil, let set = Recordings(clips).contradictions.first else { return }
    let first = clips[set[0]]
    guard let other = set.first(where: { clips[$0].label != first.label }).map({ clips[$0] }) else {
      return
    }
    throw CodedError(
      .severalLabels,
      "'\(first.identifier ?? first.recording)' is \(other.label) here and \(first.label) on line \(first.line ?? 0): a "
        + "recording has one label; different recordings need paths or numbers of their own",
      path: indexPath, line: other.line)
  }

  /// What is said of rows that share a name or a number; nil where each is one recording's.
  func repeatedNameWarning() -> DatasetWarning? {
    let recordings = Recordings(clips)
    let sets = recordings.unproved
    guard let set = sets.first else { return restartedNumberWarning(recordings.restarted) }
    let lines = set.prefix(2).compactMap { clips[$0].line.map(String.init) }.joined(separator: " and ")
    let name = clips[set[0]].identifier ?? clips[set[0]].recording
    let many = sets.count == 1 ? "a name is of" : "\(sets.count) names are of"
    return DatasetWarning(
      .repeatedName,
      "\(many) several rows that nothing proves to be one recording ('\(name)', lines \(lines)): each row is "
        + "judged by itself; a column track_id, or path with start_seconds, says what belongs together")
  }

  private func restartedNumberWarning(_ sets: [[Int]]) -> DatasetWarning? {
    guard let set = sets.first, let number = clips[set[0]].identifier else { return nil }
    let many = sets.count == 1 ? "a number is" : "\(sets.count) numbers are"
    return DatasetWarning(
      .repeatedName,
      "\(many) used in several groups ('\(number)' in \(Set(set.map { clips[$0].group }).count)), as track numbers that begin "
        + "anew on each album: those of different groups are taken for different recordings")
  }

  /// The index of a feature file, or the data set itself: what ``Clip/line`` counts in.
  private var indexPath: String { featuresPath.map { replacingExtension($0, with: "csv") } ?? path }
}
