public import Audio
import Datasets
public import Features
import Foundation

/// What the extraction of features left.
public struct FeatureFiles: Sendable {
  /// The `.npy` file; its index and sidecar stand beside it.
  public let path: String
  /// Maps in it.
  public let mapCount: Int
  /// Files whose maps were taken from the store that was there before: nothing of them was decoded.
  public let reusedFileCount: Int
  /// Files that could not be used; they are in `failures.csv` beside the store too.
  public let failures: [Failure]
}

/// Computes the feature maps of sound files, folders or one data set (then with its labels, splits and groups).
///
/// Inputs that are a data set: one folder of genre folders, or one CSV manifest. Anything else is a list of files and
/// folders without labels. A clip shorter than a window is padded with silence (its index says by how much) or, with
/// `shortClip` `.refuse`, left out. Writes `X.npy`, `X.csv`, `X.json` (and `X.sources.csv`, what was read of which file)
/// whole at the end or not at all.
///
/// - Parameter reusingMaps: whether a store at `output` that was made with the same settings gives the maps of files
///   whose content has not changed, whatever they are called now. The result is the same, byte for byte.
public func extractFeatures(
  of inputs: [String], spec: FeatureSpec, output: String, threads: Int? = nil,
  windows: FeatureWindows = .first, shortClip: ShortClip = .pad, reusingMaps: Bool = true,
  progress: ProgressHandler? = nil
) throws -> FeatureFiles {
  var dataset: Dataset?
  if inputs.count == 1 {
    let isManifest = inputs[0].lowercased().hasSuffix(".csv")
    do { dataset = try Dataset.load(inputs[0]) } catch {
      // A folder of sound files without genres is no data set, and a sound file is none either.
      if isManifest || error.code == .missing { throw error }
    }
    if dataset?.featuresPath != nil {
      throw GenreLensError(.usage, "these are feature maps already; give sound files", path: inputs[0])
    }
  }
  let tracks = try (dataset ?? Dataset.gather(inputs)).tracks
  return try extractFeatures(
    of: tracks, spec: spec, output: output, threads: threads, windows: windows, shortClip: shortClip,
    reusingMaps: reusingMaps, progress: progress)
}

func extractFeatures(
  of tracks: [Track], spec: FeatureSpec, output: String, threads: Int? = nil,
  windows: FeatureWindows = .first, shortClip: ShortClip = .pad, reusingMaps: Bool = true,
  shouldStop: () -> Bool = { false }, progress: ProgressHandler? = nil
) throws -> FeatureFiles {
  guard output.hasSuffix(".npy") else {
    throw GenreLensError(.usage, "the name of a feature file ends in .npy", path: output)
  }
  // Before the work, so that hours of it are not lost.
  try createFolder(URL(fileURLWithPath: output).deletingLastPathComponent().path)
  var extraction = FeatureExtraction(spec: spec)
  extraction.windows = windows
  extraction.shortClip = shortClip
  extraction.reusesMaps = reusingMaps
  if let threads { extraction.threads = threads }
  let outcome: FeatureExtraction.Outcome
  do {
    outcome = try extraction.run(tracks, output: output, isCancelled: shouldStop) { state in
      let notes = [
        state.reused > 0 ? "\(state.reused) unchanged" : "", state.failed > 0 ? "\(state.failed) failed" : "",
      ]
      let note = notes.filter { !$0.isEmpty }.joined(separator: ", ")
      progress?(StageProgress("features", completed: state.done, of: state.total, note: note))
    }
  } catch let error as DatasetError where error.code == .missing && error.path == output {
    // It is the output that cannot be made, no input that is missing.
    throw GenreLensError(.inputOutput, error.message, path: output)
  }
  let failures = outcome.failures.map { Failure(code: $0.code, message: "\($0.path): \($0.reason)") }
  return FeatureFiles(
    path: outcome.path, mapCount: outcome.mapCount, reusedFileCount: outcome.reusedFileCount,
    failures: failures)
}
