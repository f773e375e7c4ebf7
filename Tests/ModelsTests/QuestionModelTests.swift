import Files
import Foundation
import Images
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Models that answer questions about pictures.
@Suite(.tags(.hand, .hostile)) struct QuestionModelTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private static let vocabulary = QuestionVocabulary(
    words: ["is", "there", "a", "red", "blue", "shape", "don't"], unusedCount: 1)

  private static func model(seed: UInt64 = 5) throws -> GenreModel {
    var spec = PictureSpec.easyVQA
    spec.resize = .exact(height: 16, width: 16)
    let architecture = Architecture.easyVQA(imageShape: [3, 16, 16], wordCount: 8, answerCount: 3)
    return GenreModel(
      network: try Network(architecture, seed: seed), labels: ["yes", "no", "red"], pictures: spec,
      vocabulary: vocabulary)
  }

  @Test func aQuestionIsABagOfKnownWords() {
    let read = Self.vocabulary.read("Is there a RED, red shape?  Don't!")
    #expect(read.known == ["is", "there", "a", "red", "shape", "don't"] && read.unknown == [])
    #expect(Self.vocabulary.input(of: read).values == [0, 1, 1, 1, 1, 0, 1, 1])
    let other = Self.vocabulary.read("purple-ish red? purple")
    #expect(other.known == ["red"] && other.unknown == ["purple", "ish"])
    #expect(Self.vocabulary.read(" ?! ").known.isEmpty)
  }

  @Test func roundTripIsExact() throws {
    let model = try Self.model()
    try model.write(to: path("a.safetensors"))
    let read = try GenreModel(path: path("a.safetensors"))
    #expect(read.vocabulary == Self.vocabulary && read.labels == model.labels)
    let file = try SafeTensorsFile(path: path("a.safetensors"))
    #expect(file.metadata["version"] == "5")
    try read.write(to: path("b.safetensors"))
    let files = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: path("\($0).safetensors"))) }
    #expect(files[0] == files[1])
    #expect(ModelDescription(of: read).table().contains("questions      of is, there, a, red"))
  }

  /// The answers of the whole network, through a network of pictures alone.
  @Test func askedAQuestionItIsAModelOfPictures() throws {
    let model = try Self.model()
    let asked = try model.asking(question: "is there a red shape?")
    #expect(asked.network.architecture.inputs.count == 1 && asked.question?.words.count == 5)
    let image = Tensor((0..<768).map { Float(sin(Double($0))) }, shape: [1, 3, 16, 16])
    let words = Self.vocabulary.input(of: Self.vocabulary.read("shape red is a there"))
    let whole = model.network.forward(["image": image, "question": Tensor.stack([words])]).logits
    expectClose(asked.network.forward(image).logits.values, whole.values, absolute: 1e-5)
    let other = try model.asking(question: "is there a blue shape?")
    #expect(other.network.forward(image).logits != asked.network.forward(image).logits)
    // It is made of a model, which is the one to keep.
    #expect { try asked.write(to: path("asked.safetensors")) } throws: { ($0 as? CodedError)?.code == .usage }
    #expect { try asked.asking(question: "is there a blue shape?") } throws: {
      ($0 as? CodedError)?.code == .badInput
    }
  }

  @Test func unknownWordsAreNamed() throws {
    let model = try Self.model()
    #expect { try model.asking(question: "is there a purple hexagon?") } throws: { error in
      let error = error as? CodedError
      return error?.code == .unknownWord
        && error?.message.contains("\"purple\", \"hexagon\". The model knows is, there") == true
    }
    #expect { try model.asking(question: "is there a bleu shape?") } throws: {
      ($0 as? CodedError)?.message.contains("did you mean blue?") == true
    }
    let asked = try model.asking(question: "is there a purple hexagon?", unknownWords: .ignore)
    #expect(asked.question?.unknownWords == ["purple", "hexagon"])
    for question in ["", "??", "wo ist es"] {
      #expect { try model.asking(question: question, unknownWords: .ignore) } throws: {
        ($0 as? CodedError)?.code == .unknownWord
      }
    }
  }

  @Test(arguments: [
    ("\"red\"", "\"blue\"", "6 words of questions"), ("\"unusedCount\":1", "\"unusedCount\":3", "7 words"),
    ("\"unusedCount\":1", "\"unusedCount\":-9223372036854775808", "7 words"),
    ("\"vocabulary\":", "\"vocabulari\":", "2 inputs"),
    ("\"words\":[", "\"words\":[1,", "cannot be read"),
  ]) func damagedFilesAreRefused(_ old: String, _ new: String, _ says: String) throws {
    try Self.model().write(to: path("model.safetensors"))
    let file = try SafeTensorsFile(path: path("model.safetensors"))
    var metadata = file.metadata
    let json = try #require(metadata["genrelens"])
    #expect(json.contains(old))
    metadata["genrelens"] = json.replacing(old, with: new)
    try SafeTensorsFile(metadata: metadata, tensors: file.tensors).write(to: path("damaged.safetensors"))
    #expect { try GenreModel(path: path("damaged.safetensors")) } throws: {
      ($0 as? CodedError)?.message.contains(says) == true
    }
  }

  @Test func aModelOfSoundAnswersNoQuestions() throws {
    #expect { try GenreModelTests.model().asking(question: "is there a shape?") } throws: {
      ($0 as? CodedError)?.code == .badInput
    }
  }
}
