import Features
import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Options, baselines, and the rules behind them.
@Suite(.tags(.hand)) struct ExplanationOptionsTests {
  private func refusal(_ method: some ExplanationMethod, copiesPerPass: Int = 32) throws -> CodedError? {
    let file = try GoldenNetwork.named("pooled")
    var explainer = Explainer(network: try file.network("pooled"))
    explainer.copiesPerPass = copiesPerPass
    return #expect(throws: CodedError.self) { try explainer.explain(file.map, method: method) }
  }

  private func changed<Method: ExplanationMethod>(
    _ method: Method, _ change: (inout Method) -> Void
  ) -> any ExplanationMethod {
    var method = method
    change(&method)
    return method
  }

  @Test func optionsWithoutMeaningAreRefused() throws {
    let cases: [(any ExplanationMethod, String)] = [
      (IntegratedGradients(steps: 0), "1 to 1000"), (IntegratedGradients(steps: 1001), "1 to 1000"),
      (changed(SmoothGrad()) { $0.sampleCount = 0 }, "samples"),
      (changed(SmoothGrad()) { $0.noise = -0.1 }, "noise"),
      (changed(SmoothGrad()) { $0.noise = .nan }, "noise"),
      (Occlusion(window: [10, 2]), "1 to 9"), (Occlusion(window: [2, 0]), "columns"),
      (Occlusion(window: [2]), "rows and columns"),
      (Occlusion(window: [2, 2], stride: [3, 1]), "unseen"),
      (changed(Occlusion()) { $0.stride = [0, 1] }, "stride"),
      (changed(RISE()) { $0.maskCount = 0 }, "masks"),
      (changed(RISE()) { $0.keepProbability = 1 }, "0.01 to 0.99"),
      (changed(RISE()) { $0.keepProbability = .nan }, "0.01 to 0.99"),
      (changed(RISE()) { $0.grid = [0, 3] }, "grid"), (changed(RISE()) { $0.grid = [3] }, "grid"),
    ]
    for (method, words) in cases {
      let error = try refusal(method)
      #expect(
        error?.code == .badOption && error?.message.contains(words) == true, "\(words): \(error as Any)")
    }
    let error = try refusal(GradCAM(), copiesPerPass: 0)
    #expect(error?.code == .badOption && error?.message.contains("copies") == true)
  }

  @Test func namesAreListed() throws {
    func message(_ method: String, _ option: String, _ text: String) -> String {
      let error = #expect(throws: CodedError.self) {
        try ExplanationCatalogue.method(named: method, options: [option: text])
      }
      #expect(error?.code == .badOption)
      return error?.message ?? ""
    }
    #expect(message("occlusion", "baseline", "zero").contains("mean, silence, blur, noise"))
    #expect(message("eigen-cam", "variant", "raw").contains("centred, uncentred"))
    #expect(message("grad-cam++", "variant", "keras").contains("tf-keras-vis"))
    #expect(message("occlusion", "patch", "3").contains("16x32"))
    #expect(message("rise", "masks", "many").contains("--masks many"))
    #expect(
      message("grad-cam", "variant", "exact")
        == "--variant belongs to grad-cam++, eigen-cam, integrated-gradients, step-attribution, step-outputs, not to grad-cam"
    )
    #expect(message("occlusion", "seed", "1") == "--seed belongs to smooth-grad, rise, not to occlusion")
    #expect(message("occlusion", "depth", "1") == "no method has an option --depth")
  }

  @Test func occlusionCoversEveryCell() throws {
    for (shape, window, stride) in [
      (Shape([9, 12]), [3, 4], [2, 3]), ([9, 12], [9, 12], [1, 1]), ([5, 7], [2, 3], [2, 3]),
      ([1, 1], [1, 1], [1, 1]),
    ] {
      let occlusion = Occlusion(window: window, stride: stride)
      try occlusion.validate(inputShape: shape)
      var covers = Tensor(shape: shape)
      for place in occlusion.places(on: shape) {
        for row in place.rows { for column in place.columns { covers[row, column] += 1 } }
      }
      #expect(covers.values.allSatisfy { $0 >= 1 })
    }
    #expect(
      Occlusion().window(on: [128, 431]) == [16, 34] && Occlusion().stride(on: [128, 431]) == [8, 17])
    #expect(Occlusion().window(on: [1, 1]) == [1, 1] && Occlusion().stride(on: [1, 1]) == [1, 1])
  }

  @Test func riseMasksAreReproducible() throws {
    let masks = RISE().masks(on: [20, 30], seed: 9)
    func mask(_ masks: RISEMasks, _ index: Int) -> Tensor {
      Tensor(shape: [20, 30]) { masks.write(index, &$0) }
    }
    #expect(mask(masks, 5) == mask(masks, 5) && mask(masks, 5) != mask(masks, 6))
    #expect(mask(masks, 5) != mask(RISE().masks(on: [20, 30], seed: 10), 5))
    var sum = 0.0
    for index in 0..<400 {
      let values = mask(masks, index).values
      #expect(values.allSatisfy { (0...1).contains($0) })
      sum += values.reduce(0) { $0 + Double($1) } / 600
    }
    // The mean of 400 masks of 8 x 16 cells each has a deviation of about 0.5 / sqrt(400 * 128) = 0.002.
    #expect(abs(sum / 400 - 0.5) < 0.01)
  }

  /// A rule of n points is exact for polynomials up to degree 2 n - 1.
  @Test(arguments: [1, 2, 3, 5, 20, 50, 1000]) func gaussLegendreIntegratesPolynomials(count: Int) {
    let points = gaussLegendre(count)
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.position < $1.position })
    #expect(points.allSatisfy { $0.position > 0 && $0.position < 1 && $0.weight > 0 })
    for degree in Set([0, 1, 2, 3, count, 2 * count - 1]) where degree <= 2 * count - 1 {
      let sum = points.reduce(0) { $0 + $1.weight * power($1.position, degree) }
      #expect(abs(sum - 1 / Double(degree + 1)) < 1e-12, "degree \(degree)")
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { value, _ in value * base }
  }

  @Test func silenceIsTheModelsSilence() throws {
    var spec = FeatureSpec()
    (spec.binCount, spec.melBandCount, spec.sampleCount) = (4, 16, 4 * 512)
    let normalization = FeatureNormalization(
      granularity: .perBin, mean: Tensor([-200, 1, 2, 3], shape: [4, 1]),
      std: Tensor([50, 1, 2, 4], shape: [4, 1]))
    let input = Tensor(shape: [1, 4, 5])
    let silence = try Baseline.silence.values(
      for: input, spec: spec, normalization: normalization, seed: 0)
    // -100 dB in 16 bands: coefficient 0 is -400.
    #expect(silence.shape == [1, 4, 5] && silence.item(0).item(0).values == [-4, -4, -4, -4, -4])
    #expect(silence[0, 1, 2] == -1 && silence[0, 2, 0] == -1 && silence[0, 3, 4] == -0.75)
    spec.kind = .melDecibels
    spec.binCount = 4
    let mel = try Baseline.silence.values(for: input, spec: spec, normalization: normalization, seed: 0)
    #expect(mel[0, 0, 0] == 2 && mel[0, 1, 0] == -101)
    let error = #expect(throws: CodedError.self) {
      try Baseline.silence.values(for: input, spec: nil, normalization: normalization, seed: 0)
    }
    #expect(error?.code == .notApplicable)
    #expect(try Baseline.mean.values(for: input, spec: nil, normalization: nil, seed: 0) == input)
  }

  @Test func blurKeepsConstantsAndIsWide() throws {
    let constant = Tensor(repeating: 3, shape: [1, 5, 9])
    let blurred = try Baseline.blur.values(for: constant, spec: nil, normalization: nil, seed: 0)
    expectClose(blurred.values, constant.values, relative: 1e-6)
    var peak = Tensor(shape: [41, 41])
    peak[20, 20] = 1
    let one = Baseline.blurred(peak, deviation: 2)
    // exp(-1/2) one deviation away.
    expectClose([one[20, 22] / one[20, 20]], [0.606_530_66], absolute: 1e-6)
    expectClose([one.values.reduce(0, +)], [1], absolute: 1e-5)
  }
}
