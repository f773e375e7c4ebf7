import Tensors
import TestSupport
import Testing

@testable import Networks

/// Relevance against Zennit in float64 (Golden/generate_relevance.py), and of attention and norms against the
/// formulas of AttnLRP, which agree with the paper's own code (Golden/generate_attention_relevance.py).
@Suite(.tags(.reference)) struct RelevanceReferenceTests {
  static let cases = ["relevance-vgg", "relevance-resnet", "relevance-mixed"]

  /// By their names in the golden files.
  static let composites: [(name: String, composite: LRPComposite)] = [
    ("epsilon", .epsilon()), ("epsilon-0.25", .epsilon(0.25)), ("gamma", .everywhere(.gamma())),
    ("alpha2-beta1", .everywhere(.alphaBeta(2, 1))), ("alpha1.5-beta0.5", .everywhere(.alphaBeta(1.5, 0.5))),
    ("z-plus", .everywhere(.zPlus())), ("flat", .everywhere(.flat())), ("w-square", .everywhere(.wSquare())),
    ("z-box", .everywhere(.zBox(low: -3, high: 3))), ("epsilon-plus", .epsilonPlus()),
    ("epsilon-alpha2-beta1", .epsilonAlpha2Beta1()), ("epsilon-plus-flat", .epsilonPlusFlat()),
    ("epsilon-alpha2-beta1-flat", .epsilonAlpha2Beta1Flat()),
    ("epsilon-gamma-box", .epsilonGammaBox(low: -3, high: 3)),
  ]

  /// To 1e-5 of the largest relevance, or ten times what Zennit's own float32 result differs from its float64 one
  /// where that is more: where a sum of two branches nearly cancels, rounding of either library is divided by what is
  /// left.
  private static func check(
    _ relevance: Relevance, _ reference: NetworkReferenceTests.Reference, _ composite: String,
    item: Int? = nil
  ) throws {
    let rounding = try #require(reference.file["difference.\(composite)"]).values[0]
    for (name, own) in relevance.values {
      var expected = try #require(reference.file["relevance.\(composite).\(name)"])
      let largest = expected.values.map(abs).max() ?? 0
      if let item { expected = Tensor.stack([expected.item(item)]) }
      #expect(largest > 0 && own.shape == expected.shape)
      expectClose(
        own.values, expected.values, absolute: max(1e-5, 10 * rounding) * largest, "\(composite) at \(name)")
    }
  }

  private static func values(_ reference: NetworkReferenceTests.Reference, _ composite: String) -> [String] {
    let names = [Network.inputName] + reference.network.valueNames
    return names.filter { reference.file["relevance.\(composite).\($0)"] != nil }
  }

  @Test(arguments: cases, [true, false]) func agreesWithZennit(name: String, ownKernels: Bool) throws {
    try ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none) {
      let reference = try NetworkReferenceTests.Reference(name)
      let batch = try #require(reference.file["input"])
      let score = Score.weighted(try #require(reference.file["cotangent"]))
      let trace = reference.network.forwardForRelevance(batch)
      for (name, composite) in Self.composites {
        let names = Self.values(reference, name)
        #expect(names.count >= 3)
        try Self.check(try trace.relevance(of: score, at: names, composite: composite), reference, name)
      }
    }
  }

  /// Each item alone, in another network of the same weights.
  @Test(arguments: cases) func itemsAloneAgreeWithZennit(name: String) throws {
    let reference = try NetworkReferenceTests.Reference(name)
    let (batch, cotangent) = (
      try #require(reference.file["input"]), try #require(reference.file["cotangent"])
    )
    for item in 0..<batch.shape[0] {
      let trace = reference.network.forwardForRelevance(Tensor.stack([batch.item(item)]))
      for (name, composite) in Self.composites {
        let relevance = try trace.relevance(
          of: .weighted(Tensor.stack([cotangent.item(item)])), at: [Network.inputName], composite: composite)
        try Self.check(relevance, reference, name, item: item)
      }
    }
  }

  @Test(arguments: ["relevance-post-norm", "relevance-pre-norm", "relevance-tagger"])
  func agreesWithAttnLRP(name: String) throws {
    let reference = try NetworkReferenceTests.Reference(name)
    let (network, file) = (reference.network, reference.file)
    let inputs = try Dictionary(
      uniqueKeysWithValues: network.architecture.inputs.map { input in
        (input.name, try #require(file["input.\(input.name)"]))
      })
    let score = Score.weighted(try #require(file["cotangent"]))
    let names = (inputs.keys + network.valueNames).filter { file["relevance.\($0)"] != nil }
    #expect(names.count > 20)
    let relevance = try network.forwardForRelevance(inputs).relevance(
      of: score, at: names, composite: .epsilon())
    for name in names {
      let expected = try #require(file["relevance.\(name)"])
      let largest = expected.values.map(abs).max() ?? 0
      expectClose(relevance[name].values, expected.values, absolute: max(1e-7, 2e-5 * largest), name)
    }
  }
}
