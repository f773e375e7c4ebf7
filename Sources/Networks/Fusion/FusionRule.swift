import Tensors

/// Neighbouring nodes that one operation computes, where nobody observes or replaces what lies between them.
protocol FusionRule: Sendable {
  /// The nodes from `node` on that the rule joins, two or more; nil where it does not apply. Each reads the one before it, and
  /// nothing else that is not computed yet.
  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]?

  /// Their operation; `site` has the inputs that the nodes read of others, in their order, and the result of the last, and the
  /// arrays of the first.
  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation
}

/// What a rule sees of the graph that is being compiled.
struct FusionView {
  let purpose: Plan.Purpose
  /// The one node that reads a value; nil where several do, or somebody observes or replaces it.
  let onlyReader: (String) -> Architecture.Node?
  /// Whether a value is there when the node is computed.
  let isComputed: (String) -> Bool
  /// Whether a gradient may have to pass a node.
  let isDifferentiated: (Architecture.Node) -> Bool
  let shapes: [String: ValueShape]
  /// How the values compiled so far lie.
  let formats: [String: MemoryFormat]
}

/// All rules, the first that applies is taken.
enum FusionRules {
  static let all: [any FusionRule] = [
    ColumnMaximumFusion(),
    ConvolutionNormalizationFusion(),
    ConvolutionFusion(),
    RectifiedPoolingFusion(),
    AttentionFusion(),
    DenseFunctionFusion(),
  ]
}
