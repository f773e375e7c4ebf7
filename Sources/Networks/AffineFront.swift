import Files
import Synchronization
package import Tensors

/// The layers before a network's first rectifier, where they are affine in the input: convolutions, average poolings and batch
/// normalisations in a row, each read by the next alone.
///
/// The gradient of a sum of scores is the sum of the gradients at the front's end, taken back through the front once. So a mean
/// of gradients over many copies of an input needs the first layer's backward pass once and not for each copy.
package struct AffineFront: Sendable {
  /// The last value that is affine in the input, and what the rectifier makes of it.
  package let affine: String
  package let rectified: String

  /// Nil where the network does not begin so.
  package init?(of network: Network) {
    let architecture = network.architecture
    guard architecture.inputs.count == 1 else { return nil }
    var value = architecture.inputs[0].name
    while !architecture.outputNames.contains(value) {
      let readers = architecture.nodes.filter { $0.inputs.contains(value) }
      guard readers.count == 1, readers[0].inputs == [value] else { return nil }
      if readers[0].layer is ReLU {
        guard value != architecture.inputs[0].name else { return nil }
        (affine, rectified) = (value, readers[0].name)
        return
      }
      guard
        readers[0].layer is Convolution || readers[0].layer is AveragePooling
          || readers[0].layer is BatchNormalization
      else { return nil }
      value = readers[0].name
    }
    return nil
  }

  /// A weighted sum of gradients at the front's end, before the rectifier, in double precision.
  package struct GradientSum: Sendable {
    /// In the order in which the values lie; empty before the first gradient.
    fileprivate var values: [Double] = []
    fileprivate var layout: MemoryFormat?
    /// Whether every gradient so far was zero.
    package fileprivate(set) var isZero = true

    package init() {}
  }

  /// How a value lies whose gradients are summed up.
  fileprivate static func layout(_ shape: Shape) -> MemoryFormat {
    shape.rank == 4 ? .channelsLast(shape) : .plain(shape)
  }
}

extension ForwardTrace {
  /// Adds d score / d value at the end of a front, with one weight for each item of the batch, to a sum. The pass must have
  /// observed ``AffineFront/rectified``.
  package func addGradient(
    of score: Score, at front: AffineFront, weights: [Double], to sum: inout AffineFront.GradientSum
  ) {
    demand(weights.count == logits.shape[0], "\(weights.count) weights for \(logits.shape[0]) items")
    pass.withLock { box in
      let plan = box.plan
      let place = index(of: front.rectified, in: plan)
      ThreadPolicy.adoptOnThisThread(plan.purpose.threads)
      var context = BackwardContext(
        stream: OneDNNStream(), pool: network.cache.pool, parameters: network.parameters,
        state: network.state, rule: .ordinary, replacements: replacements)
      let start = NativeMemory(
        score.gradient(logits: logits, network.architecture.outputFunction), context.pool)
      let results = plan.backward(from: [plan.outputValue: start], to: [place], rule: .ordinary, &context)
      let layout = AffineFront.layout(plan.formats[place].shape)
      guard let value = plan.values[place] else { preconditionFailure("'\(front.rectified)' was not kept") }
      let count = layout.shape.count / weights.count
      if sum.values.isEmpty { sum.values = [Double](repeating: 0, count: count) }
      sum.layout = AffineFront.layout(Shape([1] + layout.shape.dimensions.dropFirst()))
      guard let result = results[place] else { return }
      let (rectified, gradient) = (
        context.converted(value, to: layout), context.converted(result, to: layout)
      )
      let isAny = Sums.addGated(
        gradient, where: rectified, weights: weights, to: &sum.values, threads: plan.purpose.threads)
      if isAny { sum.isZero = false }
    }
  }
}

extension Network {
  /// A sum of gradients at the end of a front, times a scale, taken back to an input of this shape without the batch axis.
  package func inputGradient(
    of sum: AffineFront.GradientSum, scale: Double, through front: AffineFront, inputShape shape: Shape
  ) -> Tensor {
    let input = architecture.inputs[0].name
    guard let layout = sum.layout else { return Tensor(shape: shape) }
    let threads = ThreadPolicy.kernelThreads
    ThreadPolicy.adoptOnThisThread(threads)
    var purpose = Plan.Purpose(
      batchSize: 1, isTraining: false, observed: [input, front.affine].sorted(), threads: threads,
      usesOwnKernels: ConvolutionKernel.isEnabled)
    purpose.foldsNormalization = foldsNormalization
    purpose.extents = shape == inputShape ? [] : [shape.dimensions]
    let plan = cache.checkOut(architecture, shapes: shapes(purpose.extents), purpose: purpose)
    defer { cache.giveBack(plan) }
    guard let source = plan.valueOfNode[input], let end = plan.valueOfNode[front.affine] else {
      preconditionFailure("no front to \(front.affine)")
    }
    var forward = ForwardContext(
      stream: OneDNNStream(), pool: cache.pool, parameters: parameters, state: state, isTraining: false,
      seed: 0)
    plan.values[source] = NativeMemory(Tensor(shape: Shape([1] + shape.dimensions)), cache.pool)
    for step in plan.steps where plan.values[end] == nil { plan.run(step, &forward) }
    var context = BackwardContext(
      stream: OneDNNStream(), pool: cache.pool, parameters: parameters, state: state, rule: .ordinary)
    let start = NativeMemory(layout, from: cache.pool)
    start.withFloats { target in
      for place in target.indices { target[place] = Float(sum.values[place] * scale) }
    }
    let gradient = context.converted(start, to: plan.formats[end])
    let results = plan.backward(from: [end: gradient], to: [source], &context)
    return results[source]?.plainTensor(context.stream, cache.pool).item(0) ?? Tensor(shape: shape)
  }
}
