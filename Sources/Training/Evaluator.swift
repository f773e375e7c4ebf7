import Files
import Foundation
public import Networks
public import Tensors

/// Runs a network over examples in inference mode.
public struct Evaluator: Sendable {
  /// Figures over a set of recordings.
  public struct Scores: Sendable, Hashable {
    /// Mean cross-entropy of a recording, in nats.
    public let loss: Float
    /// Share of recordings whose largest logit, or mean probability of several windows, is their label's.
    public let accuracy: Float
  }

  public let network: Network
  /// Examples run at once, at least 1.
  public var batchSize = 64

  public init(network: Network) {
    self.network = network
  }

  /// Logits of the given examples, shape `[count, K]`.
  ///
  /// Of examples with several views, the logarithm of the mean of the softmax probabilities over the views that have something to hear.
  public func logits(_ source: some ExampleSource, examples: [Int]) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(examples.count * network.classCount)
    for start in stride(from: 0, to: examples.count, by: batchSize) {
      let part = Array(examples[start..<min(examples.count, start + batchSize)])
      values +=
        source.viewCount == 1
        ? network.forward(source.inputs(part)).logits.values : meanLogProbabilities(source, examples: part)
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
      let inputs = source.inputs(heard.map { examples[$0] }, view: view)
      let probabilities = network.forward(inputs).probabilities.values
      for (row, place) in heard.enumerated() {
        counts[place] += 1
        for index in 0..<classes {
          sums[place * classes + index] += Double(probabilities[row * classes + index])
        }
      }
    }
    // A probability of zero must stay a number.
    return sums.indices.map { Float(log(max(sums[$0] / Double(counts[$0 / classes]), 1e-38))) }
  }

  /// Loss and accuracy over the recordings that the given examples are windows of. Traps when there are none.
  ///
  /// Of several windows the mean of their softmax probabilities counts, as where a file is classified.
  public func score(_ source: some ExampleSource, examples: [Int]) -> Scores {
    demand(!examples.isEmpty, "no examples to score")
    let recordings = source.recordings
    let units = EpochOrder.units(Array(examples.indices), examples.map { recordings[$0] })
    let logits = Self.joined(logits(source, examples: examples), units)
    let labels = units.map { source.labels[examples[$0[0]]] }
    let targets = CrossEntropy.targets(labels, classCount: network.classCount)
    let correct = zip(logits.largestIndices(), labels).count { $0 == $1 }
    return Scores(
      loss: CrossEntropy(logits: logits, targets: targets).loss,
      accuracy: Float(correct) / Float(units.count))
  }

  /// For each set of rows of `[N, K]` logits the logarithm of their mean probabilities; the row itself where it is alone.
  private static func joined(_ logits: Tensor, _ units: [[Int]]) -> Tensor {
    guard units.count < logits.shape[0] else { return logits }
    let classes = logits.shape[1]
    let probabilities = softmax(logits).values
    var values: [Float] = []
    values.reserveCapacity(units.count * classes)
    for unit in units {
      for index in 0..<classes {
        guard unit.count > 1 else {
          values.append(logits.values[unit[0] * classes + index])
          continue
        }
        let sum = unit.reduce(0.0) { $0 + Double(probabilities[$1 * classes + index]) }
        // A probability of zero must stay a number.
        values.append(Float(log(max(sum / Double(unit.count), 1e-38))))
      }
    }
    return Tensor(values, shape: [units.count, classes])
  }
}

extension Tensor {
  /// For each row of `[N, K]` the index of its largest element (the first of equals).
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
