import Tensors

/// Attention in one pass: scores `scale Q K^T`, a mask added to them, softmax, times V.
///
/// Never all scores lie in memory. It applies to four or five nodes (with dropout, outside training only) of which nobody
/// observes or replaces the scores or the weights. Values differ from those of the single nodes by rounding.
struct AttentionFusion: FusionRule {
  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard let scores = node.layer as? MatrixProduct, !scores.transposesFirst, scores.transposesSecond else {
      return nil
    }
    var run = [node]
    func next() -> Architecture.Node? { graph.onlyReader(run[run.count - 1].name) }
    if let sum = next(), sum.layer is Add {
      guard sum.inputs.count == 2, sum.inputs[0] == node.name, graph.isComputed(sum.inputs[1]) else {
        return nil
      }
      run.append(sum)
    }
    guard let softmax = next(), let layer = softmax.layer as? Softmax else { return nil }
    run.append(softmax)
    if let dropout = next(), dropout.layer is Dropout {
      guard !graph.purpose.isTraining else { return nil }
      run.append(dropout)
    }
    guard let heads = next(), let product = heads.layer as? MatrixProduct, !product.transposesFirst,
      !product.transposesSecond, product.scale == 1, heads.inputs[0] == run[run.count - 1].name,
      graph.isComputed(heads.inputs[1])
    else { return nil }
    run.append(heads)
    return fits(run, softmaxAxis: layer.axis, graph) ? run : nil
  }

  /// Whether Q, K and V have the same axes before the last two, and the mask those of the scores or extents of 1.
  private func fits(_ run: [Architecture.Node], softmaxAxis: Int, _ graph: FusionView) -> Bool {
    let (first, last) = (run[0], run[run.count - 1])
    guard let q = graph.shapes[first.inputs[0]], let k = graph.shapes[first.inputs[1]],
      let v = graph.shapes[last.inputs[1]], let scores = graph.shapes[first.name]
    else { return false }
    func leading(_ shape: ValueShape) -> [Int] { shape.axes.dropLast(2).map(\.extent) }
    guard softmaxAxis == -1 || softmaxAxis == scores.rank - 1, leading(q) == leading(k),
      leading(q) == leading(v),
      q.isBatched == k.isBatched, q.isBatched == v.isBatched
    else { return false }
    guard run[1].layer is Add else { return true }
    guard let mask = graph.shapes[run[1].inputs[1]], graph.shapes[run[1].name]?.shape == scores.shape,
      mask.isBatched == false || scores.isBatched, mask.axes.last?.extent == scores.axes.last?.extent
    else { return false }
    let before = leading(mask).reduce(1, *)
    return before == 1 || leading(mask) == leading(scores)
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation {
    guard let scores = run[0].layer as? MatrixProduct else { preconditionFailure("no scores") }
    return AttentionOperation(scale: scores.scale, hasMask: run[1].layer is Add, site: site)
  }
}

/// Inputs are Q, K, the mask if there is one, and V.
final class AttentionOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let keepsOutput = true
  private let inputFormats: [MemoryFormat]
  private let kernel: AttentionKernel
  private let hasMask: Bool
  private let keeps: Bool
  /// What the way back computes the weights from.
  private var offsets: NativeMemory?

  init(scale: Float, hasMask: Bool, site: LayerSite) {
    let shapes = site.inputs.map { $0.shape.dimensions }
    let (q, k, v) = (shapes[0], shapes[1], shapes[shapes.count - 1])
    func middle(_ extents: [Int]) -> Int { extents.dropFirst().dropLast(2).reduce(1, *) }
    var mask: (items: Int, heads: Int, queries: Int)?
    if hasMask {
      let extents = shapes[2]
      mask = (extents[0], middle(extents), extents.count > 2 ? extents[extents.count - 2] : 1)
    }
    kernel = AttentionKernel(
      items: q[0], heads: middle(q), queries: q[q.count - 2], keys: k[k.count - 2], width: q[q.count - 1],
      valueWidth: v[v.count - 1], scale: scale, mask: mask, threads: site.threads)
    inputFormats = site.inputs
    outputFormat = .plain(site.outputs[0])
    self.hasMask = hasMask
    keeps = site.isDifferentiated
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let offsets = context.memory(.plain([kernel.items * kernel.heads * kernel.queries]))
    let plain = inputs.map { context.converted($0, to: .plain($0.format.shape)) }
    kernel.forward(operands(plain), into: result, offsets: offsets, context.pool)
    if keeps { self.offsets = offsets }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let plain = inputs.compactMap { memory in
      memory.map { context.converted($0, to: .plain($0.format.shape)) }
    }
    guard let output, let offsets, plain.count == inputFormats.count else {
      preconditionFailure("a gradient without a pass that keeps")
    }
    let results = inputFormats.enumerated().map { index, format -> NativeMemory? in
      let isMask = hasMask && index == 2
      guard !isMask || wanted[index] else { return nil }
      let memory = context.memory(.plain(format.shape))
      if isMask { memory.withFloats { values in for index in 0..<values.count { values[index] = 0 } } }
      return memory
    }
    guard let q = results[0], let k = results[1], let v = results[results.count - 1] else { return [] }
    kernel.backward(
      gradient, operands(plain), result: output, offsets: offsets,
      into: .init(q: q, k: k, v: v, mask: hasMask ? results[2] : nil), context.pool)
    return results.enumerated().map { index, result in
      wanted[index] ? result.map { context.converted($0, to: inputFormats[index]) } : nil
    }
  }

  private func operands(_ inputs: [NativeMemory]) -> AttentionKernel.Operands {
    .init(q: inputs[0], k: inputs[1], v: inputs[inputs.count - 1], mask: hasMask ? inputs[2] : nil)
  }

  func reset() { offsets = nil }
}
