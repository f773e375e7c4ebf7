import Tensors

/// The function of a recurrent layer's gates.
public enum GateFunction: String, Codable, Sendable, CaseIterable {
  case sigmoid
  /// clip(0.2 x + 0.5, 0, 1), the default of Keras before version 2.3, and of its ConvLSTM in Keras 2.
  case hardSigmoid = "hard-sigmoid"
}

/// Shapes and arrays that LSTM and GRU over `[T, D]` have in common.
struct RecurrentArrays {
  let gates: Int
  let hiddenCount: Int
  let isBidirectional: Bool
  let hasBias: Bool

  private var suffixes: [String] { isBidirectional ? ["", "_reverse"] : [""] }

  func outputs(of input: ValueShape, kind: String, hasCell: Bool) throws(ArchitectureError) -> [LayerOutput] {
    _ = try input.sequence(of: kind)
    guard (1...1 << 16).contains(hiddenCount) else {
      throw ArchitectureError("\(kind) with \(hiddenCount) hidden units")
    }
    let width = Axis(.feature, suffixes.count * hiddenCount)
    let results = [
      LayerOutput("sequence", shape: ValueShape([input.axes[0], width])),
      LayerOutput("last", shape: ValueShape([width])),
    ]
    return hasCell ? results + [LayerOutput("cell", shape: ValueShape([width]))] : results
  }

  func arrays(of input: ValueShape) -> [LayerArray] {
    let rows = gates * hiddenCount
    // As PyTorch's: uniform in ±1/sqrt(H), whatever the fan-in.
    let initial = LayerArray.InitialValues.uniform(fanIn: hiddenCount)
    return suffixes.flatMap { suffix in
      var arrays = [
        LayerArray("weight_ih_l0" + suffix, [rows, input[1]], initial: initial),
        LayerArray("weight_hh_l0" + suffix, [rows, hiddenCount], initial: initial),
      ]
      if hasBias {
        arrays += ["bias_ih_l0", "bias_hh_l0"].map { LayerArray($0 + suffix, [rows], initial: initial) }
      }
      return arrays
    }
  }

  func operationCount(of input: ValueShape) -> Double {
    Double(suffixes.count * gates * input[0]) * Double(hiddenCount) * Double(input[1] + hiddenCount)
  }

  /// The gates of each step, the state before it, and an LSTM's cell or a GRU's product for the new state.
  func innerCount(of output: ValueShape) -> Double { Double(gates + 2) * Double(output.count) }

  func sizes(at site: LayerSite) -> RecurrentSizes {
    let shape = site.inputs[0].shape
    return RecurrentSizes(
      rows: shape[0], steps: shape[1], units: hiddenCount, directions: suffixes.count, site: site)
  }

  /// The names in the network of one direction's arrays.
  func names(
    at site: LayerSite, isReversed: Bool
  ) -> (input: String, hidden: String, biases: [String]) {
    let suffix = isReversed ? "_reverse" : ""
    return (
      site.array("weight_ih_l0" + suffix), site.array("weight_hh_l0" + suffix),
      hasBias ? ["bias_ih_l0", "bias_hh_l0"].map { site.array($0 + suffix) } : []
    )
  }
}
