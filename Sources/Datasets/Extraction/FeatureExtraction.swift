public import Audio
public import Features
public import Files
import Foundation

/// Computes the feature maps of many sound files into a ``FeatureStore``: in parallel, in bounded memory, file by file
/// in the order given, whatever the number of threads.
///
/// It can be killed at any moment: started again, it continues after the last finished file, and ends with the same bytes. Maps
/// that an earlier extraction to the same store computed from the same content with the same settings are reused: see
/// ``reusesMaps``. Two processes cannot write one store at the same time: the second is refused (`busy`).
///
/// A bad file (or a silent one) does not stop the work: it is left out, listed in the result, and written to `X.failures.csv`
/// (path, code, reason, outcome, seconds) next to `X.npy`. A file that was used although part of it was skipped or missing is
/// listed there too, with the outcome `used`. The store appears whole at the end or not at all.
public struct FeatureExtraction: Sendable {
  public var spec: FeatureSpec
  /// Which windows of a track are converted to maps.
  public var windows = FeatureWindows.all
  /// What happens to a clip shorter than a window.
  public var shortClip = ShortClip.pad
  /// Number of files processed in parallel, at least 1; the number of processors unless set.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  /// `.float32`, or `.float16` for half the size; a file with a value beyond 65504 is then left out.
  public var element = NumpyElement.float32
  public var limits = AudioLimits()
  /// Changes to the sound that add further rows, marked in the index's column `variant`: for the clips of split `train`, or for
  /// all clips if there are no splits yet. They come after all other rows, one change after another.
  public var variants: [SoundVariant] = []
  /// Computes only one part of the job, for ``FeatureShards`` to merge.
  public var shard: ShardNumber?
  /// Whether to reuse maps from the existing store, or from an unfinished one, if they are for a file's content and these
  /// settings; such a file is not decoded, and the result is the same, byte for byte. `X.sources.csv` next to `X.npy` says what
  /// was read from each file. Files that failed are tried again.
  public var reusesMaps = true

  public init(spec: FeatureSpec) { self.spec = spec }

  /// The ledger of failures for a store `X.npy`: `X.failures.csv`. It exists if a file failed, or if there is a note about one
  /// that was used.
  public static func failuresPath(forStore path: String) -> String {
    StoreFiles(path).path(of: .failures)
  }

  /// Extracts the tracks' files to `output` (ending in `.npy`) with its index and sidecar.
  ///
  /// - Parameters:
  ///   - job: notified after each file. If it is cancelled, nothing changes under the final names, and another run continues from
  ///     there.
  ///
  /// Throws ``CodedError``: `allFailed` if no file could be used, `cancelled`, `busy`, `inputOutput` if the store cannot be
  /// written. Traps if a track has no path. While it runs, kernels use one thread (``ThreadPolicy``).
  public func run(
    _ clips: [Clip], output: String, job: Job = Job()
  ) throws -> FeatureFiles {
    try spec.validate()
    let (spec, windows, shortClip, limits) = (spec, windows, shortClip, limits)
    return try run(
      clips, output: output, job: job,
      makeItemExtract: {
        let extractor = try FeatureExtractor(spec)
        return { item, give in
          try extractor.forEachMap(
            ofAudibleFile: item.path, windows: windows, shortClip: shortClip, limits: limits,
            segment: item.clip.segment, variant: item.variant, recordsContent: true, give)
        }
      })
  }
}
