public import Audio
public import Datasets
public import Files

extension AudioProbe {
  /// Describes each file: codec, rate, channels, length, tags. A file that cannot be read becomes a failure.
  ///
  /// - Parameter job: notified after each file. If it is cancelled, the call throws ``CodedError`` `interrupted`.
  public static func batch(_ paths: [String], job: Job = Job()) throws(CodedError) -> PartialResults<
    AudioProbe
  > {
    var batch = PartialResults<AudioProbe>()
    for (index, path) in paths.enumerated() {
      try job.requireGoingOn("stopped after \(index) of \(paths.count) files")
      do { batch.values.append(try AudioProbe(path: path)) } catch { batch.failures.append(Failure(error)) }
      if paths.count > 1 { job.tell("probing", index + 1, of: paths.count) }
    }
    batch.notes = batch.values.flatMap { probe in probe.notes.map { FileNote(path: probe.path, $0) } }
    return batch
  }
}
