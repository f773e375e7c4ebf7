import Files
import Networks
public import Tensors

/// The words of the questions that a network was trained with: how a question becomes a bag of words.
///
/// ```swift
/// let vocabulary = QuestionVocabulary(words: ["what", "color", "is", "the", "circle"], unusedCount: 1)
/// let read = vocabulary.read("What color is the circle?")
/// print(read.known, read.unknown)                        // ["what", "color", "is", "the", "circle"], []
/// let input = vocabulary.input(of: read)                 // [6]: 1 for each word that occurs
/// ```
///
/// Letters, digits and apostrophes make words, in lower case; everything else separates them. The order of the words and how
/// often one occurs are lost: "is no circle present" and "is present no circle" are one question to the network.
public struct QuestionVocabulary: Codable, Sendable, Hashable {
  /// In the order of the network's input.
  public let words: [String]
  /// Elements of the input before that of the first word, always 0: one where words are numbered from 1, as by Keras's `Tokenizer`.
  public let unusedCount: Int

  public init(words: [String], unusedCount: Int = 0) { (self.words, self.unusedCount) = (words, unusedCount) }

  /// Number of elements of the network's input.
  public var inputCount: Int { unusedCount + words.count }

  /// The words of a question.
  public struct Reading: Sendable, Hashable {
    /// Those that the vocabulary has, in the order of the question, each once.
    public let known: [String]
    public let unknown: [String]
  }

  /// The words of a text in lower case.
  public static func words(of text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'") }.map(String.init)
  }

  public func read(_ question: String) -> Reading {
    let vocabulary = Set(words)
    var (known, unknown, seen): ([String], [String], Set<String>) = ([], [], [])
    for word in Self.words(of: question) where seen.insert(word).inserted {
      if vocabulary.contains(word) { known.append(word) } else { unknown.append(word) }
    }
    return Reading(known: known, unknown: unknown)
  }

  /// The network's input: 1 for each known word, whatever its number in the question.
  public func input(of reading: Reading) -> Tensor {
    let known = Set(reading.known)
    let values: [Float] = words.map { known.contains($0) ? 1 : 0 }
    return Tensor([Float](repeating: 0, count: unusedCount) + values, shape: [inputCount])
  }

  /// What is wrong with a network's second input and the words for it; nil if nothing is.
  static func problem(
    _ vocabulary: QuestionVocabulary?, of architecture: Architecture, takesPictures: Bool
  ) -> String? {
    guard let vocabulary else {
      let count = architecture.inputs.count
      return count == 1 ? nil : "the network has \(count) inputs, and the model no words of questions"
    }
    guard takesPictures, architecture.inputs.count == 2 else {
      return "words of questions for a network that takes no picture and question"
    }
    let axes = architecture.inputs[1].axes
    guard axes.count == 1, (0...1 << 16).contains(vocabulary.unusedCount), !vocabulary.words.isEmpty,
      axes[0].extent == vocabulary.inputCount, Set(vocabulary.words).count == vocabulary.words.count
    else {
      return
        "\(Set(vocabulary.words).count) words of questions for an input of \(axes.map(\.description).joined(separator: ", "))"
    }
    return nil
  }
}

/// A question as a model was asked it.
public struct AskedQuestion: Sendable, Hashable {
  /// As it was asked.
  public let text: String
  /// The words that the network got.
  public let words: [String]
  /// Words that it was not trained with, which were left out.
  public let unknownWords: [String]
}
