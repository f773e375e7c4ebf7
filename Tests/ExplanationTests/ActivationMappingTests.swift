import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Map formulas against float64 numpy and against pytorch-grad-cam's code.
@Suite(.tags(.hand, .reference)) struct ActivationMappingTests {
  struct Case: Decodable {
    let activations: GoldenTensor
    let gradients: GoldenTensor
    let maps: [String: GoldenTensor]
    let library: [String: GoldenTensor]
  }

  struct Weightings: Decodable {
    let score: Double
    let cases: [String: Case]
  }

  static let gradientMethods: [any ActivationMapping] = [
    GradCAM(), GradCAMPlusPlus(), HiResCAM(), LayerCAM(), XGradCAM(), EigenCAM(), CounterfactualGradCAM(),
  ]

  @Test(arguments: gradientMethods, ["nonnegative", "signed", "negative"])
  func agreesWithNumpy(method: any ActivationMapping, name: String) throws {
    let item = try #require(try golden(Weightings.self, "weightings.json").cases[name])
    let expected = try #require(item.maps[method.name]).tensor
    let map = method.signedMap(activations: item.activations.tensor, gradients: item.gradients.tensor)
    // Only the rounding of inputs and result to Float is left.
    expectSameMap(map, expected, tolerance: 1e-6, "\(method.name) \(name)")
  }

  @Test(arguments: ["nonnegative", "signed", "negative"])
  func variantsAgreeWithTheLibrariesFormulas(name: String) throws {
    let file = try golden(Weightings.self, "weightings.json")
    let item = try #require(file.cases[name])
    let (activations, gradients) = (item.activations.tensor, item.gradients.tensor)
    for variant in [GradCAMPlusPlus.Variant.torchCAM, .tfKerasVis, .exponential] {
      let mapping = GradCAMPlusPlus(variant: variant, score: file.score)
      let expected = try #require(item.maps["grad-cam++:\(variant.rawValue)"]).tensor
      let map = mapping.signedMap(activations: activations, gradients: gradients)
      expectSameMap(map, expected, tolerance: 1e-6, "\(variant.rawValue) \(name)")
    }
    let expected = try #require(item.library["grad-cam++"]).tensor
    let map = GradCAMPlusPlus(variant: .pytorchGradCAM).signedMap(
      activations: activations, gradients: gradients)
    expectSameMap(map, expected, tolerance: 1e-6, "pytorch-grad-cam \(name)")
  }

  @Test(arguments: [GradCAM(), HiResCAM(), LayerCAM(), XGradCAM()] as [any ActivationMapping])
  func agreesWithPytorchGradCAM(method: any ActivationMapping) throws {
    for (name, item) in try golden(Weightings.self, "weightings.json").cases {
      let expected = try #require(item.library[method.name]).tensor
      let map = method.signedMap(activations: item.activations.tensor, gradients: item.gradients.tensor)
      // The library adds 1e-7 to XGrad-CAM's sums S_k, the smallest of which is 0.013 here.
      let tolerance: Float = method is XGradCAM ? 1e-5 : 1e-6
      expectSameMap(map, expected, tolerance: tolerance, "\(method.name) \(name)")
    }
  }

  @Test func eigenCAMIsTheLibrarysUpToItsSign() throws {
    for (name, item) in try golden(Weightings.self, "weightings.json").cases {
      var expected = try #require(item.library["eigen-cam"]).tensor
      let (low, high) = (expected.values.min() ?? 0, expected.values.max() ?? 0)
      if -low > high { expected = expected.map { -$0 } }
      let map = EigenCAM().signedMap(
        activations: item.activations.tensor, gradients: item.gradients.tensor)
      // The library returns Float.
      expectSameMap(map, expected, tolerance: 1e-6, name)
      #expect(map.values.reduce(0) { max($0, $1) } == map.largestMagnitude, "the larger end is positive")
    }
  }

  /// The paper's Eigen-CAM, by NumPy's singular value decomposition of the activations as they are.
  @Test func eigenCAMWithoutCentringIsThePapers() throws {
    for (name, item) in try golden(Weightings.self, "weightings.json").cases {
      let expected = try #require(item.maps["eigen-cam:uncentred"]).tensor
      let (activations, gradients) = (item.activations.tensor, item.gradients.tensor)
      let map = EigenCAM(variant: .uncentred).signedMap(activations: activations, gradients: gradients)
      expectSameMap(map, expected, tolerance: 1e-6, name)
      let centred = EigenCAM().signedMap(activations: activations, gradients: gradients)
      let difference = zip(map.values, centred.values).map { abs($0 - $1) }.max() ?? 0
      #expect(difference > 0.01 * map.largestMagnitude, "\(name): the two are the same")
    }
  }

  @Test func handComputed() {
    // Two channels of two positions: A_1 = (1, 3), g_1 = (2, -1); A_2 = (2, 0), g_2 = (0.5, 0.5).
    let activations = Tensor([1, 3, 2, 0], shape: [2, 1, 2])
    let gradients = Tensor([2, -1, 0.5, 0.5], shape: [2, 1, 2])
    func map(_ mapping: any ActivationMapping) -> [Float] {
      mapping.signedMap(activations: activations, gradients: gradients).values
    }
    // Means 0.5 and 0.5.
    expectClose(map(GradCAM()), [1.5, 1.5], absolute: 1e-6)
    expectClose(map(CounterfactualGradCAM()), [-1.5, -1.5], absolute: 1e-6)
    // S = 4: 2 / (2 + 8) = 0.2; S = 2: 2 * 0.5 / (2 + 1) = 1/3.
    expectClose(map(GradCAMPlusPlus()), [0.2 + 2 / 3, 0.6], absolute: 1e-6)
    expectClose(map(HiResCAM()), [3, -3], absolute: 1e-6)
    expectClose(map(LayerCAM()), [3, 0], absolute: 1e-6)
    // (2 - 3) / 4 = -0.25 and (1 + 0) / 2 = 0.5.
    expectClose(map(XGradCAM()), [0.75, -0.75], absolute: 1e-6)
    // Sums of g: 1 and 1.
    expectClose(map(CAM()), [3, 3], absolute: 1e-6)
    // Centred rows (-1, 1) and (1, -1): one direction, ends of sqrt 2.
    let ends = map(EigenCAM())
    expectClose(ends.map { abs($0) }, [Float(2).squareRoot(), Float(2).squareRoot()], absolute: 1e-6)
    #expect(ends[0] == -ends[1])
  }
}
