public import Analysis

/// What a run over many files into a folder gives.
public struct FolderResults<Value: Sendable>: Sendable {
  /// What became of each file, in their order.
  public let results: [Result<Value, FailedTrack>]
  /// Files that an earlier run into the folder had done.
  public let resumedCount: Int

  /// What there is of the files that could be heard, in their order.
  public var tracks: [Value] { results.compactMap { try? $0.get() } }
  /// Files that could not be heard.
  public var failures: [FailedTrack] {
    results.compactMap { if case .failure(let failed) = $0 { failed } else { nil } }
  }
}
