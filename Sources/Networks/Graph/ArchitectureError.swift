/// An architecture that cannot be built, in one line that names the node.
public struct ArchitectureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The node at fault; empty when it is the graph as a whole.
  public let node: String
  /// What is wrong and what to do.
  public let message: String

  public init(node: String = "", _ message: String) {
    self.node = node
    self.message = message
  }

  public var description: String { node.isEmpty ? message : "layer '\(node)': \(message)" }
}
