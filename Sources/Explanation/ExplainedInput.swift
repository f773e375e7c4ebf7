import Features
public import Files
public import Networks
public import Tensors

/// One input and the score to explain, for methods with many passes.
public struct ExplainedInput: Sendable {
  public let network: Network
  /// The network's input, without the batch axis.
  public let input: Tensor
  /// The score to explain, with its class.
  public let score: Score
  /// Its value at this input.
  public let scoreValue: Double
  public let layer: String
  /// Number of changed copies per pass.
  public let copiesPerPass: Int
  private let batch: ExplainedBatch
  /// Its place in the batch.
  let index: Int
  /// The pass over the batch; it kept what the method observes.
  var trace: ForwardTrace { batch.trace }
  /// What serves all rounds of scores of this input, and all inputs of a call.
  var pass: SharedWork { batch.pass }
  var call: SharedWork { batch.call }
  /// Asked between passes.
  var job: Job { batch.job }
  /// Which round of scores this is.
  var round: Int { batch.round }

  init(batch: ExplainedBatch, index: Int) {
    (self.batch, self.index) = (batch, index)
    (network, layer, copiesPerPass) = (batch.network, batch.layer, batch.copiesPerPass)
    (input, score) = (batch.inputs.item(index), batch.scores[index])
    scoreValue = score.value(
      logits: batch.trace.logits.item(index).values, network.architecture.outputFunction)
  }

  /// The layer's activation `[C, f, t]` at this input. Traps for methods that read no layer.
  public var activation: Tensor { batch.activations.item(index) }

  /// The input as channels of a map, `[C, F, T]`.
  public var map: Tensor { asMap(input) }

  /// The map's `[F, T]`.
  public var mapShape: Shape { [map.shape[1], map.shape[2]] }

  private var layout: MapLayout { batch.layout(of: batch.inputName, batch.inputs.shape) }

  /// A value with the input's shape as `[C, F, T]`.
  public func asMap(_ value: Tensor) -> Tensor { batch.maps(Tensor.stack([value]), batch.inputName).item(0) }

  /// The baseline for this input, with its shape.
  public func baseline(_ baseline: Baseline, seed: UInt64) throws(CodedError) -> Tensor {
    let flat = map
    return layout.value(
      try baseline.values(
        for: flat, spec: batch.spec, normalization: batch.normalization, seed: seed,
        deviation: batch.inputDeviation))
  }

  /// The input after a Gaussian blur over frequency and time, of the input's shape.
  func blurred(deviation: Double) -> Tensor {
    let flat = map
    let values = (0..<flat.shape[0]).flatMap { Baseline.blurred(flat.item($0), deviation: deviation).values }
    return layout.value(Tensor(values, shape: flat.shape))
  }

  /// The score of each row of logits `[N, K]`.
  public func scores(ofLogits logits: Tensor) -> [Double] {
    (0..<logits.shape[0]).map {
      score.value(logits: logits.item($0).values, network.architecture.outputFunction)
    }
  }

  /// d score / d input for each item of a batch, and each item's score.
  ///
  /// Throws ``CodedError/Code/notFinite`` if the network's scores are not finite, and `interrupted` if the explainer's job is
  /// cancelled.
  public func gradients(_ copies: Tensor) throws(CodedError) -> (gradients: Tensor, scores: [Double]) {
    let trace = try trace(of: copies, observing: batch.inputName)
    return (gradients(trace, of: score), scores(ofLogits: trace.logits))
  }

  /// The sum of d score / d input over the items of batches, each with its weight, for the score of each round: one forward
  /// pass for all rounds.
  func gradientSums(
    _ batches: (_ body: (_ copies: Tensor, _ weights: [Double]) throws(CodedError) -> Void) throws(CodedError)
      -> Void
  ) throws(CodedError) -> [GradientSum] {
    let (scores, shape) = (batch.rounds.map { $0[index] }, input.shape)
    guard network.convolvesBlocks, let front = AffineFront(of: network) else {
      var means = scores.map { _ in GradientMean(count: shape.count) }
      try batches { copies, weights throws(CodedError) in
        let trace = try trace(of: copies, observing: batch.inputName)
        for (place, score) in scores.enumerated() {
          means[place].add(gradients(trace, of: score), weights: weights)
        }
      }
      return means.map { mean in GradientSum(isZero: mean.isZero) { mean.tensor(scale: $0, shape: shape) } }
    }
    // What comes before the first rectifier is linear: the sum of the gradients goes back through it once.
    var sums = scores.map { _ in AffineFront.GradientSum() }
    try batches { copies, weights throws(CodedError) in
      let trace = try trace(of: copies, observing: front.rectified)
      for (place, score) in scores.enumerated() {
        trace.addGradient(of: rows(score, trace), at: front, weights: weights, to: &sums[place])
      }
    }
    let network = network
    return sums.map { sum in
      GradientSum(isZero: sum.isZero) {
        network.inputGradient(of: sum, scale: $0, through: front, inputShape: shape)
      }
    }
  }

  private func trace(of copies: Tensor, observing name: String) throws(CodedError) -> ForwardTrace {
    try job.requireGoingOn()
    let trace = network.forward(copies, observing: [name])
    guard trace.logits.isFinite else {
      throw CodedError(.notFinite, "the network's scores of a changed input are not finite")
    }
    return trace
  }

  private func gradients(_ trace: ForwardTrace, of score: Score) -> Tensor {
    trace.gradient(of: rows(score, trace), at: batch.inputName)
  }

  /// One score for all items.
  private func rows(_ score: Score, _ trace: ForwardTrace) -> Score {
    Score.rows(
      (0..<trace.logits.shape[0]).map { _ in score }, logits: trace.logits,
      network.architecture.outputFunction)
  }

  /// Masked copies of the input: they have the baseline where a mask is 0.
  public func masking(by baseline: Tensor) -> MaskedScoring {
    MaskedScoring(network: network, input: input, baseline: baseline, batchSize: copiesPerPass, job: job)
  }
}
