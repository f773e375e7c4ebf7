public import Analysis
import Audio
public import Datasets
import Features
public import Files
import Foundation
public import Models

/// The result of a classification of many files into a folder.
public typealias ClassifiedFolder = FolderResults<TrackClassification>

extension GenreModel {
  /// Classifies sound files into a folder, in which no finished work is lost: the same call continues after a kill, and hears
  /// only files that are new or changed.
  ///
  /// `classifications.jsonl` gets a line as soon as a file has been heard, saved to disk before the next is heard;
  /// `classifications.csv`, `failures.csv` and `summary.csv` (by folder and class) are written at the end, and the lines are put
  /// into the order of the files: the same bytes for any number of threads and kills. A file counts as unchanged if its size and
  /// modification time are. Files that failed are tried again, and so are those whose line is from an earlier version and does
  /// not say whether they trained the model. Lines of files that are not among the inputs are kept, at the end.
  ///
  /// - Parameters:
  ///   - modelPath: the file that the model was read from; the folder belongs to its content.
  ///   - job: notified after each file; after a cancellation the run can be continued.
  ///   - each: called with each file's index and result, in order, including those of earlier runs.
  /// - Throws: ``CodedError`` `interrupted` if it was stopped, `usage` if the folder belongs to another model or other options or
  ///   if an output would replace an input, `busy` if another process is writing there.
  public func classify(
    _ inputs: SoundInputs, at modelPath: String, output folder: String,
    options: ScoringOptions = ScoringOptions(), hearing: HearingOptions = HearingOptions(),
    job: Job = Job(),
    each: (Int, HeardTrack) throws -> Void = { _, _ in }
  ) throws -> ClassifiedFolder {
    let written = WrittenFiles.classification(into: folder)
    try written.requireApart(from: inputs.items.map(\.path) + inputs.lists + [modelPath])
    let lock = try OutputLock(folder: folder)
    try written.requireOwn(journal: join(folder, "classifications.jsonl"))
    written.removeLeftovers()
    let classification = try FolderClassification(
      inputs.items, model: self, modelPath: modelPath, folder: folder, options: options)
    let result = try classification.run(hearing, job, each: each)
    try lock.requireInPlace()
    try classification.write(result)
    return result
  }
}

/// A classification into a folder under way.
private struct FolderClassification {
  /// What the journal's first line says.
  struct Header: JobHeader {
    var job = "classification"
    var version = 1
    var software = softwareVersion
    /// Hash of the model's file.
    var model: String
    var classes: [String]
    var options: ScoringOptions
    /// How channels are heard.
    var mono: ChannelMix?

    func comparison(with other: Header) -> [(differs: Bool, what: String)] {
      [
        (software != other.software || version != other.version, "version of GenreLens"),
        (model != other.model, "model"),
        (options.ofWindows != other.options.ofWindows, "average, crops, hop or calibration"),
        (options.wholeTrack != other.options.wholeTrack, "--whole, or the memory for it"),
        (mono != other.mono, "mix of channels"),
      ]
    }
  }

  private let model: GenreModel
  private let options: ScoringOptions
  private let folder: String
  private let files: TrackJob<Header, TrackClassification>

  init(
    _ inputs: [SoundInput], model: GenreModel, modelPath: String, folder: String, options: ScoringOptions
  ) throws {
    (self.model, self.options, self.folder) = (model, options, folder)
    let header = Header(
      model: try contentHash(ofFile: modelPath), classes: model.labelIdentity, options: options,
      mono: model.featureSpec?.mono)
    files = try TrackJob(
      inputs, journal: join(folder, "classifications.jsonl"), header: header)
  }

  func run(
    _ hearing: HearingOptions, _ job: Job, each: (Int, HeardTrack) throws -> Void
  ) throws -> ClassifiedFolder {
    let (model, options) = (model, options)
    do {
      let (results, resumedCount) = try files.run(
        "classifying", hearing, job, where: { $0.training != nil },
        makeWorker: { try TrackClassifier(model, options) }, { try $0.classify($1, job: job) }, each: each)
      return ClassifiedFolder(results: results, resumedCount: resumedCount)
    } catch let error as CodedError where error.code == .interrupted {
      throw CodedError(
        .interrupted,
        "stopped; \(files.doneCount) of \(files.inputs.count) files are heard, the same command continues after them",
        path: folder)
    }
  }

  /// Writes the tables, and the journal in the order of the files.
  func write(_ result: ClassifiedFolder) throws {
    let tables = ClassificationTables(
      result, labels: model.labels, isWhole: options.wholeTrack != nil)
    for (name, header, rows) in [tables.classifications, tables.failures, tables.summary] {
      try CSVTable.write(header: header, rows: rows, to: join(folder, name))
    }
    try files.writeInOrder(result.results)
  }
}

/// The hash of a file's content: what a folder of results belongs to. Throws for a file that cannot be read.
func contentHash(ofFile path: String) throws(CodedError) -> String {
  do throws(SystemCallError) {
    let bytes = try FileSystem.contents(path)
    return unsafe bytes.withUnsafeBytes { unsafe ContentHash($0) }.description
  } catch {
    throw CodedError(error.isMissing ? .missing : .inputOutput, error.description, path: path)
  }
}
