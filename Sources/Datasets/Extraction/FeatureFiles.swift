public import Audio
import Features
public import Files
import Foundation

/// The result of an extraction of features.
public struct FeatureFiles: Sendable, Equatable {
  /// The `.npy` file; its index and sidecar are next to it.
  public let path: String
  /// Number of maps in it.
  public let mapCount: Int
  /// Number of files, or segments of files, from which they were computed.
  public let recordingCount: Int
  /// Which windows of each were converted to maps, as in `X.json`; nil if it is not known.
  public let windows: String?
  /// Number of files whose maps were reused from the existing store, without decoding.
  public let reusedFileCount: Int
  /// Files that could not be used; they are also in `X.failures.csv` next to `X.npy`.
  public let failures: [LeftOutInput]
  /// Notes about files that were used; also in `X.failures.csv`.
  public let notes: [FileNote]

  /// Notes for the user about the inputs, one line each: for example, links that were left out.
  public internal(set) var remarks: [String] = []
  /// The ledger of both.
  public var failuresPath: String { FeatureExtraction.failuresPath(forStore: path) }

  package init(
    path: String, mapCount: Int, recordingCount: Int, windows: String?, reusedFileCount: Int,
    failures: [LeftOutInput], notes: [FileNote]
  ) {
    (self.path, self.mapCount, self.recordingCount) = (path, mapCount, recordingCount)
    (self.windows, self.reusedFileCount) = (windows, reusedFileCount)
    (self.failures, self.notes) = (failures, notes)
  }
}

extension FeatureFiles {
  /// Computes the feature maps of sound files, folders or one data set (in that case with its labels, splits and groups).
  ///
  /// Inputs that are a data set: one folder of genre folders, or one CSV manifest. Anything else is a list of files and
  /// folders without labels. Writes `X.npy`, `X.csv`, `X.json` (and `X.sources.csv`, what was read from each file; and
  /// `X.failures.csv`) together at the end. If it is stopped or killed, finished work is kept, and the same call continues from
  /// there.
  ///
  /// - Parameter job: notified after each file; its cancellation stops the work with ``CodedError`` `cancelled`.
  public static func extract(
    of inputs: [String], by extraction: FeatureExtraction, output: String, job: Job = Job()
  ) throws -> FeatureFiles {
    var dataset: Dataset?
    let written = WrittenFiles.features(output, shard: extraction.shard)
    try written.requireApart(from: inputs.flatMap { [$0, $0 + "/manifest.csv"] })
    if inputs.count == 1 {
      let isTable = ["csv", "tsv", "npy"].contains(fileExtension(inputs[0]))
      do { dataset = try Dataset.load(inputs[0]) } catch {
        // A folder of sound files without genres is no data set, and a sound file is none either. What is wrong with a
        // manifest in the folder is said.
        let isNone = error.path.isSpelled(like: inputs[0]) && [.empty, .damaged].contains(error.code)
        if isTable || !isNone { throw error }
      }
      if dataset?.featuresPath != nil {
        throw CodedError(.usage, "these are feature maps already; give sound files", path: inputs[0])
      }
    }
    let source = try dataset ?? Dataset.gather(inputs)
    try written.requireApart(from: source.clips.compactMap(\.path))
    var files = try FeatureFiles.extract(
      of: source.clips, by: extraction, output: output, job: job)
    files.remarks = source.warnings.map(\.message)
    return files
  }

  package static func extract(
    of clips: [Clip], by extraction: FeatureExtraction, output: String, job: Job = Job()
  ) throws -> FeatureFiles {
    guard hasEnding(output, ".npy") else {
      throw CodedError(.usage, "the name of a feature file ends in .npy", path: output)
    }
    // Before the work, so that hours of it are not lost.
    try createFolder(folder(of: output))
    let path = extraction.shard?.path(ofWhole: output) ?? output
    do {
      return try extraction.run(clips, output: path, job: job)
    } catch let error as CodedError where error.code == .missing && error.path == path {
      // It is the output that cannot be made, no input that is missing.
      throw CodedError(.inputOutput, error.message, path: path)
    }
  }

  /// Merges the shards of one job into the store that one run without shards would have written, byte for byte.
  ///
  /// See ``FeatureShards``. Shards may be given in any order.
  public static func merge(
    _ shards: [String], to output: String, job: Job = Job()
  ) throws -> FeatureFiles {
    guard hasEnding(output, ".npy") else {
      throw CodedError(.usage, "the name of a feature file ends in .npy", path: output)
    }
    try WrittenFiles.features(output).requireApart(from: shards.flatMap { FeatureStore.files(readAt: $0) })
    try createFolder(folder(of: output))
    return try FeatureShards.merge(shards, to: output, job: job)
  }

  /// Throws where features of sound would be written over files that did not come from sound, such as a feature file of somebody
  /// else's. A store that GenreLens made says what was read (`X.sources.csv`), and is taken up.
  package static func requireOwn(at path: String) throws(CodedError) {
    let exists = { (ending: String) in FileSystem.exists(replacingExtension(path, with: ending)) }
    guard !exists("sources.csv"), let ending = ["npy", "csv", "json"].first(where: exists) else { return }
    throw CodedError(
      .usage,
      "the features of the sound would replace \(lastName(replacingExtension(path, with: ending))), which GenreLens did not make of sound: "
        + "name another file with --features or another folder", path: path)
  }
}
