public import Files
public import Models

/// A model's answer to a question about a picture.
///
/// ```swift
/// let answers = try model.answers(to: ["what color is the circle?", "is there a circle?"], about: "shape.png")
/// for answer in answers { print(answer.question, answer.label, answer.probabilities[answer.label] ?? 0) }
/// ```
public struct PictureAnswer: Sendable, Codable, Equatable {
  public let path: String
  public let question: String
  /// Words that the model does not know, which were left out; nil if there are none.
  public let unknownWords: [String]?
  /// The most probable answer.
  public let label: String
  public let probabilities: [String: Double]
  /// Damages of the picture that the decoder passed over.
  public let notes: [String]
}

extension GenreModel {
  /// Answers questions about a picture, in their order. Throws as ``Models/GenreModel/asking(question:unknownWords:)`` does, and for
  /// a file that cannot be read.
  public func answers(
    to questions: [String], about picture: String, unknownWords: UnknownWords = .refuse
  ) throws(CodedError) -> [PictureAnswer] {
    var answers: [PictureAnswer] = []
    for question in questions {
      let asked = try asking(question: question, unknownWords: unknownWords)
      let seen = try PictureClassifier(asked).look(at: picture).classification
      let unknown = asked.question?.unknownWords ?? []
      answers.append(
        PictureAnswer(
          path: picture, question: question, unknownWords: unknown.isEmpty ? nil : unknown, label: seen.label,
          probabilities: seen.probabilities, notes: seen.notes))
    }
    return answers
  }
}
