import Files
import Foundation
import Networks
public import Tensors

/// Softmax and cross-entropy at each step of a sequence: what a decoder that is shown the previous words minimises.
///
/// Outputs and targets are `[N, T K]`: K numbers for each of T steps. The loss is the mean of `-sum over k of t[n, s, k] log softmax(x[n, s])[k]`
/// over all steps with a target; a step whose targets are all 0, after the end of a sequence, counts for nothing. A sequence is right when all
/// its steps are.
public struct SequenceCrossEntropy: Objective {
  public static let name = "sequence-cross-entropy"

  /// Words: K.
  public let wordCount: Int

  /// Traps unless there are words.
  public init(wordCount: Int) {
    demand(wordCount > 0, "\(wordCount) words")
    self.wordCount = wordCount
  }

  /// The first word of each sequence. Sources of sequences give their own targets.
  public func targets(ofClasses classes: [Int], count: Int) -> Tensor {
    var result = Tensor(shape: [classes.count, count])
    for (item, label) in classes.enumerated() { result[item, label] = 1 }
    return result
  }

  private func steps(_ tensor: Tensor) -> Tensor {
    demand(
      tensor.shape.rank == 2 && tensor.shape[1] % wordCount == 0,
      "\(tensor.shape) for steps of \(wordCount) words")
    return tensor.reshaped([tensor.count / wordCount, wordCount])
  }

  public func loss(_ outputs: Tensor, targets: Tensor) -> BatchLoss {
    demand(outputs.shape == targets.shape, "outputs \(outputs.shape), targets \(targets.shape)")
    let (logits, wanted) = (steps(outputs), steps(targets))
    let rows = 0..<logits.shape[0]
    let mass = rows.map { row in wanted.values[row * wordCount..<(row + 1) * wordCount].reduce(0, +) }
    let count = Float(max(1, mass.count { $0 > 0 }))
    var gradient = Tensor(shape: logits.shape)
    var total = 0.0
    gradient.withMutableSpan { gradient in
      for row in rows where mass[row] > 0 {
        let range = row * wordCount..<(row + 1) * wordCount
        let maximum = logits.values[range].max() ?? 0
        let logSum = maximum + log(logits.values[range].reduce(0) { $0 + exp($1 - maximum) })
        for index in range {
          let logProbability = logits.values[index] - logSum
          total -= Double(wanted.values[index] * logProbability)
          gradient[index] = (mass[row] * exp(logProbability) - wanted.values[index]) / count
        }
      }
    }
    return BatchLoss(loss: Float(total / Double(count)), gradient: gradient.reshaped(outputs.shape))
  }

  public func predictions(_ outputs: Tensor) -> Tensor { softmax(steps(outputs)).reshaped(outputs.shape) }

  public func outputs(ofMeans means: [Double], _ shape: Shape) -> Tensor {
    Tensor(means.map { Float(log(max($0, 1e-38))) }, shape: shape)
  }

  /// Number of sequences whose every step with a target is right.
  public func correctCount(_ outputs: Tensor, targets: Tensor) -> Int {
    let (said, wanted) = (steps(outputs).largestIndices(), steps(targets))
    let words = wanted.largestIndices()
    let length = outputs.shape[1] / wordCount
    return (0..<outputs.shape[0]).count { item in
      (item * length..<(item + 1) * length).allSatisfy { step in
        wanted[step, words[step]] == 0 || said[step] == words[step]
      }
    }
  }
}
