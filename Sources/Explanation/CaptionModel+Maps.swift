import Files
public import Models
import Networks
public import Tensors

extension CaptionModel {
  /// What in the picture speaks for each word of a caption and not for another one, given the words before it: Grad-CAM of the word's log-odds
  /// at its step, log(p / (1 - p)), `[H, W]` at the input's resolution, nothing below 0.
  ///
  /// Of the logit alone most of the map would be of what all words have in common: softmax does not see it, so training does not hold it down.
  ///
  /// The caption may be the model's own or any other of its words: then it is what would speak for it. Cost: one pass, and one backward for
  /// each word. Traps for unknown words.
  ///
  /// - Parameter layer: where maps are made; nil is the last convolution's ReLU, or the convolution.
  public func maps(of caption: Caption, layer: String? = nil) -> [Tensor] {
    let names = network.architecture.nodes
    let convolution = network.convolutionNames.last ?? ""
    let rectified = names.first { $0.inputs == [convolution] && $0.layer is ReLU }?.name
    let layer = layer ?? rectified ?? convolution
    let trace = network.forward(
      forwardInputs(Tensor.stack([caption.input]), [caption.words]), observing: [layer])
    let activations = trace.activation(at: layer).item(0)
    let size: Shape = [caption.input.shape[1], caption.input.shape[2]]
    return caption.words.enumerated().map { step, word in
      let index = words.firstIndex(of: word)
      demand(index != nil && step < stepCount, "the word '\(word)' is not among \(words)")
      let score = Self.logOdds(of: index ?? 0, at: step, logits: trace.logits.item(0).values, words.count)
      let gradients = trace.gradient(of: score, at: layer).item(0)
      let weights = GradCAM().weights(activations: activations, gradients: gradients)
      let positions = activations.shape[1] * activations.shape[2]
      var sums = [Double](repeating: 0, count: positions)
      for (channel, weight) in weights.enumerated() {
        for position in 0..<positions {
          sums[position] += weight * Double(activations.values[channel * positions + position])
        }
      }
      let map = Tensor(sums.map { Float(max(0, $0)) }, shape: [activations.shape[1], activations.shape[2]])
      return bilinearlyResized(map, to: size)
    }
  }

  /// The gradient of log(p / (1 - p)) with respect to the logits of all steps: 1 at the word, and the others' probabilities without it, negative.
  private static func logOdds(of word: Int, at step: Int, logits: [Float], _ wordCount: Int) -> Score {
    let row = Array(logits[step * wordCount..<(step + 1) * wordCount])
    let others = row.indices.filter { $0 != word }
    let probabilities = OutputFunction.softmax.probabilities(others.map { row[$0] })
    var weights = [Float](repeating: 0, count: logits.count)
    weights[step * wordCount + word] = 1
    for (other, probability) in zip(others, probabilities) {
      weights[step * wordCount + other] = -probability
    }
    return .weighted(Tensor(weights, shape: [logits.count]))
  }
}
