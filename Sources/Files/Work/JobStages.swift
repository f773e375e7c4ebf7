/// How long a part of a job took.
public struct StageTime: Sendable, Codable, Hashable {
  /// For example "explaining them".
  public let name: String
  public let seconds: Double
}

/// What a job does one after another: tells which part runs, and how long each took.
package struct JobStages<Stage: RawRepresentable<String> & Equatable> {
  package private(set) var times: [StageTime] = []
  private let stages: [Stage]
  package let job: Job

  /// - Parameter stages: in their order.
  package init(_ stages: [Stage], job: Job) { (self.stages, self.job) = (stages, job) }

  /// Runs a stage under its number and name, unless the job is to end. The body's own names of what it does are not shown.
  ///
  /// - Parameter detail: follows the name.
  package mutating func run<Result>(
    _ stage: Stage, _ detail: String = "", _ body: (Job) throws -> Result
  ) throws -> Result {
    try job.requireGoingOn()
    let name = stage.rawValue + detail
    let title = "\((stages.firstIndex(of: stage) ?? 0) + 1) of \(stages.count): \(name)"
    // A stage that tells nothing is seen to run.
    job.tell(title, 0, of: 1)
    let start = ContinuousClock.now
    let result = try body(job.part { $0.stage = title })
    times.append(StageTime(name: name, seconds: (ContinuousClock.now - start) / .seconds(1)))
    return result
  }
}
