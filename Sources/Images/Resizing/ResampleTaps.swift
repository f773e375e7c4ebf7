/// For each position of a resized axis the source positions that it is made of, with their weights.
///
/// Only a range of positions is computed: what a crop leaves. Positions outside the axis have no source (padding).
struct ResampleTaps {
  /// The first source position of each; 0 where there is none.
  private(set) var first: [Int] = []
  /// How many source positions each has.
  private(set) var counts: [Int] = []
  /// Where the weights of each begin.
  private(set) var starts: [Int] = []
  /// All weights; those of one position sum to 1.
  private(set) var weights: [Double] = []
  var count: Int { first.count }

  /// The source positions that are needed at all; nil where there is none.
  var sourceRange: Range<Int>? {
    let used = counts.indices.filter { counts[$0] > 0 }
    guard let low = used.map({ first[$0] }).min(), let high = used.map({ first[$0] + counts[$0] }).max()
    else { return nil }
    return low..<high
  }

  init(source: Int, resized: Int, positions: Range<Int>, spec: PictureSpec) {
    // PyTorch computes positions in the precision of the picture, which moves them by up to 1e-5 pixels.
    let rounded = { spec.resampling == .pillow ? $0 : Double(Float($0)) }
    let scale = rounded(Double(source) / Double(resized))
    for position in positions {
      guard (0..<resized).contains(position) else {
        append(first: 0, [])
        continue
      }
      let center = rounded((Double(position) + 0.5) * scale)
      if source == resized {
        append(first: position, [1])
      } else if spec.resampling == .floatsWithoutSmoothing {
        appendNearest(at: rounded(center - 0.5), source, spec.interpolation)
      } else {
        appendSmoothed(at: center, scale, source, spec.interpolation)
      }
    }
  }

  private mutating func append(first: Int, _ weights: [Double]) {
    self.first.append(first)
    counts.append(weights.count)
    starts.append(self.weights.count)
    self.weights += weights
  }

  /// The kernel as wide as the picture shrinks: `precompute_coeffs` of Pillow's Resample.c, and PyTorch's `antialias=True`.
  private mutating func appendSmoothed(
    at center: Double, _ scale: Double, _ source: Int, _ interpolation: PictureSpec.Interpolation
  ) {
    let width = max(1, scale)
    let support = interpolation.support * width
    let low = max(0, Int(center - support + 0.5))
    let high = min(source, Int(center + support + 0.5))
    var values = (low..<max(low, high)).map { index in
      interpolation.weight((Double(index) - center + 0.5) / width, sharpness: -0.5)
    }
    let sum = values.reduce(0, +)
    if sum != 0 { for index in values.indices { values[index] /= sum } }
    append(first: low, values)
  }

  /// The two or four nearest, the border repeated: PyTorch's `antialias=False` (cubic with -0.75, as OpenCV).
  private mutating func appendNearest(
    at position: Double, _ source: Int, _ interpolation: PictureSpec.Interpolation
  ) {
    let reach = Int(interpolation.support)
    // Bilinear positions before the first centre are the first centre.
    let position = interpolation == .bilinear ? max(0, position) : position
    let base = Int(position.rounded(.down))
    let low = min(max(0, base - reach + 1), source - 1)
    let high = min(max(0, base + reach), source - 1)
    var values = [Double](repeating: 0, count: high - low + 1)
    for tap in base - reach + 1...base + reach {
      values[min(max(low, tap), high) - low] += interpolation.weight(
        Double(tap) - position, sharpness: -0.75)
    }
    append(first: low, values)
  }
}

extension PictureSpec.Interpolation {
  /// Pixels to each side at which the kernel ends.
  var support: Double { self == .bilinear ? 1 : 2 }

  /// The kernel at a distance in pixels. Bicubic: Keys 1981 (doi:10.1109/TASSP.1981.1163711), `sharpness` is its a.
  func weight(_ distance: Double, sharpness a: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}
