public import Files
import Tensors

extension Network {
  /// The same network with some of its logits only, in this order.
  ///
  /// A last dense layer loses the rows of the others, so that what reads the layers before it, such as CAM, works as before; any
  /// other end is followed by a dense layer named `kept`, whose weights are 0 and 1. Traps for a row that does not exist.
  public func keepingLogits(_ rows: [Int]) throws(CodedError) -> Network {
    demand(!rows.isEmpty && rows.allSatisfy((0..<classCount).contains), "logits \(rows) of \(classCount)")
    var graph = architecture
    let logits = architecture.outputNames[0]
    let last = graph.nodes.firstIndex { $0.name == logits }
    var changed: [String: Tensor] = [:]
    if let last, var dense = graph.nodes[last].layer as? Dense, graph.nodes[last].arrays.isEmpty {
      dense.outputCount = rows.count
      graph.nodes[last].layer = dense
      for end in dense.hasBias ? ["weight", "bias"] : ["weight"] {
        let array = parameters["\(logits).\(end)"]
        let width = array.count / classCount
        let kept = rows.flatMap { array.values[$0 * width..<($0 + 1) * width] }
        changed["\(logits).\(end)"] = Tensor(
          kept, shape: Shape([rows.count] + array.shape.dimensions.dropFirst()))
      }
    } else {
      var name = "kept"
      while network(has: name) { name += "-" }
      graph.nodes.append(.init(name, Dense(outputCount: rows.count, hasBias: false), inputs: [logits]))
      graph.outputs = [name] + graph.outputs.dropFirst()
      let choice = rows.flatMap { row in (0..<classCount).map { $0 == row ? Float(1) : 0 } }
      changed["\(name).weight"] = Tensor(choice, shape: [rows.count, classCount])
    }
    var result: Network
    do { result = try Network(graph, seed: 0) } catch {
      throw CodedError(.notApplicable, "the network's last layer cannot be cut: \(error)")
    }
    for entry in result.parameters.entries {
      result.parameters[entry.name] = changed[entry.name] ?? parameters[entry.name]
    }
    result.state = state
    (result.trainingPrecision, result.foldsNormalization) = (trainingPrecision, foldsNormalization)
    (result.convolvesBlocks, result.frozenNodes) = (convolvesBlocks, frozenNodes)
    return result
  }

  private func network(has name: String) -> Bool {
    architecture.nodes.contains { $0.name == name } || architecture.inputs.contains { $0.name == name }
  }
}
