public import Files
import Foundation
import Images

/// Questions about pictures with their answers, as easy-VQA has them: `[["what is the red shape?", "triangle", 0], ...]`.
public struct PictureQuestionList: Sendable {
  /// A question with its answer.
  public struct Item: Sendable, Hashable {
    public let question: String
    public let answer: String
    /// The picture's path.
    public let picture: String
    public let kind: Kind
  }

  /// What a question asks for, by its words in English.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// "What color is the circle?"
    case color
    /// Another question that is not answered by yes or no: "What is the red shape?"
    case thing
    /// Answered by yes or no, of something that is in the picture.
    case present
    /// Answered by yes or no, of something that is not.
    case absent

    /// In a table.
    public var words: String {
      switch self {
      case .color: "which colour"
      case .thing: "which shape"
      case .present: "yes or no, it is there"
      case .absent: "yes or no, it is not"
      }
    }

    /// "no" and "not" turn what yes means.
    init(question: String, answer: String) {
      let words = Set(question.lowercased().split { !$0.isLetter }.map(String.init))
      switch answer {
      case "yes", "no":
        let isNegated = !words.isDisjoint(with: ["no", "not"])
        self = (answer == "yes") != isNegated ? .present : .absent
      default: self = words.isDisjoint(with: ["color", "colour"]) ? .thing : .color
      }
    }
  }

  public let path: String
  public let items: [Item]

  /// Reads the list. Throws ``CodedError`` `damaged` for another document, `empty` for one without a question.
  ///
  /// - Parameter pictures: the folder of the pictures, which are called by number or name, with or without ending.
  public init(path: String, pictures folder: String) throws(CodedError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.contents(path, limit: 1 << 28) } catch {
      throw CodedError(reading: error, path: path)
    }
    guard let rows = try? JSONDecoder().decode([Row].self, from: Data(bytes)) else {
      throw CodedError(
        .damaged, "not a list of questions: [[\"question\", \"answer\", picture], ...] as JSON", path: path)
    }
    guard !rows.isEmpty else { throw CodedError(.empty, "no question in it", path: path) }
    var places: [String: String] = [:]
    items = rows.map { row in
      let place = places[row.picture] ?? Self.file(row.picture, in: folder)
      places[row.picture] = place
      return Item(
        question: row.question, answer: row.answer, picture: place,
        kind: Kind(question: row.question, answer: row.answer))
    }
    self.path = path
  }

  private static func file(_ name: String, in folder: String) -> String {
    let plain = join(folder, name)
    let candidates = [plain] + PictureFormat.fileEndings.sorted().map { "\(plain).\($0)" }
    return candidates.first { FileSystem.exists($0) } ?? "\(plain).png"
  }

  private struct Row: Decodable {
    let question: String
    let answer: String
    let picture: String

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      question = try values.decode(String.self)
      answer = try values.decode(String.self)
      picture = try (try? values.decode(Int.self)).map(String.init) ?? values.decode(String.self)
    }
  }
}
