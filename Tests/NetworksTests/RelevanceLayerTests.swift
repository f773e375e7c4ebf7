import Tensors
import TestSupport
import Testing

@testable import Networks

/// How relevance passes layers of other packages: by their traits, as functions of elements, by a passage of their own, or not.
@Suite(.tags(.property)) struct RelevanceLayerTests {
  private static func chain(_ layers: [(String, any Layer)]) throws -> Network {
    try Network(Architecture(name: "chain", inputShape: [2, 7, 9], chain: layers), seed: 3)
  }

  /// Says nothing but that it is affine.
  private struct Rows: Layer {
    static let kind = "test-rows"
    var traits: LayerTraits { .isAffine }
    func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape { .vector(3) }
    func arrays(of inputs: [ValueShape]) -> [LayerArray] {
      Dense(outputCount: 3).arrays(of: inputs)
    }
    func operation(at site: LayerSite) -> (any LayerOperation)? { Dense(outputCount: 3).operation(at: site) }
  }

  private struct Doubled: PointwiseLayer {
    static let kind = "test-doubled"
    func value(_ x: Float) -> Float { 2 * x }
    func slope(_ x: Float, _ y: Float) -> Float { 2 }
  }

  private struct Silent: Layer {
    static let kind = "test-silent"
    func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape { inputs[0] }
    func operation(at site: LayerSite) -> (any LayerOperation)? { ReLU().operation(at: site) }
  }

  private static func outside(_ last: any Layer, _ function: any Layer) throws -> Network {
    try chain([
      ("conv1", Convolution(outputChannels: 3, kernel: [3, 3])), ("relu1", ReLU()), ("f", function),
      ("flatten", Flatten()), ("last", last),
    ])
  }

  @Test func layersOfOtherPackagesSayHow() throws {
    let (own, other) = (
      try Self.outside(Dense(outputCount: 3), HardSwish()), try Self.outside(Rows(), HardSwish())
    )
    let batch = NetworkGradientTests.normal([2, 2, 7, 9], seed: 1)
    for (_, composite) in RelevanceReferenceTests.composites where composite.name == "everywhere" {
      let results = try [own, other].map {
        try $0.forwardForRelevance(batch).relevance(
          of: .logit(1), at: [Network.inputName], composite: composite)
      }
      #expect(results[0][Network.inputName] == results[1][Network.inputName])
    }
    let doubled = try Self.outside(Rows(), Doubled()).forwardForRelevance(batch).relevance(
      of: .logit(0), at: ["f", "relu1"], composite: .epsilon())
    #expect(doubled["f"] == doubled["relu1"])
    let silent = try Self.outside(Rows(), Silent())
    #expect { try silent.checkRelevance(at: [Network.inputName]) } throws: {
      "\($0)".contains("layer 'f'") && "\($0)".contains("test-silent")
    }
  }

  /// `y = |x|`, passed by a rule of its own: all relevance to the positive elements' side, doubled.
  private struct Magnitude: Layer {
    static let kind = "test-magnitude"
    func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape { inputs[0] }
    func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .own }
    func operation(at site: LayerSite) -> (any LayerOperation)? { MagnitudeOperation(site.inputs[0]) }
  }

  private final class MagnitudeOperation: OneResultOperation, RelevanceOperation {
    let outputFormat: MemoryFormat
    init(_ format: MemoryFormat) { outputFormat = format }

    func forward(
      _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
    ) -> NativeMemory {
      let result = context.memory(outputFormat)
      inputs[0].withFloats { x in
        result.withFloats { y in for index in 0..<x.count { y[index] = abs(x[index]) } }
      }
      return result
    }

    func backward(
      _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
      _ context: inout BackwardContext
    ) -> [NativeMemory?] { [gradient] }

    func relevance(
      _ relevance: [NativeMemory?], inputs: [NativeMemory], outputs: [NativeMemory], wanted: [Bool],
      _ context: inout BackwardContext
    ) -> [NativeMemory?] {
      inputs[0].withFloats { x in
        relevance[0]?.withFloats { r in for index in 0..<r.count { r[index] *= x[index] > 0 ? 2 : 0 } }
      }
      return relevance
    }
  }

  @Test func aLayerHasAPassageOfItsOwn() throws {
    let network = try Self.chain([
      ("conv1", Convolution(outputChannels: 3, kernel: [3, 3])), ("f", Magnitude()), ("flatten", Flatten()),
      ("last", Dense(outputCount: 2)),
    ])
    let trace = network.forwardForRelevance(NetworkGradientTests.normal([2, 2, 7, 9], seed: 1))
    let relevance = try trace.relevance(of: .logit(0), at: ["conv1", "f"], composite: .epsilon())
    let x = trace.activation(at: "conv1").values
    let expected = zip(relevance["f"].values, x).map { $1 > 0 ? 2 * $0 : 0 }
    #expect(relevance["conv1"].values == expected && expected.contains { $0 != 0 })
  }
}
