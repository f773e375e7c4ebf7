/// How far a stage of a job is.
public struct StageProgress: Sendable, Equatable {
  /// What is being done, for example "features".
  public var stage: String
  /// Items or epochs done.
  public var completed: Int
  /// Items or epochs in all; training may stop before.
  public var total: Int
  /// A short figure to show, for example "validation 93.1 %".
  public var note: String

  public init(_ stage: String, completed: Int, of total: Int, note: String = "") {
    self.stage = stage
    self.completed = completed
    self.total = total
    self.note = note
  }
}

/// Called from any thread while a job runs.
public typealias ProgressHandler = @Sendable (StageProgress) -> Void

/// Turns progress into text: a bar redrawn in place on a terminal, plain lines elsewhere. It holds no clock: the caller
/// says what time it is.
public struct ProgressMeter: Sendable {
  /// Whether the reader's cursor can go back to the line's start.
  public let isTerminal: Bool
  /// Columns of the terminal.
  public let columns: Int
  private var stage = ""
  private var stageStart = 0.0
  private var lastTime = 0.0
  private var lastShare = 0.0
  private var isLineOpen = false

  public init(isTerminal: Bool, columns: Int = 80) {
    self.isTerminal = isTerminal
    self.columns = max(20, columns)
  }

  /// What to write now; nil while there is nothing new worth a line. `seconds` is any clock that only goes forward.
  public mutating func text(for progress: StageProgress, at seconds: Double) -> String? {
    var lead = ""
    if progress.stage != stage {
      lead = finish() ?? ""
      (stage, stageStart, lastShare) = (progress.stage, seconds, 0)
      lastTime = -.infinity
    }
    let share = progress.total > 0 ? min(1, Double(progress.completed) / Double(progress.total)) : 0
    let isDone = progress.total > 0 && progress.completed >= progress.total
    let quiet = seconds - lastTime
    let isDue =
      isTerminal ? quiet >= 0.1 : quiet >= 2 || (share - lastShare >= 0.1 && quiet >= 0.5)
    guard isDue || (isDone && lastShare < 1) else { return lead.isEmpty ? nil : lead }
    (lastTime, lastShare) = (seconds, share)
    let left = secondsLeft(share: share, elapsed: seconds - stageStart)
    guard isTerminal else { return lead + plainLine(progress, share: share, left: left) }
    isLineOpen = !isDone
    return lead + "\r" + bar(progress, share: share, left: left) + "\u{1B}[K" + (isDone ? "\n" : "")
  }

  /// Ends an open line; call it before anything else is written there.
  public mutating func finish() -> String? {
    defer { isLineOpen = false }
    return isLineOpen ? "\n" : nil
  }

  private func secondsLeft(share: Double, elapsed: Double) -> Int? {
    guard share > 0, share < 1, elapsed > 0.5 else { return nil }
    return Int((elapsed * (1 - share) / share).rounded(.up))
  }

  private func plainLine(_ progress: StageProgress, share: Double, left: Int?) -> String {
    var line = "\(progress.stage): \(progress.completed)/\(progress.total) (\(Int(share * 100)) %)"
    if !progress.note.isEmpty { line += ", \(progress.note)" }
    if let left { line += ", \(Self.clock(left)) left" }
    return line + "\n"
  }

  private func bar(_ progress: StageProgress, share: Double, left: Int?) -> String {
    let head = "\(progress.stage) "
    var tail = " \(progress.completed)/\(progress.total)"
    if let left { tail += "  ETA \(Self.clock(left))" }
    if !progress.note.isEmpty { tail += "  \(progress.note)" }
    let width = min(30, columns - 3 - head.count - tail.count)
    guard width >= 5 else { return String((head + tail).prefix(columns - 1)) }
    let full = Int(share * Double(width))
    let cells = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    return head + cells + tail
  }

  private static func clock(_ seconds: Int) -> String {
    let tail = (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    if seconds < 3600 { return "\(seconds / 60):\(tail)" }
    let minutes = seconds / 60 % 60
    return "\(seconds / 3600):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
  }
}
