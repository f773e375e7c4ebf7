package import Datasets
package import Files
package import Models

/// Recordings of a data set whose genres a model does not know: nothing can be said of them, and none is taken for another genre,
/// however nearly it is spelled the same.
package struct UnknownGenres {
  /// A clip of each, in the data set's order.
  package let clips: [Clip]
  private let labels: [String]
  private let unit: EvaluatedUnit
  /// Genres named in a line at most.
  private static let shownCount = 12

  /// Those among the chosen clips; of a data set without splits, all.
  package init(in dataset: Dataset, for model: GenreModel, _ selection: ClipSelection) {
    (labels, unit) = (model.labels, EvaluatedUnit(of: model))
    let strange = dataset.clips.filter { clip in
      guard !model.labels.contains(clip.label) else { return false }
      guard case .split(let split) = selection, let own = clip.split else { return true }
      return own == split
    }
    clips = Recording.recordings(of: strange).map(\.clip)
  }

  /// One line: how many recordings, of which genres, and which of the model's each may stand for; nil for none.
  package var note: String? {
    guard !clips.isEmpty else { return nil }
    let count = clips.count.counted(unit.rawValue)
    return "\(count) of \(unit.labelNouns) that the model does not know left out: \(names)"
  }

  /// `Hiphop (12; did you mean Hip-Hop?), Jazz (1)`: the most frequent first.
  package var names: String {
    let counts = Dictionary(grouping: clips, by: \.label).mapValues(\.count)
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = sorted.prefix(Self.shownCount).map { name, count in
      "\(name) (\(count)\(hint(name).map { "; \($0)" } ?? ""))"
    }
    let rest = sorted.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more \(unit.labelNouns)" : "")
  }

  /// Each as a report lists it.
  package var leftOut: [LeftOutInput] {
    clips.map { clip in
      let hint = hint(clip.label).map { ": \($0)" } ?? ""
      return LeftOutInput(
        path: clip.path ?? clip.name, code: "unknown-label",
        reason: "genre “\(clip.label)” is none of the model's (\(labels.joined(separator: ", ")))\(hint)")
    }
  }

  private func hint(_ name: String) -> String? {
    nearestName(to: name, among: labels).map { "did you mean \($0)?" }
  }
}
