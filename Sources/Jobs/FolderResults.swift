public import Analysis

/// The result of a run over many files into a folder.
public struct FolderResults<Value: Sendable>: Sendable {
  /// The outcome for each file, in order.
  public let results: [Result<Value, FailedTrack>]
  /// Number of files done by an earlier run into the folder.
  public let resumedCount: Int

  /// The results of the files that could be heard, in order.
  public var tracks: [Value] { results.compactMap { try? $0.get() } }
  /// Files that could not be heard.
  public var failures: [FailedTrack] {
    results.compactMap { if case .failure(let failed) = $0 { failed } else { nil } }
  }
}
