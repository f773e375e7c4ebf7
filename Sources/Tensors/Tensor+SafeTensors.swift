public import Files

extension SafeTensorsFile.Entry {
  public init(name: String, tensor: Tensor) {
    self.init(name: name, extents: tensor.shape.dimensions, values: tensor.values)
  }

  public var tensor: Tensor { Tensor(values, shape: Shape(extents)) }
}

extension SafeTensorsFile {
  /// The tensor of that name. Cost: a linear search.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }
}
