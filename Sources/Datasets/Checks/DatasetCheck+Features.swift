import Features
import Files
import Tensors

extension DatasetCheck {
  /// What one map is.
  private struct MapFacts: Sendable {
    var hash: ContentHash
    var isFinite: Bool
    var isConstant: Bool
  }

  /// Maps that are read together.
  private static let mapsOfPart = 64

  /// Checks the maps of a feature file: values, equal rows, and what the index tells.
  func checkFeatures(
    _ dataset: Dataset, _ store: FeatureStore, job: Job
  ) throws(CodedError) -> DatasetCheckReport {
    let rows = dataset.clips.map { $0.row ?? 0 }
    let size = Self.mapsOfPart
    var facts = [MapFacts?](repeating: nil, count: rows.count)
    var done = 0
    try ParallelWork(threads: threads, path: store.path).run(
      (rows.count + size - 1) / size, job: job,
      { part, _ -> [MapFacts] in
        var map = Tensor(shape: store.mapShape)
        return rows[part * size..<min(rows.count, (part + 1) * size)].map { row in
          map.withMutableSpan { store.copyMap(row, into: &$0) }
          let hash = unsafe map.values.withUnsafeBytes { unsafe ContentHash($0) }
          let first = map.values.first ?? 0
          return MapFacts(
            hash: hash, isFinite: map.values.isFinite, isConstant: map.values.allSatisfy { $0 == first })
        }
      },
      collect: { part, found throws(CodedError) in
        for (offset, fact) in found.enumerated() { facts[part * size + offset] = fact }
        done += found.count
        job.tell("check", done, of: rows.count)
      })
    var equal = EqualContent()
    var (notFinite, constant): ([String], [String]) = ([], [])
    for (index, fact) in facts.enumerated() {
      guard let fact else { continue }
      let clip = dataset.clips[index]
      let name = "row \(rows[index]) (\(clip.name))"
      if !fact.isFinite { notFinite.append(name) }
      if fact.isConstant { constant.append(name) } else { equal.add(index, hash: fact.hash.description) }
    }
    var findings = equal.findings(dataset) + structureFindings(dataset)
    if !notFinite.isEmpty {
      findings.append(Finding(.notFinite, "values that are not finite numbers", items: notFinite))
    }
    let short = mostlyPadded(dataset, seconds: store.spec?.seconds)
    if !short.isEmpty {
      findings.append(
        Finding(.mostlyPadding, "less than half a window of sound: mostly added silence", items: short))
    }
    if !constant.isEmpty {
      findings.append(Finding(.constant, "all values are the same: silence, or no features", items: constant))
    }
    if store.spec == nil {
      findings.append(
        Finding(
          .unknownFeatures,
          "nothing says how the maps were computed: a model of known features refuses them, one trained on them hears no sound"
        ))
    }
    return DatasetCheckReport(dataset, findings: findings, isStrict: isStrict)
  }

  /// Rows of recordings with less than half a window of sound, as the index says.
  private func mostlyPadded(_ dataset: Dataset, seconds: Double?) -> [String] {
    guard let seconds else { return [] }
    return dataset.clips.compactMap { clip in
      guard let padded = clip.paddedSeconds,
        PaddedWindow.isMostlyPadding(paddedSeconds: padded, windowSeconds: seconds)
      else { return nil }
      let words = PaddedWindow.words(heardSeconds: max(0, seconds - padded), windowSeconds: seconds)
      return "row \(clip.row ?? 0) (\(clip.name)): \(words)"
    }
  }
}
