/// Where the arrays of a network are in a file of weights that somebody else wrote.
///
/// ```swift
/// var naming = ArrayNaming(modules: ["block1.conv1": "features.0"])      // block1.conv1.weight is features.0.weight
/// naming.arrays["layer0.attention.q.weight"] = .init("encoder.0.in_proj_weight", rows: 0..<512)
/// let network = try Network(architecture, arraysOf: SafeTensorsFile(path: path), naming: naming, path: path)
/// ```
///
/// Layouts are PyTorch's: `[out, in, height, width]` for a convolution, `[out, in]` for a dense layer. An array that is not
/// mentioned has its own name in the file.
public struct ArrayNaming: Sendable, Hashable {
  /// One array, or a part of one, in the file.
  public struct Source: Sendable, Hashable {
    public var name: String
    /// The part of the first axis; nil for all of it.
    public var rows: Range<Int>?
    /// Whether the file has the last two axes in the other order.
    public var isTransposed: Bool

    public init(_ name: String, rows: Range<Int>? = nil, isTransposed: Bool = false) {
      (self.name, self.rows, self.isTransposed) = (name, rows, isTransposed)
    }
  }

  /// The name that a node has in the file: all its arrays are there.
  public var modules: [String: String]
  /// Arrays that are elsewhere, by their name in the network.
  public var arrays: [String: Source]
  /// Ends of names in the file that have no counterpart in a network, such as counters.
  public var ignoredEndings: [String]

  public init(
    modules: [String: String] = [:], arrays: [String: Source] = [:],
    ignoredEndings: [String] = ["num_batches_tracked"]
  ) {
    (self.modules, self.arrays, self.ignoredEndings) = (modules, arrays, ignoredEndings)
  }

  /// Where an array of the network is.
  public subscript(array: String) -> Source {
    if let source = arrays[array] { return source }
    guard let dot = array.lastIndex(of: "."), let module = modules[String(array[..<dot])] else {
      return Source(array)
    }
    return Source(module + array[dot...])
  }
}
