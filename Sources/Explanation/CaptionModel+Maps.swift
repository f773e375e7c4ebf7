public import Files
public import Models
import Networks
public import Tensors

extension CaptionModel {
  /// What in the picture speaks for each word of a caption and not for another one, given the words before it: the shown part of a method's map of the
  /// word's log-odds at its step, log(p / (1 - p)), `[H, W]` at the input's resolution.
  ///
  /// ```swift
  /// let captioner = try CaptionModel(path: "shapes.safetensors")
  /// let caption = captioner.caption(input)
  /// let maps = try captioner.maps(of: caption)                          // Grad-CAM at the last convolution
  /// let parts = try captioner.maps(of: caption, method: Occlusion())    // which parts of the picture change the word
  /// ```
  ///
  /// Of the logit alone most of a map would be of what all words have in common: softmax does not see it, so training does not hold it down.
  /// A word that the words before it decide has nothing in the picture: its map says so by little more than rounding errors.
  ///
  /// The caption may be the model's own or any other of its words: then it is what would speak for it. Cost: that of the method, for each
  /// word. Throws as the method does; traps for unknown words.
  ///
  /// - Parameter layer: where maps are made, of methods that read one; nil is the last convolution's ReLU, or the convolution.
  public func maps(
    of caption: Caption, layer: String? = nil, method: any ExplanationMethod = .gradCAM
  ) throws(CodedError) -> [Tensor] {
    let convolution = network.convolutionNames.last ?? ""
    let rectified = network.architecture.nodes.first { $0.inputs == [convolution] && $0.layer is ReLU }?.name
    let layer = method.usesLayer ? layer ?? rectified ?? convolution : nil
    let bound: Network
    do {
      bound = try network.binding([network.architecture.inputs[1].name: previous(caption.words)])
    } catch {
      throw CodedError(.notApplicable, "the words cannot be fixed in the network: \(error)")
    }
    let logits = bound.forward(Tensor.stack([caption.input])).logits.item(0).values
    var maps: [Tensor] = []
    for (step, word) in caption.words.enumerated() {
      let index = words.firstIndex(of: word)
      demand(index != nil && step < stepCount, "the word '\(word)' is not among \(words)")
      let score = logOdds(of: index ?? 0, at: step, logits: logits)
      let why = try Explainer(network: bound).explain(
        caption.input, method: method, layer: layer, score: score)
      maps.append(why.upsampledMap)
    }
    return maps
  }

  /// The gradient of log(p / (1 - p)) with respect to the logits of all steps: 1 at the word, and the others' probabilities without it, negative.
  private func logOdds(of word: Int, at step: Int, logits: [Float]) -> Score {
    let row = Array(logits[step * words.count..<(step + 1) * words.count])
    let others = row.indices.filter { $0 != word }
    let probabilities = OutputFunction.softmax.probabilities(others.map { row[$0] })
    var weights = [Float](repeating: 0, count: logits.count)
    weights[step * words.count + word] = 1
    for (other, probability) in zip(others, probabilities) {
      weights[step * words.count + other] = -probability
    }
    return .weighted(Tensor(weights, shape: [logits.count]))
  }
}
