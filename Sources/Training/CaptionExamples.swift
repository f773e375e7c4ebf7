import Files
public import Models
import Networks
public import Tensors

/// Pictures with their captions, to train a ``Models/CaptionModel`` by showing it the words before each (teacher forcing).
///
/// ```swift
/// var captioner = try CaptionModel(path: "shapes.safetensors")
/// let examples = CaptionExamples(captioner, inputs: inputs, captions: captions)
/// let trainer = Trainer(configuration, objective: examples.objective)
/// captioner.network = trainer.fit(captioner.network, source: examples, train: train, valid: valid).network
/// ```
public struct CaptionExamples: ExampleSource {
  private let pictures: [Tensor]
  private let previous: [Tensor]
  private let wanted: [Tensor]
  private let wordsInput: String
  private let wordCount: Int

  public let mapShape: Shape
  /// Without meaning: captions have no classes.
  public var labels: [Int] { Array(repeating: 0, count: pictures.count) }
  public var changesExamples: Bool { false }

  /// Traps unless there is a caption for each picture, of the model's words.
  public init(_ model: CaptionModel, inputs: [Tensor], captions: [[String]]) {
    demand(inputs.count == captions.count, "\(inputs.count) pictures, \(captions.count) captions")
    pictures = inputs
    previous = captions.map(model.previous)
    wanted = captions.map(model.targets)
    (wordsInput, wordCount) = (model.network.architecture.inputs[1].name, model.words.count)
    mapShape = model.network.inputShape
  }

  public var objective: SequenceCrossEntropy { SequenceCrossEntropy(wordCount: wordCount) }

  public func inputs(_ examples: [Int]) -> Tensor { Tensor.stack(examples.map { pictures[$0] }) }

  public func otherInputs(_ examples: [Int]) -> [String: Tensor] {
    [wordsInput: Tensor.stack(examples.map { previous[$0] })]
  }

  public func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor {
    Tensor.stack(examples.map { wanted[$0] })
  }
}
