import Files
import Foundation
import Networks
import Statistics
import Tensors

/// Score-CAM: w = softmax over the channels of the scores of the input masked by each channel.
///
/// Channel k is resized to the input ([F, T], bilinear), scaled to [0, 1] by its smallest and largest value, and used as
/// a mask; the score of the masked input says how much the channel matters. Subtracting the baseline's score, as the paper does,
/// makes no difference under a softmax. A constant channel (whose range is at most 1e-5 of its largest magnitude, the rounding of
/// activations) carries no information and is left out. Cost: C inferences.
///
/// pytorch-grad-cam resizes with aligned corners and keeps constant channels, with an empty mask.
///
/// Source: Wang et al., "Score-CAM", CVPR Workshops 2020, doi:10.1109/CVPRW50498.2020.00020.
public struct ScoreCAM: ManyPassMethod, BaselineMethod {
  public static let name = "score-cam"
  public static let traits = MethodTraits(reads: .layer, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "w = softmax over channels of the score of the input masked by each channel", passes: "C",
    source: "Wang et al. 2020, doi:10.1109/CVPRW50498.2020.00020")
  public static let options = baselineOptions

  public var baseline = Baseline.mean
  public var seed: UInt64 = 0

  /// A range at most this share of the largest magnitude counts as constant.
  static let constancy: Float = 1e-5

  public init() {}

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let activation = subject.activation
    let name = "\(Self.name) at \(subject.layer) over \(baseline), \(seed)"
    let (base, channels, logits) = try subject.pass.value(name) {
      () throws(CodedError) -> (Tensor, [Int], Tensor) in
      let base = try start(subject)
      let channels = (0..<activation.shape[0]).filter { !Self.isConstant(activation.item($0).values) }
      let shape = subject.mapShape
      let logits = try subject.masking(by: base).logits(ofSeparate: channels.count) { index, mask in
        Self.write(activation.item(channels[index]), as: &mask, shape: shape)
      }
      return (base, channels, logits)
    }
    var weights = [Double](repeating: 0, count: activation.shape[0])
    for (channel, share) in zip(channels, softmax(subject.scores(ofLogits: logits))) {
      weights[channel] = share
    }
    var found = MethodMap(weightedMap(activation, weights: weights.map { Double(Float($0)) }))
    found.baselineInput = subject.asMap(base)
    return found
  }

  private static func isConstant(_ values: [Float]) -> Bool {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    return high - low <= constancy * max(abs(low), abs(high))
  }

  /// Resizes a channel and scales it to [0, 1].
  private static func write(_ channel: Tensor, as mask: inout MutableSpan<Float>, shape: Shape) {
    let resized = bilinearlyResized(channel, to: shape).values.span
    var (low, high) = (resized[0], resized[0])
    for index in resized.indices {
      let value = unsafe resized[unchecked: index]
      low = value < low ? value : low
      high = value > high ? value : high
    }
    // Resizing to fewer cells may lose all that was not constant.
    let scale = high > low ? 1 / (high - low) : 0
    demand(resized.count == mask.count, "\(resized.count) cells for a mask of \(mask.count)")
    for index in mask.indices { unsafe mask[unchecked: index] = (resized[unchecked: index] - low) * scale }
  }
}

extension ExplanationMethod where Self == ScoreCAM {
  /// ``ScoreCAM`` with its defaults.
  public static var scoreCAM: ScoreCAM { ScoreCAM() }
}
