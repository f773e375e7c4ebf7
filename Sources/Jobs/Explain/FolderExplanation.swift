public import Analysis
import Audio
public import Datasets
import Explanation
import Features
public import Files
import Foundation
public import Models
import Networks
import Report

/// The result of an explanation of many files into a folder.
public typealias ExplainedFolder = FolderResults<ExplainedFile>

extension GenreModel {
  /// Explains sound files into a folder: one folder for each below `tracks`, with what
  /// ``explain(_:_:output:job:)-(String,_,_,_)`` writes, and `index.html`, with a row for each track. After being stopped or
  /// killed, the same call continues, and hears only files that are new or changed.
  ///
  /// `explanations.jsonl` gets a line as soon as a track's folder is complete; `explanations.csv`, `failures.csv` and
  /// `index.html` are written at the end (the index also from time to time before that, and when the work is stopped), and the
  /// lines are put into the order of the files: the same bytes for any number of threads and kills. A track keeps its folder from
  /// run to run, and is explained again if its line is from an earlier version and does not say whether it trained the model.
  /// Files below `tracks` are not inputs: they are left out.
  ///
  /// - Parameters:
  ///   - modelPath: the file that the model was read from; the folder belongs to its content.
  ///   - explainsLayers: explains each track at every convolution, as ``explainLayers(_:_:output:job:)-(String,_,_,_)`` does.
  ///   - job: notified after each file; after a cancellation the run can be continued.
  ///   - each: called with each file's index and result, in order, including those of earlier runs.
  /// - Throws: ``CodedError`` `interrupted` if it was stopped, `usage` if the folder belongs to another model or other options or
  ///   if an output would replace an input, `busy` if another process is writing there.
  public func explain(
    _ inputs: SoundInputs, at modelPath: String,
    _ request: ExplanationRequest = ExplanationRequest(), explainsLayers: Bool = false, output folder: String,
    hearing: HearingOptions = HearingOptions(), job: Job = Job(),
    each: (Int, Result<ExplainedFile, FailedTrack>) throws -> Void = { _, _ in }
  ) throws -> ExplainedFolder {
    let inputs = try inputs.leavingOut(below: join(folder, "tracks"))
    let written = WrittenFiles.explanations(into: folder)
    try written.requireApart(from: inputs.items.map(\.path) + inputs.lists + [modelPath])
    let lock = try OutputLock(folder: folder)
    try written.requireOwn(journal: join(folder, "explanations.jsonl"))
    written.removeLeftovers()
    var explanation = try FolderExplanation(
      inputs.items, model: self, modelPath: modelPath, folder: folder, request: request,
      explainsLayers: explainsLayers, job: job)
    let result = try explanation.run(hearing, job, each: each)
    try lock.requireInPlace()
    try explanation.write(result)
    return result
  }
}

/// An explanation of many files under way.
private struct FolderExplanation {
  /// What the journal's first line says.
  struct Header: JobHeader {
    var job = "explanation"
    var version = 1
    var software = softwareVersion
    /// Hash of the model's file.
    var model: String
    var classes: [String]
    var scoring: ScoringOptions
    /// How channels are heard.
    var mono: ChannelMix?
    /// Method, layer, class and all else that was asked for, as text.
    var request: String
    /// Identity of the data set whose tracks are neighbours.
    var neighbors: String?

    func comparison(with other: Header) -> [(differs: Bool, what: String)] {
      [
        (software != other.software || version != other.version, "version of GenreLens"),
        (model != other.model, "model"),
        (scoring.ofWindows != other.scoring.ofWindows, "average, crops or hop"),
        (scoring.wholeTrack != other.scoring.wholeTrack, "--whole, or the memory for it"),
        (mono != other.mono, "mix of channels"),
        (request != other.request, "method, layer, class, window, sounds or vectors"),
        (neighbors != other.neighbors, "neighbours"),
      ]
    }
  }

  private let inputs: [SoundInput]
  private let model: GenreModel
  private let modelPath: String
  private let folder: String
  private let request: ExplanationRequest
  private let explainsLayers: Bool
  private let files: TrackJob<Header, ExplainedFile>
  /// Where each input's files are, relative to the folder, by ``SoundInput/name``.
  private let folders: [Spelling: String]
  private var indexed = ContinuousClock.now
  /// How long writing the index took.
  private var indexSeconds = 0.0

  init(
    _ inputs: [SoundInput], model: GenreModel, modelPath: String, folder: String, request: ExplanationRequest,
    explainsLayers: Bool, job: Job
  ) throws {
    (self.inputs, self.model, self.modelPath, self.folder) = (inputs, model, modelPath, folder)
    self.explainsLayers = explainsLayers
    let header = Header(
      model: try contentHash(ofFile: modelPath), classes: model.labelIdentity, scoring: request.scoring,
      mono: model.featureSpec?.mono, request: Self.words(request, explainsLayers: explainsLayers),
      neighbors: try request.neighbors?.identity())
    files = try TrackJob(inputs, journal: join(folder, "explanations.jsonl"), header: header)
    folders = Self.places(of: inputs, files)
    self.request = try request.preparing(for: model, job: job)
  }

  private static func words(_ request: ExplanationRequest, explainsLayers: Bool) -> String {
    [
      request.method.name, request.layer ?? "-", request.className ?? "-",
      request.contrastClassName ?? "-",
      request.target.rawValue, "\(request.method)", "\(request.window)", "\(request.explainsEveryWindow)",
      "\(request.segments)", "\(request.writesVectors)", "\(request.writesSounds)", "\(explainsLayers)",
      request.annotations.map(\.rawValue).joined(separator: ","),
    ].joined(separator: " | ") + request.compared.map { " | \($0)" }.joined()
  }

  /// Tracks keep the folders that they have below `tracks`; new ones get folders of their names, numbered where another track has it.
  private static func places(
    of inputs: [SoundInput], _ files: TrackJob<Header, ExplainedFile>
  ) -> [Spelling: String] {
    let names = TimelineWriter.names(of: inputs)
    var (folders, taken) = (
      [Spelling: String](), Set(files.earlierValues.filter(\.hasOwnFolder).map { Spelling($0.folder) })
    )
    for input in inputs {
      let key = Spelling(input.name)
      if let earlier = files.earlierValue(of: input), earlier.hasOwnFolder {
        folders[key] = earlier.folder
        continue
      }
      let name = "tracks/" + (names[key] ?? lastName(input.path))
      var (place, number) = (name, 2)
      while !taken.insert(Spelling(place)).inserted {
        place = "\(name) \(number)"
        number += 1
      }
      folders[key] = place
    }
    return folders
  }

  mutating func run(
    _ hearing: HearingOptions, _ job: Job,
    each: (Int, Result<ExplainedFile, FailedTrack>) throws -> Void
  ) throws -> ExplainedFolder {
    let (files, model, request, folder, folders) = (files, model, request, folder, folders)
    let layers = explainsLayers
    do {
      let (results, resumedCount) = try files.run(
        "explaining", hearing, job,
        where: { track in
          track.hasOwnFolder && track.training != nil
            && ["explanation.html", "explanation.json"].allSatisfy {
              FileSystem.exists(join(folder, track.folder + "/" + $0))
            }
        }, makeWorker: {},
        { _, input in
          let place = folders[Spelling(input.name)] ?? "tracks"
          let output = join(folder, place)
          return layers
            ? ExplainedFile(
              try model.explainLayers(input, request, output: output, job: job.quiet), folder: place)
            : ExplainedFile(try model.explain(input, request, output: output, job: job.quiet), folder: place)
        },
        each: { index, result in
          try each(index, result)
          try self.showProgress()
        })
      return ExplainedFolder(results: results, resumedCount: resumedCount)
    } catch let error as CodedError where error.code == .interrupted {
      try writeIndex(files.resultsSoFar)
      throw CodedError(
        .interrupted,
        "stopped; \(files.doneCount) of \(inputs.count) files are explained, the same command continues after them",
        path: folder)
    }
  }

  /// Writes the index of what is there, now and then.
  private mutating func showProgress() throws {
    let now = ContinuousClock.now
    guard (now - indexed) / .seconds(1) > max(15, 20 * indexSeconds) else { return }
    try writeIndex(files.resultsSoFar)
    indexed = ContinuousClock.now
    indexSeconds = (indexed - now) / .seconds(1)
  }

  private func writeIndex(_ results: [Result<ExplainedFile, FailedTrack>]) throws {
    let tracks = results.compactMap { try? $0.get() }
    let failures = results.compactMap { result -> LeftOutInput? in
      guard case .failure(let failed) = result else { return nil }
      return LeftOutInput(
        path: SoundInput(path: failed.path, segment: failed.segment).name, code: failed.code,
        reason: failed.reason)
    }
    var index = TrackIndex(
      labels: model.labels, rows: tracks.map(\.row), failures: failures,
      missingCount: inputs.count - results.count, facts: try facts(tracks))
    index.words = words
    try TrackIndexPage(index).write(to: folder)
  }

  private var words: LabelWords { LabelWords(model.network.architecture.outputFunction) }

  private func facts(_ tracks: [ExplainedFile]) throws -> [AnalysisResult.Fact] {
    var facts = [
      AnalysisResult.Fact("Model", lastName(modelPath)),
      .init(words.heading, model.labels.joined(separator: ", ")),
      .init("Features", try model.soundSpec().words),
      .init(
        request.compared.isEmpty ? "Method" : "Methods",
        request.allMethods.map(\.name).joined(separator: ", ")),
    ]
    if let layer = request.layer { facts.append(.init("Layer", layer)) }
    if !tracks.isEmpty {
      let overlap = TrainingOverlap(tracks.map { $0.training ?? .unknown }, of: model)
      facts.append(.init("Training", overlap.words))
    }
    return facts
  }

  /// Writes the tables and the index, and the journal in the order of the files.
  func write(_ result: ExplainedFolder) throws {
    let (tracks, failures) = (result.tracks, result.failures)
    try CSVTable.write(
      header: ExplainedFile.tableHeader, rows: tracks.map(\.tableRow), to: join(folder, "explanations.csv"))
    let ledger = ClassificationTables.ledger(
      failures, notes: tracks.flatMap { track in track.notes.map { (track.input, $0) } })
    try CSVTable.write(header: ledger.header, rows: ledger.rows, to: join(folder, ledger.name))
    try writeIndex(result.results)
    try files.writeInOrder(result.results)
  }
}
