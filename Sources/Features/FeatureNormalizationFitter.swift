public import Files
public import Tensors

/// Computes the mean and standard deviation of maps added one by one, in the memory of one map, to fit a
/// ``FeatureNormalization``.
///
/// Welford's update in double precision for each cell, with West's weights: for a map x of weight w, with W the total weight up
/// to and including it, `mean += w / W (x - mean)` and `squares += w (x - old mean) (x - new mean)`. The same maps in the same
/// order give the same numbers.
///
/// Sources: B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962,
/// doi:10.1080/00401706.1962.10490022; D. H. D. West, "Updating Mean and Variance Estimates: An Improved Method", 1979,
/// doi:10.1145/359146.359153.
public struct FeatureNormalizationFitter: Sendable {
  /// Number of maps added so far.
  public private(set) var count = 0
  /// The sum of their weights.
  private var weight = 0.0
  private var shape: Shape?
  private var means: [Double] = []
  /// Weighted sums of squared deviations.
  private var squares: [Double] = []

  /// Standard deviations below this count as zero: such cells are only centred, and their standard deviation is set to 1.
  public static let smallestDeviation = 1e-6

  public init() {}

  /// Adds one map `[F, T]`. Traps when its shape differs from the first one's, and unless the weight is positive.
  public mutating func add(_ map: Tensor, weight: Double = 1) {
    demand(weight > 0 && weight < .infinity, "weight \(weight)")
    if shape == nil {
      demand(map.shape.rank == 2, "map \(map.shape), expected [F, T]")
      shape = map.shape
      means = [Double](repeating: 0, count: map.count)
      squares = means
    }
    demand(map.shape == shape, "map \(map.shape) after \(shape ?? [])")
    count += 1
    self.weight += weight
    let share = weight / self.weight
    for index in 0..<map.count {
      let value = Double(map.values[index])
      let difference = value - means[index]
      means[index] += difference * share
      squares[index] += weight * difference * (value - means[index])
    }
  }

  /// Adds one map.
  public mutating func add(_ map: FeatureMap) { add(map.values) }

  /// The standardisation of all maps added: weighted mean and population standard deviation.
  ///
  /// Throws ``CodedError`` `noMaps` before the first map, `unsupportedSamples` if a map contained numbers that are not finite.
  public func finish(_ granularity: FeatureNormalization.Granularity) throws(CodedError)
    -> FeatureNormalization
  {
    guard let shape, count > 0 else {
      throw CodedError(.noMaps, "no feature maps to take the mean of")
    }
    let (bins, frames) = (shape[0], shape[1])
    var (mean, variance): ([Double], [Double])
    switch granularity {
    case .none:
      (mean, variance) = (Array(repeating: 0, count: bins), Array(repeating: 1, count: bins))
    case .perFeature:
      (mean, variance) = (means, squares.map { $0 / weight })
    case .perBin:
      (mean, variance) = ([], [])
      for bin in 0..<bins {
        let row = bin * frames..<(bin + 1) * frames
        let rowMean = means[row].reduce(0, +) / Double(frames)
        let between = means[row].reduce(0) { $0 + ($1 - rowMean) * ($1 - rowMean) }
        mean.append(rowMean)
        variance.append((squares[row].reduce(0, +) / weight + between) / Double(frames))
      }
    }
    guard mean.allSatisfy(\.isFinite), variance.allSatisfy(\.isFinite) else {
      throw CodedError(.unsupportedSamples, "a feature map holds values that are not finite numbers")
    }
    let parameterShape: Shape = granularity == .perFeature ? shape : [bins, 1]
    let deviations = variance.map { variance in
      let deviation = variance.squareRoot()
      return Float(deviation < Self.smallestDeviation ? 1 : deviation)
    }
    return FeatureNormalization(
      granularity: granularity, mean: Tensor(mean.map { Float($0) }, shape: parameterShape),
      std: Tensor(deviations, shape: parameterShape))
  }
}
