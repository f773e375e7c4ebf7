public import Audio
public import Features
public import Files
import Foundation

/// Computes the feature maps of many sound files into a ``FeatureStore``: in parallel, in bounded memory, file by file
/// in the order given, whatever the number of threads.
///
/// It can be killed at any moment: started again it continues after the last file that was through, and ends with the
/// same bytes. What an earlier extraction to the same store computed of the same content, with the same settings, is
/// taken from there: see ``reusesMaps``. Two processes cannot write one store at a time: the second is refused (`busy`).
///
/// A bad file (and a silent one) does not stop the work: it is left out, named in the result, and written to
/// `X.failures.csv` (path, code, reason, outcome, seconds) beside `X.npy`. A file that was used although part of it was
/// skipped or missing is there too, with the outcome `used`. The store appears whole at the end or not at all.
public struct FeatureExtraction: Sendable {
  public var spec: FeatureSpec
  /// Which windows of a track become maps.
  public var windows = FeatureWindows.all
  /// What happens to a clip shorter than a window.
  public var shortClip = ShortClip.pad
  /// Files worked on side by side, at least 1; the number of processors unless set.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  /// `.float32`, or `.float16` for half the size; a file with a value beyond 65504 is then left out.
  public var element = NumpyElement.float32
  public var limits = AudioLimits()
  /// Changes of the sound that give further rows, marked in the index's column `variant`: of the clips of split `train`,
  /// or of all clips where there are no splits yet. They stand after all other rows, change by change.
  public var variants: [SoundVariant] = []
  /// Computes one part of the job only, for ``FeatureShards`` to put together.
  public var shard: ShardNumber?
  /// Whether maps are taken from the store that is there already, and from an unfinished one, where they hold them for
  /// a file's content and these settings; nothing is decoded for such a file, and the result is the same, byte for
  /// byte. `X.sources.csv` beside `X.npy` says what was read of which file. Files that failed are tried again.
  public var reusesMaps = true

  public init(spec: FeatureSpec) { self.spec = spec }

  /// The ledger of failures that belongs to a store `X.npy`: `X.failures.csv`. It is there when a file failed, or
  /// there is a note about one that was used.
  public static func failuresPath(forStore path: String) -> String {
    StoreFiles(path).path(of: .failures)
  }

  /// Extracts the tracks' files to `output` (ending in `.npy`) with its index and sidecar.
  ///
  /// - Parameters:
  ///   - job: told after each file. Cancelled, nothing changes under the final names, and another run continues after what is done.
  ///
  /// Throws ``CodedError``: `allFailed` when no file could be used, `cancelled`, `busy`, `inputOutput` when the store
  /// cannot be written. Traps when a track has no path. While it runs, kernels use one thread (``ThreadPolicy``).
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
