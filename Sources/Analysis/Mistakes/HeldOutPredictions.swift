package import Datasets
import Files
import Statistics

/// What classifiers say about tracks that they were not fitted to.
package struct HeldOutPredictions {
  package private(set) var tracks: [LabelIssues.Track] = []
  package private(set) var probabilities: [[Double]] = []
  package let labels: [String]
  /// Which classifiers, in words.
  package let source: String
  /// What could not be used.
  package private(set) var notes: [String] = []

  /// How often the most probable label is the given one.
  package var accuracy: Double {
    let right = zip(tracks, probabilities).count { labels[$1.indexOfLargest] == $0.label }
    return tracks.isEmpty ? 0 : Double(right) / Double(tracks.count)
  }

  /// Fits linear classifiers to summaries of the maps, fold by fold. Throws ``CodedError`` for too few tracks.
  package init(_ references: ReferenceTracks, labels: [String], seed: UInt64) throws {
    self.labels = labels
    source =
      "linear classifiers on mean, deviation and change of each feature row, each asked about the fold of five that it was not "
      + "fitted to (a cross-validated network hears more: genrelens train --folds, then analyze --cross-validation)"
    tracks = references.recordings.map { recording in
      LabelIssues.Track(
        path: recording.path, name: recording.clip.name, label: recording.clip.label,
        group: recording.clip.dependence, split: recording.clip.split?.rawValue)
    }
    probabilities = try LinearClassifier.crossValidatedProbabilities(
      rows: references.summaries, labels: tracks.map(\.label),
      groups: tracks.map { $0.group.map { "group \($0)" } ?? "track \($0.path)" }, classes: labels,
      seed: seed,
      inversePenalty: LabelIssues.inversePenalty)
  }

  /// The file that is read of a folder: `predictions.csv`, unless it is that file's own name.
  package static func table(_ folder: String) -> String {
    hasEnding(folder, ".csv") ? folder : join(folder, "predictions.csv")
  }

  /// Reads `predictions.csv` of a folder, or the file itself, as far as it is about tracks of a data set.
  ///
  /// Throws for a damaged file, and for one that is about other tracks or says nothing of labels.
  package init(folder: String, of dataset: Dataset) throws {
    let path = Self.table(folder)
    source = "the networks of a cross-validation, each asked about the fold that it was not trained on"
    let table = try CSVTable(path: path)
    let columns = table.header.enumerated().filter { $0.element.hasPrefix("p_") }
    labels = columns.map { String($0.element.dropFirst(2)) }
    guard let pathColumn = table.column("path"), let labelColumn = table.column("label"), columns.count > 1
    else {
      throw CodedError(
        .badInput,
        "no columns path, label and two or more of p_GENRE: not the predictions of a cross-validation",
        path: path)
    }
    let (name, group) = (table.column("name"), table.column("group"))
    let known = KnownTracks(
      dataset,
      lines: table.records.map { record in
        (path: record.fields[pathColumn], name: name.map { record.fields[$0] })
      })
    var (renamedCount, seen) = (0, Set<Spelling>())
    for record in table.records {
      let numbers = try Self.probabilities(columns.map { record.fields[$0.offset] }, record.line, path)
      let text = { (column: Int?) in column.map { record.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 } }
      let own = record.fields[pathColumn]
      guard let track = known.track(path: own, name: text(name)),
        seen.insert(Spelling(track.identity)).inserted
      else { continue }
      if track.label != record.fields[labelColumn] {
        guard !track.isNamedByRow else {
          throw CodedError(
            .badInput,
            "line \(record.line): '\(own)' is \(record.fields[labelColumn]), in the data set \(track.label): rows tell tracks of one "
              + "name apart, and these are the rows of another feature file", path: path)
        }
        renamedCount += 1
      }
      tracks.append(
        LabelIssues.Track(
          path: own, name: text(name) ?? own, label: track.label, group: text(group),
          split: track.split?.rawValue))
      probabilities.append(numbers)
    }
    guard !tracks.isEmpty else {
      throw CodedError(.badInput, "none of its lines is about a track of the data set", path: path)
    }
    let strangers = table.records.count - tracks.count
    if strangers > 0 {
      notes.append("\(strangers) lines of \(path) are about tracks that the data set does not have")
    }
    if renamedCount > 0 {
      notes.append(
        "\(renamedCount) tracks have another label in the data set than in \(path): the data set's is judged")
    }
    do {
      _ = try LabelIssues(tracks: tracks, probabilities: probabilities, labels: labels)
    } catch {
      throw CodedError(.badInput, error.message, path: path)
    }
  }

  private static func probabilities(
    _ fields: [String], _ line: Int, _ path: String
  ) throws(CodedError) -> [Double] {
    let numbers = fields.compactMap { Double($0) }
    guard numbers.count == fields.count, numbers.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= 1.000001 })
    else {
      throw CodedError(
        .badInput, "line \(line): probabilities that are no numbers from 0 to 1", path: path)
    }
    // Two decimals of ten genres may miss by a few hundredths.
    guard abs(numbers.reduce(0, +) - 1) < 0.05 else {
      throw CodedError(
        .badInput, "line \(line): the probabilities sum to \(numbers.reduce(0, +)), not to 1", path: path)
    }
    return numbers
  }
}

/// A data set's tracks by path or, where one track and one line alone have it, by name.
private struct KnownTracks {
  private let byPath: [Spelling: Clip]
  private let byName: [Spelling: [Clip]]
  private let lineCounts: [Spelling: Int]

  init(_ dataset: Dataset, lines: [(path: String, name: String?)]) {
    // Rows of one recording have one label.
    byPath = Dictionary(
      dataset.clips.map { (Spelling($0.identity), $0) }, uniquingKeysWith: { first, _ in first })
    byName = Dictionary(grouping: byPath.values) { Spelling($0.name) }
    lineCounts = lines.reduce(into: [:]) { $0[Self.name($1.path, $1.name), default: 0] += 1 }
  }

  private static func name(_ path: String, _ name: String?) -> Spelling {
    Spelling(name.flatMap { $0.isEmpty ? nil : $0 } ?? lastName(path))
  }

  func track(path: String, name: String?) -> Clip? {
    if let track = byPath[Spelling(path)] { return track }
    let name = Self.name(path, name)
    let found = byName[name] ?? []
    return found.count == 1 && lineCounts[name] == 1 ? found[0] : nil
  }
}
