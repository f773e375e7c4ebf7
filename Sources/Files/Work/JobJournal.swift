import Foundation

/// What a job is: the first line of its journal.
package protocol JobHeader: Codable, Equatable {
  /// What two jobs of the kind may differ in, and whether these do.
  func comparison(with other: Self) -> [(differs: Bool, what: String)]
}

extension JobHeader {
  /// What differs from another job, in words.
  func differences(from other: Self) -> String {
    comparison(with: other).filter(\.differs).map(\.what).joined(separator: ", ")
  }
}

/// The finished steps of a long job, one JSON line each, so that a killed run continues where it was.
///
/// The first line says what the job is: a folder is never continued with other settings or data. A line is appended in one
/// write and brought to the disk before the job continues; what a killed process left of a line is cut off.
package final class JobJournal<Header: JobHeader, Record: Codable> {
  package let path: String
  /// The steps, in the order in which they were finished.
  package private(set) var records: [Record] = []
  private let header: Header
  private var file: AtomicFile

  /// Opens the journal at `path`, or begins it. The caller holds the folder's ``OutputLock``.
  ///
  /// Throws when it belongs to a job with another header or is damaged.
  package init(path: String, header: Header) throws(CodedError) {
    if !FileSystem.exists(path) {
      try writeText(try Self.line(header, path: path), to: path)
    }
    let data: Data
    do throws(SystemCallError) { data = Data(try FileSystem.contents(path)) } catch {
      throw CodedError(error.isWrongKind ? .badInput : .inputOutput, error.description, path: path)
    }
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let lines = data[..<whole].split(separator: UInt8(ascii: "\n"))
    guard let first = lines.first, let found = try? JSONDocument.decode(Header.self, from: Array(first))
    else {
      throw CodedError(.badInput, "line 1: not the journal of such a job", path: path)
    }
    guard found == header else {
      throw CodedError(
        .usage,
        "belongs to another run (\(header.differences(from: found))): choose another folder or remove this one",
        path: path)
    }
    var records: [Record] = []
    for (index, line) in lines.enumerated().dropFirst() {
      guard let record = try? JSONDocument.decode(Record.self, from: Array(line)) else {
        throw CodedError(
          .badInput, "line \(index + 1): damaged; remove the line to do it again", path: path)
      }
      records.append(record)
    }
    do throws(SystemCallError) {
      file = try AtomicFile(workingPath: try linkTarget(of: path), keeping: whole, isThere: true)
    } catch {
      throw CodedError(.inputOutput, error.description, path: path)
    }
    (self.path, self.header, self.records) = (path, header, records)
  }

  /// Adds a step; it is on the disk when this returns. Throws too when the journal is no longer in its place: what is
  /// written into a folder that was removed is lost.
  package func append(_ record: Record) throws(CodedError) {
    let line = try Self.line(record, path: path)
    do throws(SystemCallError) {
      try file.append(line)
      try file.synchronize()
    } catch {
      throw CodedError(.inputOutput, error.description, path: path)
    }
    guard file.isInPlace else {
      throw CodedError(.inputOutput, "it was removed while the job was running", path: path)
    }
    records.append(record)
  }

  /// Puts other records in place of all, whole or not at all, as the job's last step: nothing can be appended after it.
  package func replace(by records: [Record]) throws(CodedError) {
    var text = try Self.line(header, path: path)
    for record in records { text += try Self.line(record, path: path) }
    try writeText(text, to: path)
    self.records = records
  }

  private static func line(_ value: some Encodable, path: String) throws(CodedError) -> String {
    guard let bytes = try? JSONDocument.encodeLine(value) else {
      throw CodedError(.inputOutput, "a figure in it is not a number", path: path)
    }
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }
}
