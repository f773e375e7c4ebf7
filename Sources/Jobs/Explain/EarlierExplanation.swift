import Files
import Foundation
import Models

/// The files that an explanation of before left in a folder: those of our names that its document names. Another file of such a
/// name, a sound `original.wav`, is somebody's own.
struct EarlierExplanation {
  /// Names of files, relative to the folder.
  private let names: Set<Spelling>
  private let folder: String

  /// - Parameter unpublished: the document of an explanation that a killed process was putting in place.
  init(in folder: String, unpublished: [UInt8] = []) {
    self.folder = folder
    let bytes = (try? FileSystem.contents(join(folder, "explanation.json"))) ?? []
    names = [bytes, unpublished].reduce(into: []) { names, bytes in
      // Whatever version wrote it, it has these.
      guard let document = try? JSONDocument.object(bytes) as? [String: Any],
        document["method"] is String, document["path"] is String
      else { return }
      names.formUnion(Self.strings(in: document).filter { Self.isOurs($0) }.map(Spelling.init))
      names.insert(Spelling("explanation.json"))
    }
  }

  /// Whether a file of this name may be replaced.
  func has(_ name: String) -> Bool { names.contains(Spelling(name)) }

  /// Takes away what the new explanation did not write: nothing old stays beside the new.
  func remove(keeping files: [String]) {
    let gone = names.subtracting((files + ["explanation.json"]).map(Spelling.init))
    for name in gone { FileSystem.remove(join(folder, name.text)) }
    // Folders of ours in which nothing is left.
    let folders = Set(gone.map { Files.folder(of: $0.text) }).filter { !$0.isEmpty }
    for name in folders.union(folders.map { Files.folder(of: $0) }).sorted(by: >) where !name.isEmpty {
      FileSystem.removeEmptyFolder(join(folder, name))
    }
  }

  /// Whether an explanation writes files of this name: what else a document may hold, a path to a sound, is none.
  private static func isOurs(_ name: String) -> Bool {
    let last = lastName(name)
    switch Files.folder(of: name) {
    case "": break
    case "pictures": return last.wholeMatch(of: /\d{4}-[a-z0-9-]+\.png/) != nil
    case let folder where folder.wholeMatch(of: /windows\/\d+/) != nil: break
    default: return false
    }
    return WrittenFiles.explanationNames.contains { last.isSpelled(like: $0) }
      || last.wholeMatch(of: /map-.*\.npy/) != nil
  }

  private static func strings(in value: Any?) -> [String] {
    switch value {
    case let text as String: [text]
    case let list as [Any]: list.flatMap(strings)
    case let object as [String: Any]: object.values.flatMap(strings)
    default: []
    }
  }
}

/// What `explanation.json` is written from.
protocol WrittenExplanation {
  /// All files that it names, relative to its folder.
  var allFiles: [String] { get }
}

extension ExplanationDocument: WrittenExplanation {}
extension LayersDocument: WrittenExplanation {}
extension PictureExplanation: WrittenExplanation {}

/// The outline of every explanation: hears the whole track, writes the files, and puts them in place together, in place of those of an
/// earlier one.
///
/// - Parameter write: answers the question into the folder it is given.
/// - Returns: the document.
///
/// Throws ``CodedError``: `busy` when another process writes there, `usage` when a file would replace an input, or one that is no
/// earlier explanation's has one of the names; and what hearing throws.
func writeExplanation<Document: WrittenExplanation>(
  of source: ExplainedSource, with model: GenreModel, _ request: ExplanationRequest, into folder: String,
  job: Job,
  _ write: (TrackQuestion, String) throws -> Document
) throws -> Document {
  try writeExplanation(into: folder, apartFrom: source.inputFiles) {
    try write(TrackQuestion(source, with: model, request.of(source, model), job), $0)
  }
}

/// The same of any input.
///
/// - Parameter inputs: files that must not be replaced.
func writeExplanation<Document: WrittenExplanation>(
  into folder: String, apartFrom inputs: [String], _ write: (String) throws -> Document
) throws -> Document {
  try WrittenFiles.explanation(into: folder).requireApart(from: inputs)
  let stage = try StagedFolder(folder, last: "explanation.json")
  let earlier = EarlierExplanation(in: folder, unpublished: stage.unpublished)
  let document = try stage.fill(write)
  try stage.publish(last: "explanation.json", replaces: earlier.has)
  earlier.remove(keeping: document.allFiles)
  return document
}

extension ExplanationRequest {
  /// What can be asked of a source: stored features have no sound, and a genre where their index says it.
  fileprivate func of(_ source: ExplainedSource, _ model: GenreModel) -> ExplanationRequest {
    guard case .recording(let recording) = source else { return self }
    var request = self
    request.writesSounds = false
    request.trueClass = trueClass ?? recording.label.flatMap { model.labels.contains($0) ? $0 : nil }
    return request
  }
}
