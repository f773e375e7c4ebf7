package import Datasets
package import Explanation
import Features
package import Files
import Models
package import Tensors

/// Tracks that have a card in an error report.
public enum ShownTracks: Sendable, Hashable {
  /// The misclassified tracks.
  case errors
  /// The correct tracks.
  case correct
  /// The correct tracks that were nearly misclassified.
  case ambiguous
  /// One track, by its path, its name or its file's name, with or without extension.
  case track(String)

  /// Reads a list such as `errors,correct,song.mp3`.
  public static func list(_ text: String) -> [ShownTracks] {
    text.split(separator: ",").map { part in
      switch String(part) {
      case "errors": .errors
      case "correct": .correct
      case "ambiguous": .ambiguous
      case let name: .track(name)
      }
    }
  }

  /// Whether a name stands for a track.
  package static func matches(_ name: String, path: String, title: String) -> Bool {
    [path, title, lastName(path), withoutExtension(lastName(path))].contains { $0.isSpelled(like: name) }
  }

  /// Throws ``CodedError`` `usage` for a name that no track has: before hours of work.
  package static func check(_ shown: [ShownTracks], _ clips: [Clip]) throws(CodedError) {
    for case .track(let name) in shown
    where !clips.contains(where: { matches(name, path: $0.recording, title: $0.name) }) {
      let known =
        clips.map { withoutExtension(lastName($0.recording)) } + ["errors", "correct", "ambiguous"]
      throw CodedError(
        .usage,
        "no evaluated track is called \"\(name)\"\(suggestion(for: name, among: known))")
    }
  }
}

/// What the card and the picture of a track are drawn from: read and explained once for both.
package struct ShownTrack: Sendable {
  /// Which of the evaluated tracks it is.
  package let index: Int
  /// As it was stored or computed, not standardised, `[F, T]`.
  package let map: Tensor
  /// The standardised input.
  package let input: Tensor
  /// As ``ExplainedTracks/explanations(of:input:job:)`` gives them.
  package let explanations: [ClassExplanation]
}

extension ExplainedTracks {
  /// Reads one of the evaluated tracks, and explains it where its explanations were not kept.
  package func shownTrack(_ index: Int, _ reader: RecordingReader, job: Job) throws -> ShownTrack {
    let map = try evaluated.map(index, reader)
    let input = model.normalization.apply(to: map)
    return ShownTrack(
      index: index, map: map, input: input,
      explanations: try explanations(of: index, input: input, job: job))
  }

  /// Correct tracks of which the page says that they were nearly misclassified.
  package static let ambiguousCount = 10

  /// The misclassified tracks: the surest first, equally sure ones by path.
  package var errors: [Int] {
    let predictions = evaluation.predictions
    return predictions.indices.filter { !predictions[$0].isCorrect }
      .sorted {
        (predictions[$1].confidence ?? 0, predictions[$0].path)
          < (predictions[$0].confidence ?? 0, predictions[$1].path)
      }
  }

  /// The correct tracks: those with the smallest lead over another class first, equal ones by path.
  private var correct: [Int] {
    let predictions = evaluation.predictions
    return predictions.indices.filter { predictions[$0].isCorrect }
      .sorted {
        (predictions[$0].margin ?? .infinity, predictions[$0].path)
          < (predictions[$1].margin ?? .infinity, predictions[$1].path)
      }
  }

  /// Misclassified tracks with a card, in the order of the page.
  package var shownErrors: [Int] {
    let some = options.shown.contains(.errors) ? errors.prefix(options.shownErrors) : []
    return some + named(in: errors).filter { !some.contains($0) }
  }

  /// Correct tracks with a card, in the order of the page; those that are shown as typical ones have theirs.
  package var shownCorrect: [Int] {
    let correct = correct
    var chosen = Set(named(in: correct))
    if options.shown.contains(.correct) { chosen.formUnion(correct.prefix(options.shownErrors)) }
    if options.shown.contains(.ambiguous) {
      chosen.formUnion(
        correct.filter { evaluation.predictions[$0].margin != nil }.prefix(
          min(Self.ambiguousCount, options.shownErrors)))
    }
    chosen.subtract(typicalTracks)
    return correct.filter(chosen.contains)
  }

  private func named(in indices: [Int]) -> [Int] {
    let names = options.shown.compactMap { if case .track(let name) = $0 { name } else { nil } }
    guard !names.isEmpty else { return [] }
    return indices.filter { index in
      let track = evaluation.predictions[index]
      return names.contains { ShownTracks.matches($0, path: track.path, title: track.name) }
    }
  }
}
