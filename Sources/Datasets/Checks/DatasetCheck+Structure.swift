import Files

extension DatasetCheck {
  /// What the labels, splits and groups alone tell.
  func structureFindings(_ dataset: Dataset) -> [Finding] {
    leaks(dataset) + identities(dataset) + leftOut(dataset) + counts(dataset) + labels(dataset)
  }

  /// Rows of one recording that contradict each other, and rows that only seem to be of one.
  private func identities(_ dataset: Dataset) -> [Finding] {
    guard dataset.featuresPath != nil else { return [] }
    let recordings = Recordings(dataset.clips)
    func items(_ sets: [[Int]]) -> [String] {
      sets.map { set in
        let clips = set.map { index -> String in
          let clip = dataset.clips[index]
          let place = clip.line.map { "line \($0): " } ?? ""
          return place + [clip.label, clip.split?.rawValue].compactMap(\.self).joined(separator: ", ")
        }
        let first = dataset.clips[set[0]]
        let more = clips.count > 6 ? "; and \(clips.count - 6) more" : ""
        return "'\(first.identifier ?? first.recording)': " + clips.prefix(6).joined(separator: "; ") + more
      }
    }
    let (wrong, repeated) = (items(recordings.contradictions), items(recordings.unproved))
    let restarted = items(recordings.restarted)
    return [
      wrong.isEmpty
        ? nil
        : Finding(.severalLabels, "rows of one recording, or of one file, have several labels", items: wrong),
      repeated.isEmpty
        ? nil
        : Finding(
          .repeatedName, "rows share a name, and nothing proves them one recording: each is judged by itself",
          items: repeated),
      restarted.isEmpty
        ? nil
        : Finding(
          .repeatedName,
          "numbers begin anew in each group, as on albums: those of different groups are taken for different recordings",
          items: restarted),
    ].compactMap(\.self)
  }

  private func leftOut(_ dataset: Dataset) -> [Finding] {
    let codes: Set<DatasetWarning.Code> = [.emptyGenreFolder, .filesLeftOut, .manifestIgnored, .linkLeftOut]
    let items = dataset.warnings.filter { codes.contains($0.code) }.map(\.message)
    return items.isEmpty
      ? [] : [Finding(.leftOut, "beside the clips there is what was not taken", items: items)]
  }

  private func leaks(_ dataset: Dataset) -> [Finding] {
    var findings: [Finding] = dataset.warnings.filter { $0.code == .overlappingSegments }.map {
      Finding(.overlappingSegments, $0.message)
    }
    if dataset.clips.contains(where: { $0.split != nil }) {
      let groups = torn(dataset, by: \.group, name: { $0.group ?? "" })
      if !groups.isEmpty {
        findings.append(
          Finding(
            .groupLeak, "groups (artists, albums) stand in several splits: figures will be too good",
            items: groups))
      }
      // Rows of one name and two labels are two recordings.
      let keys = RecordingKeys(dataset.clips)
      let recordings =
        torn(
          dataset, by: { Spelling(keys.name(of: $0).text + "\u{0}" + $0.label) }, name: \.recording)
        + torn(
          dataset, by: identifierOfSeveralFiles(dataset, keys), name: { $0.identifier ?? $0.recording })
      if !recordings.isEmpty {
        findings.append(
          Finding(
            .recordingLeak, "windows of one recording stand in several splits: figures will be too good",
            items: recordings))
      }
    } else {
      findings.append(Finding(.unsplit, "no splits yet: training divides the recordings by its seed"))
    }
    let bare = dataset.clips.filter { $0.group == nil }
    if !bare.isEmpty {
      let who = bare.count == dataset.clips.count ? "no groups are known" : bare.withoutGroupWords
      findings.append(Finding(.noGroups, "\(who): artists on both sides of a split would not be seen"))
    }
    return findings
  }

  /// The identifier of rows that share it with rows of other files or names.
  private func identifierOfSeveralFiles(
    _ dataset: Dataset, _ keys: RecordingKeys
  ) -> (Clip) -> Spelling? {
    var files: [Spelling: Set<Spelling>] = [:]
    for clip in dataset.clips {
      if let own = keys.identifier(of: clip) { files[own, default: []].insert(keys.name(of: clip)) }
    }
    return { clip in keys.identifier(of: clip).flatMap { files[$0, default: []].count > 1 ? $0 : nil } }
  }

  /// What is in more than one split, with its clips in each.
  private func torn<Key: Hashable & Comparable>(
    _ dataset: Dataset, by key: (Clip) -> Key?, name: (Clip) -> String
  ) -> [String] {
    var found: [Key: (counts: [Split: Int], first: Clip)] = [:]
    for clip in dataset.clips {
      guard let key = key(clip), let split = clip.split else { continue }
      found[key, default: ([:], clip)].counts[split, default: 0] += 1
    }
    return found.filter { $0.value.counts.count > 1 }.sorted { $0.key < $1.key }.map { _, found in
      let parts = Split.allCases.compactMap { split in
        found.counts[split].map { "\($0) in \(split.rawValue)" }
      }
      return "'\(name(found.first))': \(parts.joined(separator: ", "))"
    }
  }

  private func counts(_ dataset: Dataset) -> [Finding] {
    let labels = dataset.labels
    guard labels.count > 1 else {
      return [
        Finding(.singleGenre, "one genre only ('\(labels.first ?? "")'): a classifier needs two or more")
      ]
    }
    var findings: [Finding] = []
    var counts: [String: [Split?: Int]] = [:]
    for clip in dataset.recordingClips(Array(dataset.clips.indices)) {
      counts[clip.label, default: [:]][clip.split, default: 0] += 1
    }
    // Without valid, training takes that part out of train.
    let splits: [Split?] =
      dataset.isSplit
      ? [.train] + [.valid, .test].filter { split in dataset.clips.contains { $0.split == split } } : [nil]
    var (none, few): ([String], [String]) = ([], [])
    for label in labels {
      for split in splits {
        let count = counts[label]?[split] ?? 0
        let item = "\(label): \(count)\(split.map { " in \($0.rawValue)" } ?? "")"
        if count == 0 { none.append(item) } else if count < fewClips { few.append(item) }
      }
    }
    if !none.isEmpty {
      findings.append(Finding(.noClips, "a genre has no recording in a split", items: none))
    }
    if !few.isEmpty {
      findings.append(
        Finding(
          .fewClips, "fewer than \(fewClips) recordings of a genre: its figures mean little", items: few))
    }
    let training = labels.map { (label: $0, count: counts[$0]?[splits[0]] ?? 0) }.sorted {
      $0.count < $1.count
    }
    if let least = training.first, let most = training.last, least.count > 0,
      Double(most.count) >= imbalance * Double(least.count)
    {
      findings.append(
        Finding(
          .imbalance,
          "the largest genre has \(decimal(Double(most.count) / Double(least.count), 1)) times the recordings of the smallest",
          items: ["\(most.label): \(most.count)", "\(least.label): \(least.count)"]))
    }
    return findings
  }

  private func labels(_ dataset: Dataset) -> [Finding] {
    let similar = Dictionary(grouping: dataset.labels) { label in
      String(label.lowercased().filter { $0.isLetter || $0.isNumber })
    }
    let items = similar.values.filter { $0.count > 1 }.map { $0.sorted().joined(separator: " / ") }.sorted()
    return items.isEmpty ? [] : [Finding(.similarLabels, "labels that look like one genre", items: items)]
  }
}
