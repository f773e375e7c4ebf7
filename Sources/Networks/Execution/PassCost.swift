import Tensors

/// The memory and work that a pass of a network needs, estimated from its architecture alone: nothing is allocated or compiled.
///
/// The bytes are those of all values that are live at the same time (a node's value for each map of the batch, the copy made by a
/// change of layout, and what a recurrent layer keeps for each step), of the parameters, and of their packed form for the
/// kernels. With gradients, every value is kept until the backward pass, and the gradients of two neighbouring nodes are added.
public struct PassCost: Sendable {
  /// The purpose of the pass.
  public enum Kind: Sendable { case inference, gradients, training }

  public let batchSize: Int
  public let byteCount: Double
  /// Those of the values alone.
  let valueByteCount: Double
  /// Number of multiplications in the whole pass.
  public let operationCount: Double
  /// The node with the largest value, and its bytes in the whole batch.
  public let largestNode: (name: String, byteCount: Double)

  /// Throws if the architecture cannot be built.
  public init(_ architecture: Architecture, batchSize: Int, kind: Kind) throws(ArchitectureError) {
    let shapes = try architecture.valueShapes()
    func size(_ name: String) -> Double { Double(shapes[name]?.count ?? 0) * 4 * Double(batchSize) }
    let purpose = Plan.Purpose(
      batchSize: batchSize, isTraining: kind == .training, observed: [], threads: 1,
      usesOwnKernels: ConvolutionKernel.isEnabled)
    var builder = PlanBuilder(architecture, shapes: shapes, purpose: purpose)
    var runs: [PlanBuilder.Run] = []
    while let run = builder.nextRun() { runs.append(run) }
    var lastUse: [String: Int] = [:]
    for (index, run) in runs.enumerated() { for input in run.inputs { lastUse[input] = index } }

    let names = architecture.inputs.map(\.name)
    var live = names.reduce(0) { $0 + size($1) }
    var peak = live
    var largest = (name: names[0], byteCount: live)
    for (index, run) in runs.enumerated() {
      let (input, output) = (
        run.inputs.reduce(0) { $0 + size($1) }, run.outputNames.reduce(0) { $0 + size($1) }
      )
      let inner = run.nodes.reduce(0.0) { sum, node in
        let inputs = node.inputs.compactMap { shapes[$0] }
        guard let result = architecture.resultNames(of: node, shapes).first.flatMap({ shapes[$0] }) else {
          return sum
        }
        return sum + node.layer.innerCount(of: inputs, output: result) * 4 * Double(batchSize)
      }
      live += output + (kind == .inference ? 0 : inner)
      // The copies in another layout, or the gradients of both and of what is inside.
      peak = max(peak, live + input + output + inner)
      if output > largest.byteCount { largest = (run.outputName, output) }
      guard kind == .inference else { continue }
      for name in Set(run.inputs) where lastUse[name] == index { live -= size(name) }
    }
    // The gradients of two nodes live beside the values, and copies of these in the kernels' layout: nearly all of them with
    // oneDNN, those at the ends of a chain with our own.
    let copies = purpose.usesOwnKernels && ConvolutionKernel.level != .none ? 0.1 : 0.9
    if kind != .inference { peak = max(peak, (1 + copies) * live + 2 * largest.byteCount) }

    let arrays = try architecture.arrays(shapes)
    let parameters = arrays.filter { $0.role == .parameter }.reduce(0.0) { $0 + 4 * Double($1.shape.count) }
    // Weights and their packed form; in training also gradients, two moments, and the best epoch's.
    valueByteCount = peak
    byteCount = peak + parameters * (kind == .training ? 6 : 2)
    let perMap = architecture.nodes.reduce(0.0) { sum, node in
      guard let output = architecture.resultNames(of: node, shapes).first.flatMap({ shapes[$0] }) else {
        return sum
      }
      return sum + node.layer.operationCount(of: node.inputs.compactMap { shapes[$0] }, output: output)
    }
    operationCount = perMap * Double(batchSize) * (kind == .inference ? 1 : 3)
    (self.batchSize, largestNode) = (batchSize, largest)
  }

  /// Why the pass is refused, in one clause; nil if it is within ``MemoryLimit``. Multiplications are counted for one map.
  public var refusal: String? {
    MemoryLimit.refusal(
      of: batchSize == 1 ? "a pass of one map" : "a pass of \(batchSize) maps", byteCount: byteCount,
      operations: operationCount / Double(batchSize), part: largestNode)
  }
}

extension Network {
  /// How many inputs one pass can take within ``MemoryLimit``: `most`, a half, a quarter, ... of it, at least one.
  public func passSize(upTo most: Int, _ kind: PassCost.Kind = .inference) -> Int {
    var size = max(1, most)
    while size > 1, (try? PassCost(architecture, batchSize: size, kind: kind))?.refusal != nil { size /= 2 }
    return size
  }
}
