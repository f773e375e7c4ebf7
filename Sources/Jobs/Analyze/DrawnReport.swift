import Analysis
import Experiments
import Files
import Models
import Report
import Tensors

/// What a report shows: values for the page, and its pictures and sounds.
struct DrawnReport {
  var result: AnalysisResult
  /// PNG files by key.
  fileprivate(set) var pictures: [String: [UInt8]] = [:]
  /// FLAC files by the WAV file's name, for embedding.
  fileprivate(set) var sounds: [String: EmbeddedSound] = [:]
  /// Pictures with axes beside the page, as names in the report's folder.
  fileprivate(set) var writtenPictures: [String] = []
}

extension ExplainedTracks {
  /// Draws the cards and figures, and writes sounds and pictures with axes into a folder.
  ///
  /// - Parameters:
  ///   - result: what the report says.
  ///   - stage: where sounds and pictures are written.
  func drawn(
    _ result: AnalysisResult, references: ReferenceTracks?, robustness: TrackRobustness?,
    to stage: StagedFolder, job: Job
  ) throws -> DrawnReport {
    var report = DrawnReport(result: result)
    if case .measured(let measured)? = robustness {
      var drawing = AttackDrawing(model)
      report.result.attacks = try measured.examples.enumerated().map {
        try drawing.study($1, number: $0 + 1)
      }
      report.pictures = drawing.pictures
    }
    let files = ErrorPictures(explained: self, folder: stage.path)
    try addCards(to: &report, references, files, stage, job)
    // Figures that stand for themselves: they are written beside the page too.
    var figures = addAverages(to: &report)
    if let curve = addCurve(to: &report) { figures["curve"] = curve }
    for (key, figure) in figures { report.pictures[key] = try figure.bytes() }
    figures["confusion"] = ConfusionFigure(evaluation.report)
    report.writtenPictures += try files.write(figures)
    return report
  }

  /// What a thread draws cards with.
  private typealias Worker = (reader: RecordingReader, sounds: StudySounds?)

  private func addCards(
    to report: inout DrawnReport, _ references: ReferenceTracks?, _ files: ErrorPictures,
    _ stage: StagedFolder,
    _ job: Job
  ) throws {
    let maker = CardMaker(self, references: references, folder: stage.folder)
    let kinds: [(list: WritableKeyPath<AnalysisResult, [TrackStudy]>, tracks: [Int])] = [
      (\.errors, shownErrors), (\.correct, shownCorrect), (\.typical, typicalTracks),
    ]
    let indices = kinds.flatMap(\.tracks)
    let lists = kinds.flatMap { kind in kind.tracks.map { _ in kind.list } }
    let (pictured, writesSounds) = (files.tracks, options.writesSounds && model.featureSpec != nil)
    let (source, model, path) = (evaluated.source, model, stage.path)
    let done = DoneCount("drawing", of: indices.count, job)
    try OrderedWork<Worker> {
      (try source.reader(), writesSounds ? try StudySounds(model: model, folder: path) : nil)
    }.run(
      indices.count, job: job,
      { worker, place in
        defer { worker.reader.releaseMemory() }
        let track = try shownTrack(indices[place], worker.reader, job: job)
        let card = try maker.card(track, sounds: worker.sounds)
        let written = pictured.contains(indices[place]) ? try files.write(track) : []
        done.add()
        return (card, written)
      },
      each: { place, result in
        let (card, written) = try result.get()
        report.result[keyPath: lists[place]].append(card.study)
        report.pictures.merge(card.pictures) { first, _ in first }
        report.sounds.merge(card.sounds.mapValues { EmbeddedSound(bytes: $0, mimeType: "audio/flac") }) {
          first, _ in first
        }
        report.result.withoutSound += [card.withoutSound].compactMap(\.self)
        report.writtenPictures += written
      })
  }

  private func addAverages(to report: inout DrawnReport) -> [String: any Figure] {
    guard let map = tracks.first?.predicted else { return [:] }
    let axes = MapAxes(of: model).resampled(to: [map.grid.binCount, map.grid.frameCount])
    let figures = AverageFigures(
      averages, xAxis: axes.time, yAxis: axes.bins, scaleLabel: MapFigure.evidenceWords(map.method, map.layer)
    )
    report.result.averages = figures.entries
    return figures.figures
  }

  private func addCurve(to report: inout DrawnReport) -> (any Figure)? {
    guard options.history.count > 1 else { return nil }
    report.result.pictures.append(
      .init(key: "curve", caption: "Loss and accuracy by epoch; the kept epoch is marked"))
    let curve = LearningCurve(options.history, bestEpoch: model.provenance.bestEpoch)
    return LearningCurveFigure(curve: curve)
  }
}
