public import Files
public import Images
public import Models
import Networks
import Tensors

/// The weights of easy-VQA's network, made a model that answers questions about pictures.
///
/// ```swift
/// let (answers, known) = (try LabelFile(path: "answers.txt").labels, try LabelFile(path: "words.txt").labels)
/// let work = QuestionModelImport(labels: answers, words: known)           // in the order of the network's outputs and inputs
/// let model = try work.model(weights: "easy-vqa.weights.safetensors")
/// let asked = try model.asking(question: "what color is the circle?")
/// ```
///
/// The file is what `Scripts/weights-to-safetensors.py` makes of the model.json of its authors' demonstration (TensorFlow.js), or has
/// the names of ``Networks/Architecture/easyVQA(imageShape:wordCount:answerCount:options:)``. The order of answers and words
/// belongs to the weights: another gives wrong answers. Source: vzhou842/easy-VQA (2019).
public struct QuestionModelImport: Sendable {
  /// What the command calls it.
  public static let networkName = "easy-vqa"

  /// The answers, in the order of the outputs.
  public var labels: [String]
  /// In the order of the network's inputs; the first input may belong to no word.
  public var words: [String]
  public var frontEnd = PictureSpec.easyVQA
  /// For people: where the weights come from.
  public var origin = ""

  public init(labels: [String], words: [String]) { (self.labels, self.words) = (labels, words) }

  /// The model with the weights of a safetensors file. Throws ``CodedError`` as ``ModelImport/model(weights:)`` does, and
  /// `wrongShape` for another number of words than the network reads.
  public func model(weights path: String) throws(CodedError) -> GenreModel {
    guard let shape = frontEnd.inputShape else {
      throw CodedError(.badOption, "\(Self.networkName) takes pictures of one size")
    }
    guard shape[1] >= 8, shape[2] >= 8 else {
      throw CodedError(
        .badOption, "\(Self.networkName) takes pictures of 8 x 8 pixels and more, not \(shape)")
    }
    try ForeignWeights.refuse(path)
    let stored = try SafeTensorsFile(path: path)
    let file = TensorFlowNames(of: stored, shape).file
    let reads = file["question.dense1.weight"]?.shape.dimensions.last ?? words.count
    guard [0, 1].contains(reads - words.count) else {
      throw CodedError(
        .wrongShape, "\(words.count.counted("word")) where the network reads \(reads)", path: path)
    }
    let architecture = Architecture.easyVQA(
      imageShape: shape, wordCount: reads, answerCount: labels.count)
    let network = try Network(architecture, arraysOf: file, path: path)
    var provenance = GenreModel.Provenance()
    (provenance.dataset, provenance.softwareVersion) = (origin, softwareVersion)
    return GenreModel(
      network: network, labels: labels, pictures: frontEnd,
      vocabulary: QuestionVocabulary(words: words, unusedCount: reads - words.count), provenance: provenance)
  }
}

/// The arrays of the original under our names; another file as it is.
private struct TensorFlowNames {
  private static let names = [
    "conv2d_1": "conv1", "conv2d_2": "conv2", "conv2d_3": "conv3", "dense_1": "image.dense",
    "dense_2": "question.dense1", "dense_3": "question.dense2", "dense_4": "question.dense3",
    "dense_5": "answer.dense1", "dense_6": "answer.dense2",
  ]

  let file: SafeTensorsFile

  init(of stored: SafeTensorsFile, _ image: Shape) {
    guard stored["conv2d_1/kernel"] != nil else {
      file = stored
      return
    }
    let tensors = stored.tensors.map { entry -> SafeTensorsFile.Entry in
      let parts = entry.name.split(separator: "/").map(String.init)
      guard parts.count == 2, let module = Self.names[parts[0]], ["kernel", "bias"].contains(parts[1]) else {
        return entry
      }
      let array = parts[1] == "kernel" ? "weight" : "bias"
      var tensor = entry.tensor
      // The map is flattened as [H, W, C] there, as [C, H, W] here.
      let area = (image[1] / 8) * (image[2] / 8)
      if module == "image.dense", array == "weight", tensor.shape.rank == 2, tensor.shape[1] % area == 0 {
        tensor = Self.channelsFirst(tensor, area: area)
      }
      return .init(name: "\(module).\(array)", tensor: tensor)
    }
    // A file with both names is none of theirs.
    let isTheirs = Set(tensors.map(\.name)).count == tensors.count
    file = isTheirs ? SafeTensorsFile(metadata: stored.metadata, tensors: tensors) : stored
  }

  private static func channelsFirst(_ weight: Tensor, area: Int) -> Tensor {
    let (rows, count) = (weight.shape[0], weight.shape[1])
    let (channels, values) = (count / area, weight.values)
    return Tensor(shape: weight.shape) { result in
      for row in 0..<rows {
        for channel in 0..<channels {
          for place in 0..<area {
            result[row * count + channel * area + place] = values[row * count + place * channels + channel]
          }
        }
      }
    }
  }
}
