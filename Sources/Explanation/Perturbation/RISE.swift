import Files
public import Tensors

/// RISE: the mean of random masks, each weighted by the score of the masked input.
///
/// A mask is a coarse grid of zeros and ones (1 with probability p) resized to the input (bilinear) and shifted by a
/// random part of a cell. Map = 1 / (N p) sum over masks of (f - mean f) M: how far the score is above its mean when a cell is
/// visible. The paper does not subtract the mean; that adds a constant, and noise, which hide a logit's evidence
/// (`subtractsMean = false` reproduces it). Memory does not grow with N. Cost: N inferences and 4 N F T operations.
///
/// Source: Petsiuk et al., "RISE", BMVC 2018, arXiv:1806.07421.
public struct RISE: ManyPassMethod, BaselineMethod {
  public static let name = "rise"
  public static let traits = MethodTraits(reads: .input, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "mean of random masks weighted by the score of the masked input", passes: "N",
    source: "Petsiuk et al. 2018, arXiv:1806.07421")
  public static let isRandom = true
  public static let options: [MethodOption<Self>] =
    [
      .integer(
        "masks", \.maskCount, 1...1_000_000, subject: "RISE's number of masks", help: "number of random masks"
      ),
      .number(
        "keep", \.keepProbability, subject: "RISE's share of kept cells",
        help: "share of the input that a mask keeps",
        rule: "0.01 to 0.99", holds: { $0 >= 0.01 && $0 <= 0.99 }),
      .extents(
        "grid", \.chosenGrid, subject: "RISE's grid", help: "rows and columns of the grid under a mask",
        range: 1...1024),
      .flag(
        "keep-mean", key: "subtractsMean", \.subtractsMean, isInverted: true,
        help: "the paper's map, without subtracting the mean score"),
    ] + baselineOptions

  /// N, the number of masks (the paper uses 4 000 to 8 000 for finer maps of images).
  public var maskCount = 2000
  /// p, the probability that a cell of the grid is kept.
  public var keepProbability: Float = 0.5
  /// Rows and columns of the coarse grid (the paper's 7 x 7 is for square images); fewer for a smaller input.
  public var grid = Self.usualGrid
  /// Whether the mean score is subtracted.
  public var subtractsMean = true

  public var baseline = Baseline.mean
  public var seed: UInt64 = 0

  public init() {}

  /// The grid for this input.
  public func settings(inputShape: Shape) -> [String: OptionValue] {
    var settings = ownSettings()
    settings["grid"] = .extents(zip(grid, inputShape.dimensions).map { min($0, $1) })
    return settings
  }

  private static let usualGrid = [8, 16]
  private var chosenGrid: [Int]? {
    get { grid }
    set { grid = newValue ?? Self.usualGrid }
  }

  /// The masks for an input `[F, T]`; mask `index` depends only on the seed.
  public func masks(on shape: Shape, seed: UInt64) -> RISEMasks {
    RISEMasks(
      shape: shape, grid: zip(grid, shape.dimensions).map { min($0, $1) }, keepProbability: keepProbability,
      seed: seed)
  }

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let base = try start(subject)
    let masks = masks(on: subject.mapShape, seed: seed)
    let size = subject.mapShape.count
    var (weighted, total) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    var scoreSum = 0.0
    // Scores are counted from the intact input's: the smaller numbers keep more digits.
    let origin = subject.scoreValue
    try subject.masking(by: base).forEachBatch(count: maskCount, fill: masks.write) { _, values, logits in
      let scores = subject.scores(ofLogits: logits).map { Float($0 - origin) }
      scoreSum += scores.reduce(0) { $0 + Double($1) }
      // A batch's sums in single precision, their sums in double.
      let factors = scores + [Float](repeating: 1, count: scores.count)
      var sums = [Float](repeating: 0, count: 2 * size)
      var span = sums.mutableSpan
      matrixProduct(
        factors.span, values.values.span, rows: 2, columns: size, inner: scores.count, into: &span)
      for cell in 0..<size {
        weighted[cell] += Double(sums[cell])
        total[cell] += Double(sums[size + cell])
      }
    }
    let count = Double(maskCount)
    let mean = subtractsMean ? scoreSum / count : -origin
    let scale = 1 / (count * Double(keepProbability))
    let map = zip(weighted, total).map { Float(($0 - mean * $1) * scale) }
    var found = MethodMap(Tensor(map, shape: subject.mapShape))
    found.baselineInput = subject.asMap(base)
    return found
  }
}

extension ExplanationMethod where Self == RISE {
  /// ``RISE`` with its defaults.
  public static var rise: RISE { RISE() }
}

/// RISE's random masks, each generated on request.
public struct RISEMasks: Sendable {
  /// `[F, T]`.
  public let shape: Shape
  /// Rows and columns of the coarse grid.
  public let grid: [Int]
  public let keepProbability: Float
  public let seed: UInt64
  /// Rows and columns of the input that one cell covers.
  private let cell: [Int]
  /// Taps of the whole resized grid, of which a mask is a part.
  private let (rows, columns): ([InterpolationTap], [InterpolationTap])

  init(shape: Shape, grid: [Int], keepProbability: Float, seed: UInt64) {
    (self.shape, self.grid, self.keepProbability, self.seed) = (shape, grid, keepProbability, seed)
    cell = zip(shape.dimensions, grid).map { ($0 + $1 - 1) / $1 }
    rows = interpolationTaps(from: grid[0], to: (grid[0] + 1) * cell[0])
    columns = interpolationTaps(from: grid[1], to: (grid[1] + 1) * cell[1])
  }

  /// Writes mask number `index`, `F T` values in [0, 1].
  ///
  /// The generator of stream `index` draws the shifts over rows and columns, then the cells row by row.
  public func write(_ index: Int, _ mask: inout MutableSpan<Float>) {
    var generator = SeededGenerator(seed: seed, stream: UInt64(index))
    let shifts = cell.map { min(Int(generator.uniform() * Float($0)), $0 - 1) }
    let cells = (0..<grid[0] * grid[1]).map { _ in generator.uniform() < keepProbability ? Float(1) : 0 }
    let (height, width) = (shape[0], shape[1])
    // Each row of the grid over all columns, then rows in between.
    var lines = [Float](repeating: 0, count: grid[0] * width)
    for line in 0..<grid[0] {
      for column in 0..<width {
        let tap = columns[column + shifts[1]]
        lines[line * width + column] = tap.blend(
          cells[line * grid[1] + tap.first], cells[line * grid[1] + tap.second])
      }
    }
    let values = lines.span
    for row in 0..<height {
      let tap = rows[row + shifts[0]]
      let (upper, lower, share) = (tap.first * width, tap.second * width, tap.weight)
      precondition(max(upper, lower) + width <= values.count && (row + 1) * width <= mask.count)
      for column in 0..<width {
        let (one, other) = unsafe (values[unchecked: upper + column], values[unchecked: lower + column])
        unsafe mask[unchecked: row * width + column] = one * (1 - share) + other * share
      }
    }
  }
}
