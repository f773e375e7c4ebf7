import Tensors

/// What a pass of a network asks for, reckoned from its architecture alone: nothing is allocated or compiled.
///
/// Bytes are those of all values that live at one time (a value of a node for each map of the batch, with the copy that a
/// change of layout makes), of parameters and of what the kernels pack from them. With gradients every value stays until the
/// way back, and the gradients of two neighbouring nodes come on top.
public struct PassCost: Sendable {
  /// What the pass is for.
  public enum Kind: Sendable { case inference, gradients, training }

  public let batchSize: Int
  public let byteCount: Double
  /// Those of the values alone.
  let valueByteCount: Double
  /// Multiplications of the whole pass.
  public let operationCount: Double
  /// The node with the largest value, and its bytes in the whole batch.
  public let largestNode: (name: String, byteCount: Double)

  /// Throws where the architecture cannot be built.
  public init(_ architecture: Architecture, batchSize: Int, kind: Kind) throws(ArchitectureError) {
    let shapes = try architecture.outputShapes()
    func size(_ name: String) -> Double { Double(shapes[name]?.count ?? 0) * 4 * Double(batchSize) }
    let purpose = Plan.Purpose(
      batchSize: batchSize, isTraining: kind == .training, observed: [], threads: 1,
      usesOwnKernels: ConvolutionKernel.isEnabled)
    var builder = PlanBuilder(architecture, shapes: shapes, purpose: purpose)
    var runs: [PlanBuilder.Run] = []
    while let run = builder.nextRun() { runs.append(run) }
    var lastUse: [String: Int] = [:]
    for (index, run) in runs.enumerated() { for input in run.inputs { lastUse[input] = index } }

    var (live, peak) = (size(Network.inputName), size(Network.inputName))
    var largest = (name: Network.inputName, byteCount: live)
    for (index, run) in runs.enumerated() {
      let (input, output) = (run.inputs.reduce(0) { $0 + size($1) }, size(run.outputName))
      live += output
      // The copies in another layout, or the gradients of both.
      peak = max(peak, live + input + output)
      if output > largest.byteCount { largest = (run.outputName, output) }
      guard kind == .inference else { continue }
      for name in Set(run.inputs) where lastUse[name] == index { live -= size(name) }
    }
    // The gradients of two nodes live beside the values, and copies of these in the kernels' layout: nearly all of them with
    // oneDNN, those at the ends of a chain with our own.
    let copies = purpose.usesOwnKernels && ConvolutionKernel.level != .none ? 0.1 : 0.9
    if kind != .inference { peak = max(peak, (1 + copies) * live + 2 * largest.byteCount) }

    let arrays = try architecture.arrays(shapes)
    let parameters = arrays.parameters.reduce(0.0) { $0 + 4 * Double($1.1.count) }
    // Weights and their packed form; in training also gradients, two moments, and the best epoch's.
    valueByteCount = peak
    byteCount = peak + parameters * (kind == .training ? 6 : 2)
    let perMap = architecture.nodes.reduce(0.0) { $0 + Self.operations(of: $1, shapes) }
    operationCount = perMap * Double(batchSize) * (kind == .inference ? 1 : 3)
    (self.batchSize, largestNode) = (batchSize, largest)
  }

  private static func operations(of node: Architecture.Node, _ shapes: [String: Shape]) -> Double {
    let output = Double(shapes[node.name]?.count ?? 0)
    guard let input = node.inputs.first.flatMap({ shapes[$0] }) else { return 0 }
    switch node.layer {
    case .convolution(let layer):
      return output * Double(input[0] / layer.groups) * Double(layer.kernel[0]) * Double(layer.kernel[1])
    case .dense: return output * Double(input.count)
    case .pooling(let layer): return output * Double(layer.kernel[0]) * Double(layer.kernel[1])
    default: return Double(input.count)
    }
  }

  /// Why the pass is refused, in one clause; nil where it is within ``MemoryLimit``. Multiplications count for one map.
  public var refusal: String? {
    MemoryLimit.refusal(
      of: batchSize == 1 ? "a pass of one map" : "a pass of \(batchSize) maps", byteCount: byteCount,
      operations: operationCount / Double(batchSize), part: largestNode)
  }
}
