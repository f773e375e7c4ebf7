public import Files
public import Tensors

/// Occlusion: how much the score falls when a window of the input is replaced by the baseline.
///
/// The window slides by `stride`; the last one in a row is cut off at the border, as in Captum. A cell's value is the mean
/// decrease over the windows that cover it: positive where the cell speaks for the class. On an MFCC map a window is a range of
/// quefrencies, not of Hz. Cost: one inference for each window.
///
/// Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, arXiv:1311.2901.
public struct Occlusion: ManyPassMethod, BaselineMethod {
  public static let name = "occlusion"
  public static let traits = MethodTraits(reads: .input, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "mean fall of the score over the windows that cover a cell", passes: "one per window",
    source: "Zeiler and Fergus 2014, arXiv:1311.2901")
  public static let options: [MethodOption<Self>] =
    [
      .extents(
        "patch", key: "window", \.window, subject: "the occlusion's window",
        help: "rows and columns of the covered patch"),
      .extents(
        "stride", \.stride, subject: "the occlusion's stride",
        help: "rows and columns from one patch to the next"),
    ] + baselineOptions

  /// Rows and columns of the window; nil uses an eighth of the rows and a thirteenth of the columns, at least 1 (16 x 34 on 128 x
  /// 431).
  public var window: [Int]?
  /// Rows and columns from one window to the next; nil uses half the window.
  public var stride: [Int]?

  public var baseline = Baseline.mean
  public var seed: UInt64 = 0

  public init() {}

  public init(window: [Int]?, stride: [Int]? = nil, baseline: Baseline = .mean) {
    (self.window, self.stride, self.baseline) = (window, stride, baseline)
  }

  /// The window and stride for this input.
  public func settings(inputShape: Shape) -> [String: OptionValue] {
    var settings = ownSettings()
    settings["window"] = .extents(window(on: inputShape))
    settings["stride"] = .extents(stride(on: inputShape))
    return settings
  }

  /// The window for an input `[F, T]`.
  public func window(on shape: Shape) -> [Int] {
    window ?? zip(shape.dimensions, [8, 13]).map { max(1, ($0 + $1 - 1) / $1) }
  }

  /// The stride for an input `[F, T]`.
  public func stride(on shape: Shape) -> [Int] {
    stride ?? window(on: shape).map { max(1, $0 / 2) }
  }

  /// Throws ``CodedError/Code/badOption`` for a window that does not fit the input `[F, T]` or a stride that would leave cells
  /// uncovered.
  public func validate(inputShape: Shape) throws(CodedError) {
    let (window, stride) = (window(on: inputShape), stride(on: inputShape))
    try require(window.count == 2 && stride.count == 2, "the occlusion's window", window, "rows and columns")
    for (axis, name) in ["rows", "columns"].enumerated() {
      let extent = inputShape[axis]
      try require(
        (1...max(1, extent)).contains(window[axis]), "the occlusion window's number of \(name)",
        window[axis], "1 to \(extent)")
      try require(
        (1...window[axis]).contains(stride[axis]), "the occlusion's stride over \(name)", stride[axis],
        "1 to the window's \(window[axis]), so that no cell stays unseen")
    }
  }

  /// Rows and columns of each window on an input `[F, T]`.
  func places(on shape: Shape) -> [(rows: Range<Int>, columns: Range<Int>)] {
    let (window, stride) = (window(on: shape), stride(on: shape))
    let starts = (0..<2).map { axis in
      let count = (shape[axis] - window[axis] + stride[axis] - 1) / stride[axis] + 1
      return (0..<count).map { $0 * stride[axis]..<min($0 * stride[axis] + window[axis], shape[axis]) }
    }
    return starts[0].flatMap { rows in starts[1].map { (rows, $0) } }
  }

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let base = try start(subject)
    let (shape, columns) = (subject.mapShape, subject.mapShape[1])
    let places = places(on: shape)
    // Mask 0 covers nothing: both scores come from the same kernels.
    let logits = try subject.masking(by: base).logits(ofSeparate: places.count + 1) { index, mask in
      for cell in mask.indices { mask[cell] = 1 }
      guard index > 0 else { return }
      let place = places[index - 1]
      for row in place.rows { for column in place.columns { mask[row * columns + column] = 0 } }
    }
    let scores = subject.scores(ofLogits: logits)
    var sums = [Double](repeating: 0, count: shape.count)
    var covers = [Double](repeating: 0, count: shape.count)
    for (place, score) in zip(places, scores.dropFirst()) {
      for row in place.rows {
        for column in place.columns {
          sums[row * columns + column] += scores[0] - score
          covers[row * columns + column] += 1
        }
      }
    }
    var map = MethodMap(
      Tensor(zip(sums, covers).map { Float($0 / max(1, $1)) }, shape: shape))
    map.baselineInput = subject.asMap(base)
    return map
  }
}

extension ExplanationMethod where Self == Occlusion {
  /// ``Occlusion`` with its defaults.
  public static var occlusion: Occlusion { Occlusion() }
}

/// Throws unless a number is in its range, and names both.
func require(
  _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ range: String
) throws(CodedError) {
  guard holds else { throw CodedError(.badOption, "\(name) is \(value): it must be \(range)") }
}
