import Tensors

/// A convolution with an average pooling and a ReLU after it, in either order.
///
/// A pooling before the ReLU is folded into the kernel (``WidenedKernel``); one after it needs this package's kernels.
struct ConvolutionFusion: FusionRule {
  /// What stands directly after a convolution and is computed with it.
  struct Tail {
    /// Window of an average pooling before the ReLU, or 1 x 1.
    var poolBefore = [1, 1]
    var relu = false
    /// Window of an average pooling after the ReLU, or 1 x 1.
    var poolBehind = [1, 1]
    /// Another function in place of the ReLU, in inference on oneDNN only.
    var function: Primitive.ResultFunction?

    init() {}

    /// Of nodes that ``ConvolutionFusion/tail(of:behind:in:)`` found.
    init(_ nodes: some Collection<Architecture.Node>) {
      for node in nodes {
        if let pooling = node.layer as? AveragePooling {
          if relu { poolBehind = pooling.kernel } else { poolBefore = pooling.kernel }
        } else {
          relu = true
        }
      }
    }
  }

  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard let convolution = node.layer as? Convolution, convolution.kernel.count == 2 else { return nil }
    let tail = Self.tail(of: convolution, behind: node, in: graph)
    return tail.isEmpty ? nil : [node] + tail
  }

  /// What is computed with a convolution whose result, or a linear function of it, is that of `node`.
  static func tail(
    of convolution: Convolution, behind node: Architecture.Node, in graph: FusionView
  ) -> [Architecture.Node] {
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
    return Array(run.dropFirst())
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation {
    guard let convolution = run[0].layer as? Convolution else { preconditionFailure("no convolution") }
    return convolution.operation(at: site, fused: Tail(run.dropFirst()))
  }
}
