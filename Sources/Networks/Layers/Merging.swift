import Tensors

/// Shape rules of the layers with several inputs.
enum Merging {
  static func sumShape(_ inputs: [Shape]) throws(ArchitectureError) -> Shape {
    guard inputs.count >= 2, inputs.allSatisfy({ $0 == inputs[0] }) else {
      throw ArchitectureError("add needs two or more inputs of one shape, not \(inputs)")
    }
    return inputs[0]
  }

  static func concatShape(_ inputs: [Shape]) throws(ArchitectureError) -> Shape {
    guard inputs.count >= 2, inputs.allSatisfy({ $0.rank == inputs[0].rank }),
      inputs.allSatisfy({ $0.dimensions.dropFirst() == inputs[0].dimensions.dropFirst() })
    else { throw ArchitectureError("concat needs inputs that differ in channels only, not \(inputs)") }
    return Shape([inputs.map { $0[0] }.reduce(0, +)] + inputs[0].dimensions.dropFirst())
  }
}
