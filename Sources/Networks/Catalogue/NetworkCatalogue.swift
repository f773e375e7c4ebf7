public import Tensors

/// A network that is known by its name: `train --architecture NAME`, `import --network NAME`.
///
/// ```swift
/// let entry = NetworkCatalogue.named("three-block")
/// let architecture = try entry?.architecture(inputShape: [1, 128, 431], classCount: 8)
/// ```
public struct CatalogueNetwork: Sendable {
  public let name: String
  /// One sentence.
  public let summary: String
  /// Paper, with DOI or arXiv number.
  public let source: String
  /// What its published weights take, and their front end's preset; nil for networks without published weights.
  public let published: Published?
  private let build: @Sendable (Shape, Int) -> Architecture

  /// Weights that somebody has published.
  public struct Published: Sendable {
    /// `[C, F, T]`.
    public let inputShape: Shape
    /// The name of a preset of the front end.
    public let frontEnd: String
    public let function: OutputFunction
    /// Names of the arrays of a graph in the file of its authors.
    package let naming: @Sendable (Architecture) -> ArrayNaming

    init(
      inputShape: Shape, frontEnd: String, function: OutputFunction = .softmax,
      naming: @escaping @Sendable (Architecture) -> ArrayNaming
    ) {
      (self.inputShape, self.frontEnd) = (inputShape, frontEnd)
      (self.function, self.naming) = (function, naming)
    }
  }

  init(
    _ name: String, _ summary: String, source: String, published: Published? = nil,
    _ build: @escaping @Sendable (_ inputShape: Shape, _ classCount: Int) -> Architecture
  ) {
    (self.name, self.summary, self.source, self.published) = (name, summary, source, published)
    self.build = build
  }

  /// The graph for inputs `[C, F, T]`, checked: throws where they are too small for it.
  public func architecture(inputShape: Shape, classCount: Int) throws(ArchitectureError) -> Architecture {
    var result = build(inputShape, classCount)
    result.name = name
    _ = try result.valueShapes()
    return result
  }
}

/// The networks that can be named in settings and commands: one line each.
public enum NetworkCatalogue {
  public static let all: [CatalogueNetwork] = [
    CatalogueNetwork(
      "three-block", "The founding network: blocks of convolution, pooling and ReLU, then dense layers.",
      source: "the founding report"
    ) { Architecture.threeBlock(inputShape: $0, classCount: $1) }
  ]

  public static var names: [String] { all.map(\.name) }
  /// Those that somebody has published weights of.
  public static var published: [CatalogueNetwork] { all.filter { $0.published != nil } }

  /// Nil for an unknown name.
  public static func named(_ name: String) -> CatalogueNetwork? { all.first { $0.name == name } }
}
