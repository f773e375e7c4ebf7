/// The progress of a stage of a job.
public struct StageProgress: Sendable, Equatable {
  /// What is being done, for example "features".
  public var stage: String
  /// Items or steps done.
  public var completed: Int
  /// Total number of items or steps; training may stop earlier.
  public var total: Int
  /// Text shown instead of both numbers, for example "epoch 3/100"; empty shows the numbers.
  public var counter = ""
  /// Short figures to show, the most important first; if there is little room, the last ones are left out.
  public var figures: [String] = []
  /// Whether a reader that is not a terminal gets a line now; nil decides by time and share.
  public var isMilestone: Bool?

  /// - Parameter note: a short figure to show, for example "validation 93.1 %"; it becomes the only one of ``figures``.
  public init(_ stage: String, completed: Int, of total: Int, note: String = "") {
    self.stage = stage
    self.completed = completed
    self.total = total
    if !note.isEmpty { figures = [note] }
  }

  /// Counter and figures in one text, for a stage inside another one.
  public var note: String { ((counter.isEmpty ? [] : [counter]) + figures).joined(separator: ", ") }

  /// From 0 to 1.
  package var share: Double { total > 0 ? min(1, Double(completed) / Double(total)) : 0 }
  package var isDone: Bool { total > 0 && completed >= total }
  var count: String { counter.isEmpty ? "\(completed)/\(total)" : counter }
}

/// Called from any thread while a job runs.
public typealias ProgressHandler = @Sendable (StageProgress) -> Void
