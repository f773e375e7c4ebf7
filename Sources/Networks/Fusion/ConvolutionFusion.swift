import Tensors

/// A convolution with an average pooling and a ReLU behind it, in either order.
///
/// A pooling before the ReLU is folded into the kernel (``WidenedKernel``); one behind it needs this package's kernels.
struct ConvolutionFusion: FusionRule {
  /// What stands directly behind a convolution and is computed with it.
  struct Tail {
    /// Window of an average pooling before the ReLU, or 1 x 1.
    var poolBefore = [1, 1]
    var relu = false
    /// Window of an average pooling behind the ReLU, or 1 x 1.
    var poolBehind = [1, 1]
  }

  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard let convolution = node.layer as? Convolution, convolution.kernel.count == 2 else { return nil }
    var run = [node]
    func next() -> Architecture.Node? { graph.onlyReader(run[run.count - 1].name) }
    func pooling() -> Architecture.Node? {
      guard let node = next(), let pooling = node.layer as? AveragePooling, pooling.averagesDisjointWindows
      else { return nil }
      return node
    }
    if convolution.stride == [1, 1], convolution.dilation == [1, 1], let pooling = pooling() {
      run.append(pooling)
    }
    if let relu = next(), relu.layer is ReLU { run.append(relu) }
    if convolution.usesOwnKernel(graph.purpose), run.count == 2, run[1].layer is ReLU,
      let pooling = pooling()
    {
      run.append(pooling)
    }
    return run.count > 1 ? run : nil
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any Operation {
    guard let convolution = run[0].layer as? Convolution else { preconditionFailure("no convolution") }
    var tail = Tail()
    for node in run.dropFirst() {
      if let pooling = node.layer as? AveragePooling {
        if tail.relu { tail.poolBehind = pooling.kernel } else { tail.poolBefore = pooling.kernel }
      } else {
        tail.relu = true
      }
    }
    return convolution.operation(at: site, fused: tail)
  }
}
