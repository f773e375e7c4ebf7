import Experiments
import Files
import Foundation
import LibrarySupport
import Tensors
import TestSupport
import Testing

/// Half-done jobs that an earlier version began are not continued where it weighed windows.
@Suite(.tags(.hand)) struct JobCountingTests {
  /// The rows of each album as windows of one recording, or as recordings.
  private func store(windows: Bool) throws -> SmallStore {
    let store = try SmallStore()
    guard windows else { return store }
    let table = try CSVTable(path: store.folder + "/x.csv")
    try CSVTable.write(
      header: ["row", "recording", "label", "split", "group"],
      rows: table.records.map { [$0.fields[0], "r\($0.fields[4])"] + $0.fields[2...] },
      to: store.folder + "/x.csv")
    return store
  }

  private func crossValidation(_ store: SmallStore) throws -> CrossValidationResult {
    var options = CrossValidationOptions()
    options.folds = 2
    return try SmallStore.plan(epochs: 1).crossValidate(
      on: store.dataset(), options: options, output: store.folder + "/out")
  }

  private func search(_ store: SmallStore) throws -> SearchResult {
    let space = store.folder + "/space.yaml"
    try Data("learningRate: [0.01, 0.02]\n".utf8).write(to: URL(fileURLWithPath: space))
    var options = SearchOptions()
    options.trials = 2
    return try SearchSpace(path: space, base: SmallStore.plan(epochs: 1)).search(
      on: store.dataset(),
      plan: SmallStore.plan(epochs: 1), options: options, output: store.folder + "/out")
  }

  /// The version in the journal's first line, put to another one where that is asked for.
  private func version(_ store: SmallStore, to version: Int? = nil) throws -> Int {
    let path = store.folder + "/out/journal.jsonl"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    // Keys are sorted.
    let found = try #require((1...2).first { lines[0].hasSuffix("\"version\":\($0)}") })
    guard let version else { return found }
    let head = String(lines[0].dropLast("\(found)}".count)) + "\(version)}"
    try (head + "\n" + lines[1]).write(toFile: path, atomically: true, encoding: .utf8)
    return version
  }

  private func requireRefusal(_ body: () throws -> Void) throws {
    let error = try #require(throws: CodedError.self) { try body() }
    #expect(error.code == .usage)
    #expect(
      error.message
        == "belongs to another run (an earlier version of GenreLens began it, which weighed windows and not recordings): "
        + "choose another folder or remove this one")
  }

  @Test func crossValidationsOfWindowsBeginAnew() throws {
    let store = try store(windows: true)
    _ = try crossValidation(store)
    #expect(try version(store) == 2)
    #expect(try crossValidation(store).resumedFolds == 2)
    _ = try version(store, to: 1)
    try requireRefusal { _ = try crossValidation(store) }
  }

  @Test func searchesOverWindowsBeginAnew() throws {
    let store = try store(windows: true)
    _ = try search(store)
    #expect(try version(store) == 2)
    #expect(try search(store).resumedCount == 2)
    _ = try version(store, to: 1)
    try requireRefusal { _ = try search(store) }
  }

  /// Where each row is a recording, nothing has changed.
  @Test func jobsOfRecordingsGoOn() throws {
    let store = try store(windows: false)
    _ = try crossValidation(store)
    #expect(try version(store) == 1)
    #expect(try crossValidation(store).resumedFolds == 2)
    try FileManager.default.removeItem(atPath: store.folder + "/out")
    _ = try search(store)
    #expect(try version(store) == 1)
  }

  /// A held-out recording that is a copy of one that was fitted to.
  @Test func copiesAcrossFoldsAreSaid() throws {
    let store = try SmallStore()
    let maps = try NumpyFile.read(store.path)
    var values = maps.values
    let size = 6 * 12
    // The second album's maps as those of four more: five of the eight of its genre are more than a fold holds.
    for row in 3..<6 {
      for album in [3, 5, 7, 9] {
        let copy = row + 3 * (album - 1)
        values.replaceSubrange(
          copy * size..<(copy + 1) * size, with: values[row * size..<(row + 1) * size])
      }
    }
    try NumpyFile.write(Tensor(values, shape: maps.shape), to: store.path)
    let report = try crossValidation(store).report
    let note = try #require(
      report.notes.first { $0.contains("held-out recordings trained the model that judged them") })
    let count = try #require(note.split(separator: " ").first.flatMap { Int($0) })
    #expect((3...15).contains(count), "\(note)")
  }
}
