public import Files
import Tensors

extension Network {
  /// A network with the weights of a file from another framework.
  ///
  /// Constants of the graph, such as sinusoidal positions, may be missing in the file. Everything else must be there, with the
  /// shape that the graph gives it, and the file must not have arrays that the network lacks: each is a sign of another network.
  ///
  /// - Parameter path: the file's name in messages.
  /// - Throws: ``CodedError`` with code `missingTensor`, `wrongShape`, `outOfRange` or `damaged`; one message names all arrays
  ///   concerned, at most five of them.
  public init(
    _ architecture: Architecture, arraysOf file: SafeTensorsFile, naming: ArrayNaming = ArrayNaming(),
    path: String
  ) throws(CodedError) {
    do { try self.init(architecture, seed: 0) } catch {
      throw CodedError(.damaged, "the network cannot be built: \(error)", path: path)
    }
    let stored = Dictionary(file.tensors.map { ($0.name, $0) }) { first, _ in first }
    var (missing, misshapen, used): ([String], [String], Set<String>) = ([], [], [])
    let constants = Set(arrays.filter { $0.role == .constant }.map(\.name))
    for entry in parameters.entries + state.entries {
      let source = naming[entry.name]
      guard let found = stored[source.name] else {
        if !constants.contains(entry.name) { missing.append(source.name) }
        continue
      }
      used.insert(source.name)
      guard let tensor = source.tensor(from: found, shape: entry.shape) else {
        let part = source.rows.map { "[\($0.lowerBound)..<\($0.upperBound)]" } ?? ""
        misshapen.append(
          "\(source.name)\(part) is \(Shape(found.extents)) where \(source.shape(entry.shape)) is needed")
        continue
      }
      guard tensor.isFinite else {
        throw CodedError(.outOfRange, "tensor '\(source.name)' has values that are not finite", path: path)
      }
      if let minimum = minimum(ofArray: entry.name), !tensor.values.allSatisfy({ $0 >= minimum }) {
        throw CodedError(.outOfRange, "tensor '\(source.name)' has values below \(minimum)", path: path)
      }
      if parameters.entry(entry.name) != nil {
        parameters[entry.name] = tensor
      } else {
        state[entry.name] = tensor
      }
    }
    let extra = file.tensors.map(\.name).filter { name in
      !used.contains(name) && !naming.ignoredEndings.contains { name.hasSuffix($0) }
    }
    if !missing.isEmpty {
      let rest = extra.isEmpty ? "" : "; it has \(Self.list(extra)), which this network lacks"
      throw CodedError(
        .missingTensor, "not the weights of \(architecture.name): \(Self.list(missing)) missing\(rest)",
        path: path)
    }
    if !misshapen.isEmpty {
      throw CodedError(
        .wrongShape, "not the weights of \(architecture.name): \(Self.list(misshapen))", path: path)
    }
    if !extra.isEmpty {
      throw CodedError(
        .damaged, "not the weights of \(architecture.name): it lacks \(Self.list(extra))", path: path)
    }
  }

  /// At most five of some names.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(5).joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
  }
}

extension ArrayNaming.Source {
  /// The shape that the file has of an array, as the network has it.
  fileprivate func shape(_ shape: Shape) -> Shape {
    var extents = shape.dimensions
    if isTransposed, extents.count >= 2 { extents.swapAt(extents.count - 2, extents.count - 1) }
    return Shape(extents)
  }

  /// The array with the shape that the network needs; nil if the file's has another.
  fileprivate func tensor(from entry: SafeTensorsFile.Entry, shape: Shape) -> Tensor? {
    var (extents, values) = (entry.extents, entry.values)
    if let rows {
      guard let count = extents.first, rows.lowerBound >= 0, rows.upperBound <= count else { return nil }
      let size = extents.dropFirst().reduce(1, *)
      values = Array(values[rows.lowerBound * size..<rows.upperBound * size])
      extents[0] = rows.count
    }
    if isTransposed, extents.count >= 2 {
      let (height, width) = (extents[extents.count - 2], extents[extents.count - 1])
      let source = values
      for start in stride(from: 0, to: values.count, by: max(1, height * width)) {
        for row in 0..<height {
          for column in 0..<width {
            values[start + column * height + row] = source[start + row * width + column]
          }
        }
      }
      extents.swapAt(extents.count - 2, extents.count - 1)
    }
    // Axes of extent 1 do not matter: a convolution of one position is a dense layer.
    guard extents.filter({ $0 != 1 }) == shape.dimensions.filter({ $0 != 1 }) else { return nil }
    return Tensor(values, shape: shape)
  }
}
