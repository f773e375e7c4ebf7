import Foundation
import Synchronization

/// What the finished steps of a long job gave, in a hidden file beside its output, so that the same job goes on after them when it was
/// stopped or killed.
///
/// The file belongs to one job: another one begins it anew. It holds a line a step; what a killed process left of a line is cut off. A step
/// that cannot be written down is done again, which costs time and nothing else.
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
    var values: [String: Data] = [:]
  }

  private let path: String
  private let identity: @Sendable () throws -> String
  private let state: Mutex<State>

  /// Reads the file at `path`, where there is one of this job. The caller holds the folder's ``OutputLock``.
  ///
  /// - Parameter identity: all that the steps depend on: version, model, data, options. Asked for where there is a file, and when the
  ///   first step is added.
  package init(path: String, identity: @escaping @Sendable () throws -> String) {
    (self.path, self.identity) = (path, identity)
    guard let bytes = try? FileSystem.contents(path) else {
      state = Mutex(State(file: nil, canBegin: true))
      return
    }
    let data = Data(bytes)
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = data[..<whole].split(separator: UInt8(ascii: "\n")).map {
      try? JSONDocument.decode(Line.self, from: Array($0))
    }
    guard let head = try? Self.head(identity()), let first = lines.first ?? nil, first.step == head.step,
      first.value == head.value
    else {
      state = Mutex(State(file: nil, canBegin: true))
      return
    }
    var values: [String: Data] = [:]
    for case let line? in lines.dropFirst() { values[line.step] = line.value }
    var file = try? AtomicFile(workingPath: path, keeping: whole, isThere: true)
    state = Mutex(State(file: file.take(), canBegin: false, values: values))
  }

  private static func head(_ identity: String) -> Line { Line(step: "job", value: Data(identity.utf8)) }

  /// Begins the file with its first line.
  private func begin() throws -> AtomicFile {
    let head = Self.text(Self.head(try identity()))
    // Another job's, a link or a file of somebody else's is no place to write into.
    FileSystem.remove(path)
    var file = try AtomicFile(workingPath: path)
    if let head { try file.append(head) }
    return file
  }

  /// How many steps were done before.
  package var count: Int { state.withLock { $0.values.count } }

  /// nil for a step that is not done.
  func value<Value: Decodable>(of step: String, as type: Value.Type) -> Value? {
    guard let text = state.withLock({ $0.values[step] }) else { return nil }
    return try? JSONDocument.decode(Value.self, from: Array(text))
  }

  func add(_ value: some Encodable, for step: String) {
    guard let bytes = try? JSONDocument.encodeLine(value),
      let line = Self.text(Line(step: step, value: Data(bytes)))
    else { return }
    state.withLock { state in
      do {
        if state.canBegin {
          state.canBegin = false
          state.file = try begin()
        }
        try state.file?.append(line)
      } catch {
        state.file = nil
      }
    }
  }

  /// Removes the file: the job is done.
  package func remove() {
    state.withLock { state in
      state.file = nil
      state.canBegin = false
    }
    FileSystem.remove(path)
  }

  private static func text(_ line: Line) -> String? {
    (try? JSONDocument.encodeLine(line)).map { String(decoding: $0, as: UTF8.self) + "\n" }
  }
}
