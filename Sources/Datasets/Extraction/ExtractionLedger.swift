import Audio
import Files
import Foundation

/// What is to be said about the files of an extraction, and its text: `X.failures.csv`.
///
/// The column `outcome` says what became of the file: `left-out`, or `used` where the line is a note about a file whose maps
/// are in the store. First all files left out, then the notes, each in the order of the files.
struct ExtractionLedger: Sendable {
  static let columns = ["path", "code", "reason", "outcome", "seconds"]
  /// Of a store made before there were notes.
  private static let oldColumns = ["path", "code", "reason"]
  private static let (leftOut, used) = ("left-out", "used")

  private(set) var failures: [LeftOutInput] = []
  private(set) var notes: [FileNote] = []
  // A file that is read again, for its changed sound or in another shard, is named once.
  private var known: Set<Spelling> = []

  mutating func add(_ failure: LeftOutInput) {
    if isNew(failure.path, failure.code, failure.reason) { failures.append(failure) }
  }

  mutating func add(_ found: [AudioNote], path: String) {
    for note in found where isNew(path, note.code.rawValue, note.message, "\(note.seconds ?? -1)") {
      notes.append(FileNote(path: path, note))
    }
  }

  private mutating func isNew(_ words: String...) -> Bool {
    known.insert(Spelling(words.joined(separator: "\0"))).inserted
  }

  /// The lines of the ledger; nil when there is nothing to say.
  var text: String? {
    guard !failures.isEmpty || !notes.isEmpty else { return nil }
    return CSVTable.encode(
      header: Self.columns,
      rows: failures.map { [$0.path, $0.code, $0.reason, Self.leftOut, ""] }
        + notes.map { file in
          let seconds = file.note.seconds.map { String($0) } ?? ""
          return [file.path, file.note.code.rawValue, file.note.message, Self.used, seconds]
        })
  }

  /// Writes the ledger of a store that did not come to be.
  func write(forStore path: String) throws(CodedError) {
    guard let text else { return }
    let ledger = FeatureExtraction.failuresPath(forStore: path)
    do throws(SystemCallError) {
      try AtomicFile.write(text.pathBytes, to: ledger)
    } catch {
      throw CodedError(error, path: ledger)
    }
  }

  /// Adds the lines of another ledger. Throws `damaged` for another kind of table.
  mutating func add(contentsOf table: CSVTable) throws(CodedError) {
    guard table.header == Self.columns || table.header == Self.oldColumns else {
      throw CodedError(.damaged, "not a ledger of failures", path: table.path)
    }
    for record in table.records {
      let fields = record.fields
      if fields.count == Self.columns.count, fields[3] == Self.used {
        let note = AudioNote(AudioNote.Code(rawValue: fields[1]), fields[2], seconds: Double(fields[4]))
        add([note], path: fields[0])
      } else {
        add(.init(path: fields[0], code: fields[1], reason: fields[2]))
      }
    }
  }
}

extension LeftOutInput {
  /// What kept a file out. An error that is not about the file is a fault of ours.
  init(_ error: any Error, path: String) {
    if let error = error as? CodedError, error.isOfSound {
      self.init(path: path, code: error.code.rawValue, reason: error.message)
    } else {
      self.init(path: path, code: "internal", reason: "\(error)")
    }
  }
}
