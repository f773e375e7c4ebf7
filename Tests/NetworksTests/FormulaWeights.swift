import Networks
import Tensors

/// The weights of Golden/formula_weights.py, to the last bit, so that golden files hold only results.
enum FormulaWeights {
  /// Numbers in -1 ..< 1: Chris Wellons's 32-bit hash of the place and of the array's number.
  static func uniform(_ count: Int, array: Int) -> [Float] {
    let start = UInt32(truncatingIfNeeded: array) &* 0x85EB_CA6B
    return (0..<UInt32(count)).map { index in
      var hash = index &* 0x9E37_79B9 &+ start
      hash ^= hash &>> 16
      hash = hash &* 0x7FEB_352D
      hash ^= hash &>> 15
      hash = hash &* 0x846C_A68B
      hash ^= hash &>> 16
      return Float(hash &>> 8) / 8_388_608 - 1
    }
  }

  /// Fills all arrays, which are numbered in the order of their names in the origin's file.
  static func fill(_ network: inout Network, naming: ArrayNaming = ArrayNaming(), scale: Float = 1) {
    let entries = network.parameters.entries + network.state.entries
    let ordered = entries.map { (name: naming[$0.name].name, entry: $0) }.sorted { $0.name < $1.name }
    for (number, (name, entry)) in ordered.enumerated() {
      var values = uniform(entry.shape.count, array: number)
      let dimensions = entry.shape.dimensions
      if dimensions.count > 1 {
        let factor = Float((6 / Double(dimensions.dropFirst().reduce(1, *))).squareRoot())
        for index in values.indices { values[index] *= factor }
      } else if name.hasSuffix("running_var") {
        values = values.map { 1 + 0.5 * $0 }
      } else if name.hasSuffix("bias") || name.hasSuffix("running_mean") {
        values = values.map { 0.1 * $0 }
      } else {
        values = values.map { scale * (1 + 0.2 * $0) }
      }
      let tensor = Tensor(values, shape: entry.shape)
      if network.parameters.entry(entry.name) != nil {
        network.parameters[entry.name] = tensor
      } else {
        network.state[entry.name] = tensor
      }
    }
  }

  /// An input: 1.7 u.
  static func input(_ shape: Shape, number: Int = 1000) -> Tensor {
    Tensor(uniform(shape.count, array: number).map { 1.7 * $0 }, shape: shape)
  }
}
