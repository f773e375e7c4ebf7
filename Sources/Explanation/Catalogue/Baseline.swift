public import Features
public import Files
import Foundation
public import Tensors

/// What replaces a cell of the input when it is masked: x' = M x + (1 - M) b for a mask M in [0, 1].
///
/// No baseline is neutral, and zero is not silence in raw MFCC. State it with every figure.
public enum Baseline: String, Sendable, Codable, CaseIterable {
  /// The training set's mean in every cell: 0 in the standardised input. (Without standardisation it is the number 0.)
  case mean
  /// Digital silence, -100 dB in every mel band, in the model's features: far outside the training data.
  case silence
  /// The input itself after a Gaussian blur of 10 cells on both axes.
  case blur
  /// Normal noise, drawn with the seed, with the input's own standard deviation (1 where it is standardised).
  case noise

  /// Standard deviation of ``blur``'s Gaussian, in cells.
  public static let blurDeviation = 10.0
  /// Stream of the seeded generator that ``noise`` draws from.
  static let noiseStream: UInt64 = 0xBA5E

  /// The baseline of that name; an unknown one throws ``CodedError/Code/badOption`` with the list of names.
  public static func named(_ name: String) throws(CodedError) -> Baseline {
    if let baseline = Baseline(rawValue: name) { return baseline }
    let names = allCases.map(\.rawValue)
    throw CodedError(
      .badOption,
      "unknown baseline \"\(name)\": choose one of \(names.joined(separator: ", "))"
        + suggestion(for: name, among: names))
  }

  /// The baseline of one standardised input `[C, F, T]`, with its shape.
  ///
  /// - Parameters:
  ///   - spec: the meaning of the rows; only ``silence`` uses it.
  ///   - normalization: how the input was standardised; only ``silence`` uses it.
  ///   - deviation: of ``noise``.
  /// - Throws: ``CodedError/Code/notApplicable`` for silence if either is not known. Traps on any other rank.
  public func values(
    for input: Tensor, spec: FeatureSpec?, normalization: FeatureNormalization?, seed: UInt64,
    deviation: Float = 1
  ) throws(CodedError) -> Tensor {
    demand(input.shape.rank == 3, "a baseline for \(input.shape), not [C, F, T]")
    switch self {
    case .mean: return Tensor(shape: input.shape)
    case .noise:
      var generator = SeededGenerator(seed: seed, stream: Self.noiseStream)
      return input.map { _ in deviation * generator.normal() }
    case .blur:
      return Tensor(
        (0..<input.shape[0]).flatMap { Self.blurred(input.item($0)).values }, shape: input.shape)
    case .silence:
      guard let spec, let normalization else {
        throw CodedError(
          .notApplicable,
          "the baseline silence needs a model that knows how its features are made: use mean, blur or noise")
      }
      let silence = normalization.apply(to: Self.silence(spec, frameCount: input.shape[2]))
      guard silence.count * input.shape[0] == input.count else {
        throw CodedError(
          .notApplicable, "features of \(silence.shape) for an input of \(input.shape): no silence is known")
      }
      return Tensor((0..<input.shape[0]).flatMap { _ in silence.values }, shape: input.shape)
    }
  }

  /// A frame of silence, repeated: -100 dB (10 log10 of 1e-10) in all M bands where nothing else is said.
  private static func silence(_ spec: FeatureSpec, frameCount: Int) -> Tensor {
    let rows = spec.silentFrame.map { Array(repeating: $0, count: frameCount) }
    return Tensor(Array(rows.joined()), shape: [spec.binCount, frameCount])
  }

  /// A map `[F, T]` after a Gaussian over both axes, cut off at 4 deviations, the border repeated: as
  /// `scipy.ndimage.gaussian_filter(mode="nearest")`.
  static func blurred(_ map: Tensor, deviation: Double = blurDeviation) -> Tensor {
    let radius = Int(4 * deviation + 0.5)
    var weights = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let sum = weights.reduce(0, +)
    weights = weights.map { $0 / sum }
    let (rows, columns) = (map.shape[0], map.shape[1])
    func filtered(_ values: [Double], count: Int, step: Int, lines: Int, lineStep: Int) -> [Double] {
      var result = values
      for line in 0..<lines {
        for position in 0..<count {
          var total = 0.0
          for (offset, weight) in weights.enumerated() {
            let source = min(max(position + offset - radius, 0), count - 1)
            total += weight * values[line * lineStep + source * step]
          }
          result[line * lineStep + position * step] = total
        }
      }
      return result
    }
    let down = filtered(map.values.map(Double.init), count: rows, step: columns, lines: columns, lineStep: 1)
    let both = filtered(down, count: columns, step: 1, lines: rows, lineStep: columns)
    return Tensor(both.map { Float($0) }, shape: map.shape)
  }
}

/// A method that masks parts of the input, or starts from an input without them.
public protocol BaselineMethod: ExplanationMethod {
  /// What replaces masked cells, or where the path begins.
  var baseline: Baseline { get set }
  /// The seed of random numbers.
  var seed: UInt64 { get set }
  /// Whether random numbers are drawn regardless of the baseline.
  static var isRandom: Bool { get }
}

extension BaselineMethod {
  public static var isRandom: Bool { false }

  /// The seed, only if random numbers are drawn.
  public func reads(option: String) -> Bool { option != "seed" || Self.isRandom || baseline == .noise }

  /// The options of every such method.
  static var baselineOptions: [MethodOption<Self>] {
    [
      .choice(
        "baseline", \.baseline, subject: "baseline",
        help:
          "what masked parts become, or where the path begins: mean (of the training data), silence, blur or noise"
      ),
      .seed(\.seed),
    ]
  }

  /// The baseline of an input, as the network takes it.
  func start(_ input: ExplainedInput) throws(CodedError) -> Tensor {
    try input.baseline(baseline, seed: seed)
  }
}
