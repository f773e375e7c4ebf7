public import Files
import Foundation

/// Compares the clips of a catalog with published SHA-1 sums, in parallel, and continues after a kill from where it stopped.
public struct ChecksumVerification: Sendable {
  /// The progress of the work.
  public struct Progress: Sendable, Equatable {
    /// Number of files checked, including those in the journal.
    public var done = 0
    public var total: Int
    /// Bytes of the files checked.
    public var bytes = 0
    public var mismatches = 0
    /// Number of files in the journal, which were not read.
    public var known = 0
  }

  public var list: ChecksumList
  /// The folder that the list's paths are relative to.
  public var root: String
  /// Number of files read in parallel.
  public var threads = ProcessInfo.processInfo.activeProcessorCount

  public init(list: ChecksumList, root: String) { (self.list, self.root) = (list, root) }

  /// The journal next to a manifest: for `fma.csv`, `fma.sha1-journal`.
  public static func journalPath(forManifest path: String) -> String {
    replacingExtension(path, with: "sha1-journal")
  }

  private enum Outcome: Sendable {
    case sum(String)
    case unreadable
    case stopped
  }

  /// Removes the clips with a different sum (`checksum-mismatch`) from the catalog, notes those without one, and returns the
  /// progress. Cost: reads every file that is not in the journal once.
  ///
  /// Throws `incompatible` if the list contains none of the clips, `cancelled`, or if the journal cannot be written; the journal
  /// has what was verified so far.
  @discardableResult public func run(
    _ catalog: inout Catalog, journal journalPath: String, job: Job = Job()
  ) throws(CodedError) -> Progress {
    let journal = try ChecksumJournal(path: journalPath)
    let paths = catalog.dataset.clips.map { $0.path ?? "" }
    let names = paths.map { normalized(below($0, root) ?? $0) }
    guard paths.isEmpty || names.contains(where: { list.sum(of: $0) != nil }) else {
      throw CodedError(
        .incompatible, "none of the clips is in it (for example \(names[0])): is it this folder's list?",
        path: list.path)
    }
    var state = Progress(total: paths.count)
    var reasons: [Int: (code: String, reason: String)] = [:]
    var unlisted = 0
    var open: [(index: Int, stamp: ChecksumJournal.Stamp)] = []
    func judge(_ index: Int, _ sum: String, byteCount: Int) {
      state.done += 1
      state.bytes += byteCount
      guard sum != list.sum(of: names[index]) else { return }
      state.mismatches += 1
      reasons[index] = (
        "checksum-mismatch", "SHA-1 is \(sum), \(list.sum(of: names[index]) ?? "") is published"
      )
    }
    for index in paths.indices {
      guard list.sum(of: names[index]) != nil else {
        unlisted += 1
        state.done += 1
        continue
      }
      // A file that is not there is somebody else's finding.
      guard let stamp = ChecksumJournal.Stamp(ofFile: paths[index]) else {
        reasons[index] = ("missing", "no such file")
        state.done += 1
        continue
      }
      if let sum = journal.sum(of: names[index], stamp: stamp) {
        state.known += 1
        judge(index, sum, byteCount: stamp.byteCount)
      } else {
        open.append((index, stamp))
      }
    }
    tell(state, job)
    let files = open.map { paths[$0.index] }
    let whenStopped = "stopped; started again it goes on from here"
    try ParallelWork(threads: threads, path: list.path, whenStopped: whenStopped).run(
      files.count, job: job, { file, stop in Self.hash(files[file], stop) },
      collect: { file, outcome throws(CodedError) in
        let (index, stamp) = open[file]
        switch outcome {
        case .sum(let sum):
          // A file that changed while it was read is hashed again next time.
          if ChecksumJournal.Stamp(ofFile: paths[index]) == stamp {
            try journal.append(names[index], stamp: stamp, sum: sum)
          }
          judge(index, sum, byteCount: stamp.byteCount)
        case .unreadable:
          reasons[index] = ("input-output", "cannot be read")
          state.done += 1
        case .stopped: break
        }
        tell(state, job)
      })
    catalog.leaveOut { index in
      reasons[index].map { .init(path: paths[index], code: $0.code, reason: $0.reason) }
    }
    if unlisted > 0 {
      catalog.notes.append("\(unlisted) clips are not in \(list.path): they are not verified")
    }
    if state.mismatches > 0 {
      catalog.notes.append("\(state.mismatches) clips have another SHA-1 than is published and are left out")
    }
    return state
  }

  private func tell(_ state: Progress, _ job: Job) {
    let notes = [
      "\(state.bytes / 1_000_000) MB", state.known > 0 ? "\(state.known) known" : "",
      state.mismatches > 0 ? "\(state.mismatches) wrong" : "",
    ]
    job.tell(
      StageProgress(
        "SHA-1", completed: state.done, of: state.total,
        note: notes.filter { !$0.isEmpty }.joined(separator: ", ")))
  }

  private static func hash(_ path: String, _ stop: StopFlag) -> Outcome {
    guard var digest = try? SHA1(), let file = try? RegularFile(path: path) else { return .unreadable }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      if stop.isSet { return .stopped }
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(file.descriptor, $0.baseAddress, $0.count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return .unreadable }
      if got == 0 { return .sum(digest.finish()) }
      unsafe buffer.withUnsafeBytes { unsafe digest.update(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
    }
  }
}
