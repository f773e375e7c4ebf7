import Files
import Tensors

/// SmoothGrad: the mean gradient of noisy copies of the input.
///
/// Map = 1 / n sum of d score / d input at x + e, e normal with standard deviation sigma = `noise` (max x - min x). Like
/// saliency, it shows sensitivity: pictures show its magnitude. Cost: n forward and backward passes.
///
/// Source: Smilkov et al., "SmoothGrad", 2017, arXiv:1706.03825 (10 to 20 % noise, 50 samples).
public struct SmoothGrad: ManyPassMethod {
  public static let name = "smooth-grad"
  public static let traits = MethodTraits(reads: .input, meaning: .sensitivity, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "mean gradient of noisy copies", passes: "n", source: "Smilkov et al. 2017, arXiv:1706.03825")
  public static let options: [MethodOption<Self>] = [
    .integer(
      "samples", \.sampleCount, 1...1_000_000, subject: "SmoothGrad's number of samples",
      help: "number of noisy copies"
    ),
    .number(
      "noise", \.noise, subject: "SmoothGrad's noise", help: "noise as a share of the input's range",
      rule: "0 to 10 times the input's range", holds: { $0 >= 0 && $0 <= 10 }),
    .seed(\.seed),
  ]

  /// n, the number of noisy copies.
  public var sampleCount = 50
  /// sigma as a share of the input's range.
  public var noise: Float = 0.15

  /// The seed of the noise: the same seed gives the same result.
  public var seed: UInt64 = 0

  public init() {}

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let mean = try subject.pass.value("\(Self.name), \(sampleCount), \(noise), \(seed)") {
      () throws(CodedError) -> [GradientSum] in try sums(of: subject)
    }[subject.round]
    let gradient = mean.tensor(scale: 1 / Double(sampleCount))
    let asMap = subject.asMap(gradient)
    var map = MethodMap(overChannels(asMap, largerMagnitude), inputGradient: asMap)
    if mean.isZero { map.flags.insert(.zeroGradient) }
    return map
  }

  /// Values of noise, 64 MiB, that are kept for the next input.
  private static let largestKeptNoise = 1 << 24

  private func noise(_ samples: Range<Int>, _ shape: Shape) -> Tensor {
    concurrentlyFilled(samples.count, shape) { [seed] index, item in
      // One stream for each sample: the batch size does not matter.
      var generator = SeededGenerator(seed: seed, stream: UInt64(samples.lowerBound + index))
      for cell in item.indices { item[cell] = generator.normal() }
    }
  }

  /// The sums of the noisy copies' gradients, for the score of each round.
  private func sums(of subject: ExplainedInput) throws(CodedError) -> [GradientSum] {
    let values = subject.input.values
    let deviation = noise * ((values.max() ?? 0) - (values.min() ?? 0))
    return try subject.gradientSums { add throws(CodedError) in
      for start in stride(from: 0, to: sampleCount, by: subject.copiesPerPass) {
        let samples = start..<min(start + subject.copiesPerPass, sampleCount)
        // The same noise for each input of a call, as long as it is not too much to keep.
        let isKept = sampleCount <= Self.largestKeptNoise / max(1, values.count)
        let field =
          isKept
          ? subject.call.value(
            "noise of \(samples), \(values.count), \(seed)",
            certain: { noise(samples, subject.input.shape) })
          : noise(samples, subject.input.shape)
        let copies = concurrentlyFilled(samples.count, subject.input.shape) { index, copy in
          let (input, noise) = (values.span, field.values.span)
          let first = index * copy.count
          precondition(input.count == copy.count && first + copy.count <= noise.count)
          for cell in copy.indices {
            unsafe copy[unchecked: cell] = input[unchecked: cell] + deviation * noise[unchecked: first + cell]
          }
        }
        try add(copies, samples.map { _ in 1 })
      }
    }
  }
}

extension ExplanationMethod where Self == SmoothGrad {
  /// ``SmoothGrad`` with its defaults.
  public static var smoothGrad: SmoothGrad { SmoothGrad() }
}

/// A weighted sum of gradients at the input.
struct GradientSum: Sendable {
  /// Whether every gradient was zero.
  let isZero: Bool
  private let scaled: @Sendable (Double) -> Tensor

  init(isZero: Bool, scaled: @escaping @Sendable (Double) -> Tensor) {
    (self.isZero, self.scaled) = (isZero, scaled)
  }

  /// The sum times a number, of the input's shape.
  func tensor(scale: Double) -> Tensor { scaled(scale) }
}

/// A weighted sum of gradients in double precision.
struct GradientMean: Sendable {
  private var sums: [Double]
  /// Whether every gradient so far was zero.
  private(set) var isZero = true

  init(count: Int) { sums = [Double](repeating: 0, count: count) }

  /// Adds a batch `[N, C, F, T]` with one weight for each item.
  mutating func add(_ gradients: Tensor, weights: [Double]) {
    let values = gradients.values.span
    var target = sums.mutableSpan
    for (item, weight) in weights.enumerated() {
      let start = item * target.count
      precondition(start + target.count <= values.count)
      for index in target.indices {
        unsafe target[unchecked: index] += weight * Double(values[unchecked: start + index])
      }
    }
    if isZero { isZero = gradients.values.allSatisfy { $0 == 0 } }
  }

  func tensor(scale: Double, shape: Shape) -> Tensor {
    Tensor(sums.map { Float($0 * scale) }, shape: shape)
  }
}
