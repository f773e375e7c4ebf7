public import Files
import Foundation
public import Images
public import Networks
public import Tensors

/// A network that describes pictures, with its words and its front end.
///
/// ```swift
/// let model = try CaptionModel(path: "shapes.safetensors")
/// let caption = model.caption(try model.pictureSpec.input(of: Picture(path: "shape.png")))
/// print(caption.text)                                    // a red triangle
/// let maps = try model.maps(of: caption)                 // Grad-CAM of each word
/// ```
public struct CaptionModel: Sendable {
  public var network: Network
  /// In the order of the network's outputs; the first, an empty one, ends a caption.
  public let words: [String]
  public let pictureSpec: PictureSpec

  /// Most words of a caption, with its end.
  public var stepCount: Int { network.architecture.inputs[1].axes[0].extent }

  /// Traps unless words and network fit each other.
  public init(network: Network, words: [String], pictureSpec: PictureSpec) {
    let problem = Self.problem(network.architecture, words, pictureSpec)
    demand(problem == nil, problem ?? "")
    (self.network, self.words, self.pictureSpec) = (network, words, pictureSpec)
  }

  /// A model with random weights for pictures of the spec's size.
  ///
  /// - Parameter captions: all words of the captions, and the longest caption, are taken from them.
  public init(
    captions: [[String]], pictureSpec: PictureSpec, options: CaptionerOptions = CaptionerOptions(),
    seed: UInt64
  ) throws(CodedError) {
    guard let shape = pictureSpec.inputShape else {
      throw CodedError(.invalidSpec, "pictures of one size are needed: give the spec a size or a crop")
    }
    let words = [""] + Set(captions.joined()).subtracting([""]).sorted()
    let longest = captions.map(\.count).max() ?? 0
    guard longest > 0, words.count > 1 else { throw CodedError(.empty, "no words in the captions") }
    let network: Network
    do {
      network = try Network(
        .captioner(
          imageShape: shape, wordCount: words.count, stepCount: longest + 1, options: options), seed: seed)
    } catch {
      throw CodedError(.badInput, "the network cannot be built: \(error)")
    }
    self.init(network: network, words: words, pictureSpec: pictureSpec)
  }

  /// What is wrong with a network for these words, as a clause; nil if nothing is.
  private static func problem(
    _ architecture: Architecture, _ words: [String], _ spec: PictureSpec
  ) -> String? {
    let inputs = architecture.inputs
    guard inputs.count == 2, inputs[1].axes.count == 2, inputs[1].axes[1].extent == words.count else {
      return "the network does not take a picture and \(words.count) words"
    }
    guard words.first == "", words.count > 1, Set(words).count == words.count else {
      return "the words must begin with the empty one and be different"
    }
    return FrontEnd.pictures(spec).problem(with: inputs[0])
  }

  // MARK: - Words as numbers

  /// The words before each step, `[T, K]`: nothing at the first, and nothing after the end. Unknown words are nothing too.
  public func previous(_ caption: [String]) -> Tensor {
    var result = Tensor(shape: [stepCount, words.count])
    for (step, word) in caption.prefix(stepCount - 1).enumerated() {
      if let index = words.firstIndex(of: word) { result[step + 1, index] = 1 }
    }
    return result
  }

  /// The words to say at each step, `[T K]`: the caption, its end, and nothing after it. Traps for an unknown word, and where the caption is too
  /// long.
  public func targets(_ caption: [String]) -> Tensor {
    demand(caption.count < stepCount, "\(caption.count) words for \(stepCount) steps")
    var result = Tensor(shape: [stepCount, words.count])
    for (step, word) in (caption + [""]).enumerated() {
      let index = words.firstIndex(of: word)
      demand(index != nil, "the word '\(word)' is not among \(words)")
      result[step, index ?? 0] = 1
    }
    return result.reshaped([stepCount * words.count])
  }

  // MARK: - Describing

  /// What is said of a picture.
  public struct Caption: Sendable {
    /// The network's input `[3, H, W]`.
    public let input: Tensor
    public let words: [String]
    /// The probability of each word, given those before it.
    public let probabilities: [Double]

    public init(input: Tensor, words: [String], probabilities: [Double]) {
      (self.input, self.words, self.probabilities) = (input, words, probabilities)
    }

    public var text: String { words.joined(separator: " ") }
  }

  /// Describes pictures, each by the most probable word at each step until the end. Cost: a pass for each word.
  public func captions(_ inputs: [Tensor]) -> [Caption] {
    guard !inputs.isEmpty else { return [] }
    let images = Tensor.stack(inputs)
    var said = inputs.map { _ in (words: [String](), probabilities: [Double](), isEnded: false) }
    for step in 0..<stepCount where !said.allSatisfy(\.isEnded) {
      let trace = network.forward(
        forwardInputs(images, said.map(\.words)))
      for item in said.indices where !said[item].isEnded {
        let logits = Array(trace.logits.item(item).values[step * words.count..<(step + 1) * words.count])
        let best = logits.indices.max { (logits[$0], $1) < (logits[$1], $0) } ?? 0
        guard best > 0 else {
          said[item].isEnded = true
          continue
        }
        said[item].words.append(words[best])
        said[item].probabilities.append(Double(softmax(logits)[best]))
      }
    }
    return zip(inputs, said).map { Caption(input: $0, words: $1.words, probabilities: $1.probabilities) }
  }

  /// Describes one picture.
  public func caption(_ input: Tensor) -> Caption { captions([input])[0] }

  private func softmax(_ logits: [Float]) -> [Float] {
    Networks.OutputFunction.softmax.probabilities(logits)
  }

  /// The network's inputs for pictures `[N, 3, H, W]` and the captions so far.
  public func forwardInputs(_ images: Tensor, _ captions: [[String]]) -> [String: Tensor] {
    let names = network.architecture.inputs.map(\.name)
    return [names[0]: images, names[1]: Tensor.stack(captions.map(previous))]
  }

  // MARK: - File

  private struct Description: Codable {
    var architecture: Architecture
    var words: [String]
    var pictureSpec: PictureSpec
  }

  private static let format = "genrelens-captions"

  /// Writes all of it into one safetensors file. Throws ``CodedError``.
  public func write(to path: String) throws(CodedError) {
    let description = Description(
      architecture: network.architecture, words: words, pictureSpec: pictureSpec)
    guard let json = try? JSONDocument.encodeVerbatim(description) else {
      throw CodedError(.outOfRange, "the model's description has a number that is not finite", path: path)
    }
    let entries = [network.parameters, network.state].flatMap { vector in
      vector.entries.map { SafeTensorsFile.Entry(name: $0.name, tensor: vector[$0.name]) }
    }
    let metadata = [
      "format": Self.format, "version": "1", "genrelens": String(decoding: json, as: UTF8.self),
    ]
    try SafeTensorsFile(metadata: metadata, tensors: entries).write(to: path)
  }

  /// Reads such a file, trusting nothing in it. Throws ``CodedError`` for any other file and for one that is damaged.
  public init(path: String) throws(CodedError) {
    let file = try SafeTensorsFile(path: path)
    guard file.metadata["format"] == Self.format, let json = file.metadata["genrelens"] else {
      throw CodedError(.damaged, "not a model of captions: its metadata is missing", path: path)
    }
    guard file.metadata["version"] == "1" else {
      throw CodedError(.futureVersion, "the version of the model of captions is not 1", path: path)
    }
    guard let description = try? JSONDecoder().decode(Description.self, from: Data(json.utf8)) else {
      throw CodedError(.damaged, "the model's description cannot be read", path: path)
    }
    if let problem = Self.problem(description.architecture, description.words, description.pictureSpec) {
      throw CodedError(.damaged, problem, path: path)
    }
    let cost: PassCost
    do { cost = try PassCost(description.architecture, batchSize: 1, kind: .gradients) } catch {
      throw CodedError(.damaged, "the architecture cannot be built: \(error)", path: path)
    }
    if let refusal = cost.refusal { throw CodedError(.tooLarge, refusal, path: path) }
    let network = try Network(description.architecture, arraysOf: file, path: path)
    self.init(network: network, words: description.words, pictureSpec: description.pictureSpec)
  }
}
