import Files
public import Tensors

/// Standardisation fitted on the training set: `(x - mean) / std`, kept in the checkpoint.
public struct FeatureNormalization: Sendable, Equatable {
  /// Which values share one mean and one standard deviation.
  public enum Granularity: String, Codable, Sendable, CaseIterable {
    /// One pair for each feature bin (row), over all clips and frames: arrays of shape `[F, 1]`.
    case perBin = "per-bin"
    /// One pair for each cell of the map, over all clips: arrays of shape `[F, T]`.
    case perFeature = "per-feature"
    /// No standardisation: mean 0, standard deviation 1, shape `[F, 1]`.
    case none
  }

  public let granularity: Granularity
  /// Shape `[F, 1]` or `[F, T]`.
  public let mean: Tensor
  /// As ``mean``; at least 1e-6 everywhere.
  public let std: Tensor

  /// Traps unless `mean` and `std` have one shape.
  public init(granularity: Granularity, mean: Tensor, std: Tensor) {
    demand(mean.shape == std.shape, "mean \(mean.shape) and std \(std.shape)")
    self.granularity = granularity
    self.mean = mean
    self.std = std
  }

  /// No standardisation, for maps of so many bins.
  public static func none(binCount: Int) -> FeatureNormalization {
    FeatureNormalization(
      granularity: .none, mean: Tensor(shape: [binCount, 1]), std: Tensor(repeating: 1, shape: [binCount, 1]))
  }

  /// One mean and one standard deviation for all values, for maps of so many bins: `(x - mean) / std`, as many published networks have
  /// it. Traps unless `std` is at least 1e-6.
  public static func uniform(mean: Float, std: Float, binCount: Int) -> FeatureNormalization {
    demand(std >= 1e-6 && mean.isFinite, "mean \(mean), standard deviation \(std)")
    return FeatureNormalization(
      granularity: .perBin, mean: Tensor(repeating: mean, shape: [binCount, 1]),
      std: Tensor(repeating: std, shape: [binCount, 1]))
  }

  /// Standardises one map of shape `[F, T]`.
  public func apply(to map: Tensor) -> Tensor {
    demand(map.shape.rank == 2 && map.shape[0] == mean.shape[0], "map \(map.shape) for \(mean.shape)")
    let (bins, frames, columns) = (map.shape[0], map.shape[1], mean.shape[1])
    demand(columns == 1 || columns == frames, "map \(map.shape) for \(mean.shape)")
    let (means, deviations) = (mean.values, std.values)
    var result = map
    result.withMutableSpan { span in
      for bin in 0..<bins {
        for frame in 0..<frames {
          let parameter = columns == 1 ? bin : bin * frames + frame
          let index = bin * frames + frame
          span[index] = (span[index] - means[parameter]) / deviations[parameter]
        }
      }
    }
    return result
  }
}
