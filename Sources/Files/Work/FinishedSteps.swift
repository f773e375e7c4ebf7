import Foundation
import Synchronization

/// What the finished steps of a long job gave, in a hidden file beside its output, so that the same job goes on after them when it was
/// stopped or killed.
///
/// The file belongs to one job: another one begins it anew. It holds a line a step; what a killed process left of a line is cut off. A step
/// that cannot be written down is done again, which costs time and nothing else. Values stay in the file until they are asked for.
package final class FinishedSteps: Sendable {
  private struct Line: Codable {
    var step: String
    /// The value as JSON; in Base64, so that its escapes stay its own.
    var value: Data
  }

  private struct State: ~Copyable {
    /// nil before the first step is added, and where the file cannot be written.
    var file: AtomicFile?
    var canBegin: Bool
    /// Bytes of the file.
    var byteCount = 0
    /// Where the line of a step is.
    var lines: [String: Range<Int>] = [:]
  }

  private let path: String
  private let identity: @Sendable () throws -> String
  private let state: Mutex<State>
  /// How many steps were done before.
  package let count: Int

  /// Reads the file at `path`, where there is one of this job. The caller holds the folder's ``OutputLock``.
  ///
  /// - Parameter identity: all that the steps depend on: version, model, data, options. Asked for where there is a file, and when the
  ///   first step is added.
  package init(path: String, identity: @escaping @Sendable () throws -> String) {
    (self.path, self.identity) = (path, identity)
    var found = Self.lines(of: path)
    guard !found.isEmpty, let head = try? Self.head(identity()),
      let first = try? Self.line(of: path, found.removeFirst().range), first.step == head.step,
      first.value == head.value
    else {
      state = Mutex(State(file: nil, canBegin: true))
      count = 0
      return
    }
    let lines = Dictionary(found.compactMap { line in line.step.map { ($0, line.range) } }) { $1 }
    let whole = found.last?.range.upperBound ?? Self.text(head)?.utf8.count ?? 0
    var file = try? AtomicFile(workingPath: path, keeping: whole, isThere: true)
    count = lines.count
    state = Mutex(State(file: file.take(), canBegin: false, byteCount: whole, lines: lines))
  }

  private static func head(_ identity: String) -> Line { Line(step: "job", value: Data(identity.utf8)) }

  /// The whole lines of a file with the steps that they are of, nil for what is no such line; none for no file.
  private static func lines(of path: String) -> [(range: Range<Int>, step: String?)] {
    struct Name: Decodable { var step: String }
    guard let file = try? RegularFile(path: path) else { return [] }
    var (lines, rest, place): ([(range: Range<Int>, step: String?)], [UInt8], Int) = ([], [], 0)
    while place < file.byteCount,
      let part = try? file.bytes(at: place, count: min(1 << 20, file.byteCount - place))
    {
      var start = part.startIndex
      while let end = part[start...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = rest + part[start...end]
        let stop = place + end + 1
        lines.append((stop - line.count..<stop, (try? JSONDocument.decode(Name.self, from: line))?.step))
        (rest, start) = ([], end + 1)
      }
      rest += part[start...]
      place += part.count
    }
    return lines
  }

  private static func line(of path: String, _ range: Range<Int>) throws -> Line {
    let file = try RegularFile(path: path)
    return try JSONDocument.decode(Line.self, from: try file.bytes(at: range.lowerBound, count: range.count))
  }

  /// nil for a step that is not done.
  func value<Value: Decodable>(of step: String, as type: Value.Type) -> Value? {
    guard let range = state.withLock({ $0.lines[step] }), let line = try? Self.line(of: path, range),
      line.step == step
    else { return nil }
    return try? JSONDocument.decode(Value.self, from: Array(line.value))
  }

  func add(_ value: some Encodable, for step: String) {
    guard let bytes = try? JSONDocument.encodeLine(value),
      let line = Self.text(Line(step: step, value: Data(bytes)))
    else { return }
    state.withLock { state in
      do {
        if state.canBegin {
          state.canBegin = false
          try begin(&state)
        }
        guard state.file != nil else { return }
        try state.file?.append(line)
        state.lines[step] = state.byteCount..<state.byteCount + line.utf8.count
        state.byteCount += line.utf8.count
      } catch {
        state.file = nil
      }
    }
  }

  /// Begins the file with its first line.
  private func begin(_ state: inout State) throws {
    guard let head = Self.text(Self.head(try identity())) else { return }
    // Another job's, a link or a file of somebody else's is no place to write into.
    FileSystem.remove(path)
    state.file = try AtomicFile(workingPath: path)
    try state.file?.append(head)
    state.byteCount = head.utf8.count
  }

  /// Removes the file: the job is done.
  package func remove() {
    state.withLock { state in
      state.file = nil
      state.canBegin = false
      state.lines = [:]
    }
    FileSystem.remove(path)
  }

  private static func text(_ line: Line) -> String? {
    (try? JSONDocument.encodeLine(line)).map { String(decoding: $0, as: UTF8.self) + "\n" }
  }
}
