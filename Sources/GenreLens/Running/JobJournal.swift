import Files
import Foundation
import Tensors

/// The finished steps of a long job, one JSON line each, so that a killed run goes on where it was.
///
/// The first line says what the job is: a folder is never continued with other settings or data. A line is appended in one
/// write and brought to the disk before the job goes on; what a killed process left of a line is cut off. While a journal
/// is open no other process can work in its folder.
final class JobJournal<Header: Codable & Equatable, Record: Codable> {
  let path: String
  /// The steps, in the order in which they were finished.
  private(set) var records: [Record] = []
  private let file: FileHandle

  /// Opens the journal at `path`, or begins it.
  ///
  /// Throws when it belongs to a job with another header (`differences` says in words what differs), is damaged, or
  /// another process has it open.
  init(path: String, header: Header, differences: (Header) -> String) throws(GenreLensError) {
    self.path = path
    if !FileSystem.exists(path) {
      do {
        var new = try AtomicFile(path: path)
        try new.append(Self.line(header, path: path))
        try new.publish()
      } catch let error as GenreLensError {
        throw error
      } catch {
        throw GenreLensError(.inputOutput, "cannot be written: \(error)", path: path)
      }
    }
    guard case let descriptor = FileSystem.open(path, O_RDWR), descriptor >= 0 else {
      throw GenreLensError(.inputOutput, "cannot be opened", path: path)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    self.file = file
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw GenreLensError(.inputOutput, "another process is working in this folder", path: path)
    }
    let data: Data
    do { data = try file.readToEnd() ?? Data() } catch {
      throw GenreLensError(.inputOutput, "cannot be read", path: path)
    }
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = data[..<whole].split(separator: UInt8(ascii: "\n"))
    guard let first = lines.first, let found = try? JSONDecoder().decode(Header.self, from: first) else {
      throw GenreLensError(.badInput, "line 1: not the journal of such a job", path: path)
    }
    guard found == header else {
      throw GenreLensError(
        .usage, "belongs to another run (\(differences(found))): choose another folder or remove this one",
        path: path)
    }
    for (index, line) in lines.enumerated().dropFirst() {
      guard let record = try? JSONDecoder().decode(Record.self, from: line) else {
        throw GenreLensError(
          .badInput, "line \(index + 1): damaged; remove the line to do it again", path: path)
      }
      records.append(record)
    }
    do {
      try file.truncate(atOffset: UInt64(whole))
      try file.seekToEnd()
    } catch {
      throw GenreLensError(.inputOutput, "cannot be written", path: path)
    }
  }

  /// Adds a step; it is on the disk when this returns.
  func append(_ record: Record) throws(GenreLensError) {
    let line = try Self.line(record, path: path)
    do {
      try file.write(contentsOf: Data(line.utf8))
      try file.synchronize()
    } catch {
      throw GenreLensError(.inputOutput, "cannot be written", path: path)
    }
    records.append(record)
  }

  private static func line(_ value: some Encodable, path: String) throws(GenreLensError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw GenreLensError(.inputOutput, "a figure in it is not a number", path: path)
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
