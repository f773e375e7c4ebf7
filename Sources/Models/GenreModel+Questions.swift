public import Files
public import Images
public import Networks
import Tensors

/// What becomes of the words of a question that a model does not know.
public enum UnknownWords: String, Sendable, CaseIterable {
  /// The question is refused.
  case refuse
  /// They are left out, if a word is left.
  case ignore
}

extension GenreModel {
  /// A model that answers questions about pictures. Traps when labels, words and network do not fit each other.
  public init(
    network: Network, labels: [String], pictures spec: PictureSpec, vocabulary: QuestionVocabulary,
    provenance: Provenance = Provenance()
  ) {
    self.init(network: network, labels: labels, pictures: spec, provenance: provenance)
    let problem = QuestionVocabulary.problem(vocabulary, of: network.architecture, takesPictures: true)
    demand(problem == nil, problem ?? "")
    self.vocabulary = vocabulary
  }

  /// The model for one question: a classifier of pictures, whose classes are the answers. Everything that classifies and explains
  /// pictures works with it.
  ///
  /// ```swift
  /// let vqa = try GenreModel(path: "easy-vqa.safetensors")
  /// let asked = try vqa.asking(question: "what color is the circle?")
  /// let why = try asked.explain(picture: "shape.png", output: "Output/why")
  /// print(why.label, why.how.probability)                                  // blue 0.98
  /// ```
  ///
  /// The question's part of the network is computed here, once. Throws ``CodedError`` `badInput` for a model that answers no
  /// questions, and `unknownWord` for words that it was not trained with, unless they are to be ignored and another is left.
  public func asking(
    question text: String, unknownWords: UnknownWords = .refuse
  ) throws(CodedError) -> GenreModel {
    guard let vocabulary, question == nil else {
      throw CodedError(.badInput, "the model\(name.map { " \($0)" } ?? "") answers no questions")
    }
    let read = vocabulary.read(text)
    guard !read.known.isEmpty, read.unknown.isEmpty || unknownWords == .ignore else {
      throw CodedError(.unknownWord, Self.unknown(read, of: vocabulary))
    }
    let asked = AskedQuestion(text: text, words: read.known, unknownWords: read.unknown)
    return try bound(to: vocabulary.input(of: read), asked)
  }

  /// The model without any word of a question: what it answers to nothing, a control.
  package func askingNothing() throws(CodedError) -> GenreModel {
    guard let vocabulary, question == nil else {
      throw CodedError(.badInput, "the model\(name.map { " \($0)" } ?? "") answers no questions")
    }
    return try bound(
      to: Tensor(shape: [vocabulary.inputCount]), AskedQuestion(text: "", words: [], unknownWords: []))
  }

  private func bound(to input: Tensor, _ asked: AskedQuestion) throws(CodedError) -> GenreModel {
    let name = network.architecture.inputs[1].name
    let bound: Network
    do { bound = try network.binding([name: input]) } catch {
      throw CodedError(.badInput, "the network cannot be asked one question: \(error)")
    }
    var model = GenreModel(
      network: bound, labels: labels, frontEnd: frontEnd, normalization: normalization,
      provenance: provenance, temperature: temperature
    ).takingOver(self)
    model.question = asked
    return model
  }

  private static func unknown(_ read: QuestionVocabulary.Reading, of vocabulary: QuestionVocabulary) -> String
  {
    let known = vocabulary.words.prefix(100).joined(separator: ", ")
    guard !read.unknown.isEmpty else { return "a question without a word: the model knows \(known)" }
    let words = read.unknown.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
    let rest = read.unknown.count > 5 ? " and \(read.unknown.count - 5) more" : ""
    let near =
      read.unknown.count == 1 ? suggestion(for: read.unknown[0], among: vocabulary.words) : ""
    let end = near.isEmpty ? "." : ""
    return
      "\(read.known.isEmpty ? "no known word in the question" : "unknown in the question"): \(words)\(rest)\(near)\(end) The model knows \(known)"
  }
}
