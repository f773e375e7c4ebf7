import Synchronization

/// A handle on long work: it reports progress and stops the work in an orderly way.
///
/// ```swift
/// let job = Job { print($0.stage, $0.completed, "of", $0.total) }
/// Task { try await Task.sleep(for: .seconds(60)); job.cancel() }
/// let folder = try model.classify(files, at: "model.safetensors", output: "Out", job: job)
/// ```
///
/// Every call that can take long has a `job:` parameter; without one there are no progress reports, and only the cancellation of
/// the calling task stops it. A cancelled call throws ``CodedError`` `interrupted` or `cancelled` and leaves no half-written
/// file; if it writes into a folder, the same call later continues from there. One job may be used for several calls, one after
/// another.
public final class Job: Sendable {
  private let isToEnd: @Sendable () -> Bool
  private let watcher: ProgressHandler?
  private let isEnded = Atomic(false)
  private let steps: FinishedSteps?
  /// Whether the calling task's cancellation counts; a part leaves that to the whole.
  private let heedsTask: Bool

  /// - Parameters:
  ///   - progress: called from any thread while the work runs.
  ///   - isCancelled: called repeatedly, from any thread; true stops the work soon.
  public init(
    progress: ProgressHandler? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    (isToEnd, watcher, steps, heedsTask) = (isCancelled, progress, nil, true)
  }

  private init(
    steps: FinishedSteps?, progress: ProgressHandler?, isCancelled: @escaping @Sendable () -> Bool
  ) {
    (isToEnd, watcher, self.steps, heedsTask) = (isCancelled, progress, steps, false)
  }

  private convenience init(in job: Job, steps: FinishedSteps?, progress: ProgressHandler?) {
    self.init(steps: steps, progress: progress) { job.isCancelled }
  }

  /// Stops the work soon, and any work started with this job later.
  public func cancel() { isEnded.store(true, ordering: .relaxed) }

  /// Whether the work should stop: because of ``cancel()``, the closure that the job was made with, or the cancellation of the
  /// calling task.
  public var isCancelled: Bool {
    isEnded.load(ordering: .relaxed) || isToEnd() || (heedsTask && Task.isCancelled)
  }

  /// Throws ``CodedError`` `interrupted` where the work is to end.
  package func requireGoingOn(_ words: String = "stopped", path: String = "") throws(CodedError) {
    if isCancelled { throw CodedError(.interrupted, words, path: path) }
  }

  /// Reports progress.
  public func tell(_ progress: StageProgress) { watcher?(progress) }

  /// Tells how many items of a stage are done.
  package func tell(_ stage: String, _ completed: Int, of total: Int) {
    watcher?(StageProgress(stage, completed: completed, of: total))
  }

  /// A part of this job: what it tells is changed on its way.
  package func part(_ change: @escaping @Sendable (inout StageProgress) -> Void) -> Job {
    guard let watcher else { return self }
    return Job(in: self, steps: steps) { progress in
      var progress = progress
      change(&progress)
      watcher(progress)
    }
  }

  /// This job, untold: for a part whose own progress says nothing to whoever watches the whole.
  package var quiet: Job { watcher == nil ? self : Job(in: self, steps: steps, progress: nil) }

  /// This job, untold until so much time has passed from now: for work that mostly takes a moment.
  package func told(after delay: Duration) -> Job {
    guard let watcher else { return self }
    let start = ContinuousClock.now
    return Job(in: self, steps: steps) { if ContinuousClock.now - start >= delay { watcher($0) } }
  }

  /// A part that can be cancelled by itself.
  package var branch: Job { Job(in: self, steps: steps, progress: watcher) }

  /// This job, which nothing cancels any more: for what is still done when the work was stopped in order.
  package var toItsEnd: Job { Job(steps: steps, progress: watcher) { false } }

  /// This job, with a memory of steps: see ``step(_:_:)``.
  package func keeping(_ steps: FinishedSteps) -> Job { Job(in: self, steps: steps, progress: watcher) }

  /// What a step gives, or gave when an earlier run of the same job had done it.
  ///
  /// - Parameter key: names the step and all that its value depends on beside the job's identity.
  package func step<Value: Codable>(_ key: @autoclosure () -> String, _ body: () throws -> Value) throws
    -> Value
  {
    guard let steps else { return try body() }
    let key = key()
    if let value = steps.value(of: key, as: Value.self) { return value }
    let value = try body()
    steps.add(value, for: key)
    return value
  }
}
