import Files
import Foundation
public import Networks
public import Tensors

/// Runs a network over examples in inference mode.
public struct Evaluator: Sendable {
  /// Figures over a set of recordings.
  public struct Scores: Sendable, Hashable {
    /// Mean loss per recording; for cross-entropy, in nats.
    public let loss: Float
    /// Share of recordings that are right: those whose largest logit, or largest mean probability over several windows, is that
    /// of their label.
    public let accuracy: Float
  }

  public var network: Network
  /// Defines the meaning of the outputs and the loss.
  public var objective: any Objective = SoftmaxCrossEntropy()
  /// Number of examples per pass, at least 1.
  public var batchSize = 64

  public init(network: Network) {
    self.network = network
  }

  /// Logits of the given examples, shape `[count, K]`.
  ///
  /// For examples with several views, the logarithm of the mean of the softmax probabilities over the views that are not silent.
  public func logits(_ source: some ExampleSource, examples: [Int]) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(examples.count * network.classCount)
    for start in stride(from: 0, to: examples.count, by: batchSize) {
      let part = Array(examples[start..<min(examples.count, start + batchSize)])
      values +=
        source.viewCount == 1
        ? network.forward(network.batch(source.inputs(part), source.otherInputs(part))).logits.values
        : meanLogProbabilities(source, examples: part)
    }
    return Tensor(values, shape: [examples.count, network.classCount])
  }

  private func meanLogProbabilities(_ source: some ExampleSource, examples: [Int]) -> [Float] {
    var sums = [Double](repeating: 0, count: examples.count * network.classCount)
    var counts = [Int](repeating: 0, count: examples.count)
    let classes = network.classCount
    for view in 0..<source.viewCount {
      let heard = examples.indices.filter { source.isHeard(examples[$0], view: view) }
      guard !heard.isEmpty else { continue }
      let own = heard.map { examples[$0] }
      let inputs = network.batch(source.inputs(own, view: view), source.otherInputs(own))
      let said = objective.predictions(network.forward(inputs).logits).values
      for (row, place) in heard.enumerated() {
        counts[place] += 1
        for index in 0..<classes {
          sums[place * classes + index] += Double(said[row * classes + index])
        }
      }
    }
    let means = sums.indices.map { sums[$0] / Double(counts[$0 / classes]) }
    return objective.outputs(ofMeans: means, [examples.count, classes]).values
  }

  /// Loss and accuracy over the recordings of which the given examples are windows. Traps when there are none.
  ///
  /// For several windows, the mean of their softmax probabilities counts, as when a file is classified.
  public func score(_ source: some ExampleSource, examples: [Int]) -> Scores {
    demand(!examples.isEmpty, "no examples to score")
    let recordings = source.recordings
    let units = EpochOrder.units(Array(examples.indices), examples.map { recordings[$0] })
    let logits = joined(logits(source, examples: examples), units)
    let targets = source.targets(
      units.map { examples[$0[0]] }, objective: objective, count: network.classCount)
    return Scores(
      loss: objective.loss(logits, targets: targets).loss,
      accuracy: Float(objective.correctCount(logits, targets: targets)) / Float(units.count))
  }

  /// For each set of rows of `[N, K]` logits the logarithm of their mean probabilities; the row itself where it is alone.
  private func joined(_ logits: Tensor, _ units: [[Int]]) -> Tensor {
    guard units.count < logits.shape[0] else { return logits }
    let classes = logits.shape[1]
    let said = objective.predictions(logits).values
    var means: [Double] = []
    means.reserveCapacity(units.count * classes)
    for unit in units {
      for index in 0..<classes {
        means.append(unit.reduce(0.0) { $0 + Double(said[$1 * classes + index]) } / Double(unit.count))
      }
    }
    var result = objective.outputs(ofMeans: means, [units.count, classes])
    for (row, unit) in units.enumerated() where unit.count == 1 {
      for index in 0..<classes { result[row, index] = logits[unit[0], index] }
    }
    return result
  }
}

extension Tensor {
  /// For each row of `[N, K]` the index of its largest element (the first of several equal ones).
  public func largestIndices() -> [Int] {
    demand(shape.rank == 2, "rows of \(shape)")
    let classes = shape[1]
    return (0..<shape[0]).map { item in
      let row = values[item * classes..<(item + 1) * classes]
      return (row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) } ?? row.startIndex)
        - row.startIndex
    }
  }
}
