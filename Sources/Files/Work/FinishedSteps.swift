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
    var file: AtomicFile?
    var values: [String: Data] = [:]
  }

  private let path: String
  private let state: Mutex<State>

  /// Opens the file at `path`, or begins it. The caller holds the folder's ``OutputLock``.
  ///
  /// - Parameter identity: all that the steps depend on: version, model, data, options.
  package init(path: String, identity: String) {
    self.path = path
    let head = Line(step: "job", value: Data(identity.utf8))
    let data = (try? FileSystem.contents(path)).map { Data($0) } ?? Data()
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = data[..<whole].split(separator: UInt8(ascii: "\n")).map {
      try? JSONDocument.decode(Line.self, from: Array($0))
    }
    var values: [String: Data] = [:]
    let isSame = lines.first??.step == head.step && lines.first??.value == head.value
    if isSame {
      for case let line? in lines.dropFirst() { values[line.step] = line.value }
    } else {
      // A link or a file of somebody else's is no place to write into.
      FileSystem.remove(path)
    }
    var file = try? AtomicFile(workingPath: path, keeping: isSame ? whole : 0)
    if !isSame, let line = Self.text(head) { try? file?.append(line) }
    state = Mutex(State(file: file.take(), values: values))
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
      do { try state.file?.append(line) } catch { state.file = nil }
    }
  }

  /// Removes the file: the job is done.
  package func remove() {
    state.withLock { $0.file = nil }
    FileSystem.remove(path)
  }

  private static func text(_ line: Line) -> String? {
    (try? JSONDocument.encodeLine(line)).map { String(decoding: $0, as: UTF8.self) + "\n" }
  }
}
