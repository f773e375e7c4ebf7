/// Turns progress into text: a bar redrawn in place on a terminal, plain lines elsewhere. It has no clock: the caller supplies
/// the time.
public struct ProgressMeter: Sendable {
  /// Whether the reader's cursor can return to the start of the line.
  public let isTerminal: Bool
  /// Columns of the terminal, at least 20; may change while it runs.
  public var columns: Int { didSet { columns = max(20, columns) } }
  /// Whether the bar is drawn with block characters; else with # and -.
  public let hasBlocks: Bool
  private var stage = ""
  private var (stageStart, startShare, startCount) = (0.0, 0.0, 0)
  private var (lastTime, lastShare) = (0.0, 0.0)
  private var isLineOpen = false

  public init(isTerminal: Bool, columns: Int = 80, hasBlocks: Bool = true) {
    self.isTerminal = isTerminal
    self.columns = max(20, columns)
    self.hasBlocks = hasBlocks
  }

  /// The text to write now; nil if there is nothing new worth a line. `seconds` is from any monotonic clock.
  public mutating func text(for progress: StageProgress, at seconds: Double) -> String? {
    var lead = ""
    let share = progress.share
    if progress.stage != stage {
      lead = finish() ?? ""
      (stage, stageStart, startShare, lastShare) = (progress.stage, seconds, share, 0)
      startCount = progress.completed
      lastTime = -.infinity
    }
    // A stage with milestones ends with one.
    let isEnd = progress.isDone && progress.isMilestone != false
    guard isDue(progress, at: seconds) || (isEnd && (lastShare < 1 || progress.isMilestone == true)) else {
      return lead.isEmpty ? nil : lead
    }
    (lastTime, lastShare) = (seconds, share)
    let left = secondsLeft(share: share, elapsed: seconds - stageStart)
    var progress = progress
    if let rate = rate(progress, elapsed: seconds - stageStart) { progress.figures.insert(rate, at: 0) }
    guard isTerminal else { return lead + plainLine(progress, left: left) }
    isLineOpen = !isEnd
    return lead + "\r" + bar(progress, left: left) + "\u{1B}[K" + (isEnd ? "\n" : "")
  }

  /// Ends an open line; call it before writing anything else there.
  public mutating func finish() -> String? {
    defer { isLineOpen = false }
    return isLineOpen ? "\n" : nil
  }

  /// On a terminal ten times a second; elsewhere every two seconds or ten per cent, or at milestones (five a second at
  /// most) and else every half minute.
  private func isDue(_ progress: StageProgress, at seconds: Double) -> Bool {
    let quiet = seconds - lastTime
    if isTerminal { return quiet >= 0.1 }
    switch progress.isMilestone {
    case true?: return quiet >= 0.2
    case false?: return quiet >= 30 && quiet.isFinite
    case nil: return quiet >= 2 || (progress.share - lastShare >= 0.1 && quiet >= 0.5)
    }
  }

  /// What had been done before the stage was watched (a resumed training) took none of its time.
  private func secondsLeft(share: Double, elapsed: Double) -> Int? {
    let done = share - startShare
    guard done > 0, share < 1, elapsed > 0.5 else { return nil }
    return Int(min((elapsed * (1 - share) / done).rounded(.up), 1e9))
  }

  /// Items in a time, where items are what is counted.
  private func rate(_ progress: StageProgress, elapsed: Double) -> String? {
    let done = progress.completed - startCount
    guard progress.counter.isEmpty, progress.total > 1, done > 0, elapsed > 0.5 else { return nil }
    let rate = Double(done) / elapsed
    if rate >= 1 { return "\(rate.decimalText(1)) a second" }
    return rate * 60 >= 1
      ? "\((rate * 60).decimalText(1)) a minute" : "\((rate * 3600).decimalText(1)) an hour"
  }

  private func plainLine(_ progress: StageProgress, left: Int?) -> String {
    var line = "\(progress.stage): \(progress.count)"
    if progress.counter.isEmpty { line += " (\(Int(progress.share * 100)) %)" }
    line += progress.figures.map { ", \($0)" }.joined()
    if let left { line += ", \(Self.clock(left)) left" }
    return line + "\n"
  }

  private func bar(_ progress: StageProgress, left: Int?) -> String {
    let head = "\(progress.stage) "
    var tail = " \(progress.count)"
    if let left { tail += "  ETA \(Self.clock(left))" }
    // A bar of ten cells at least, and then as many figures as fit; without any figure a shorter bar.
    func room(_ tail: String) -> Int { columns - 1 - head.count - tail.count }
    for figure in progress.figures {
      guard room(tail + "  " + figure) >= 10 else { break }
      tail += "  " + figure
    }
    let width = min(30, room(tail))
    guard width >= 5 else { return String((head + tail.dropFirst()).prefix(columns - 1)) }
    let full = Int(progress.share * Double(width))
    let (block, gap) = hasBlocks ? ("█", "░") : ("#", "-")
    return head + String(repeating: block, count: full) + String(repeating: gap, count: width - full) + tail
  }

  private static func clock(_ seconds: Int) -> String {
    let tail = (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    if seconds < 3600 { return "\(seconds / 60):\(tail)" }
    let minutes = seconds / 60 % 60
    return "\(seconds / 3600):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
  }
}
