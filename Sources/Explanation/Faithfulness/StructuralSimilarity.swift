import Files
public import Tensors

/// Structural similarity of two maps `[F, T]`, at most 1: the mean over all windows of 7 x 7 cells inside them.
///
/// Means, sample variances and covariance of each window, with c1 = (0.01 L)^2, c2 = (0.03 L)^2 and L the range of values:
/// the default of `skimage.metrics.structural_similarity(data_range: L)`. Smaller maps use a smaller odd window. Nil if L is 0,
/// and for maps of fewer than 3 rows or columns. Traps on different shapes. Cost: 49 F T.
///
/// - Parameter dataRange: L; by default the largest minus the smallest value of both maps together.
///
/// Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861.
public func structuralSimilarity(_ first: Tensor, _ second: Tensor, dataRange: Double? = nil) -> Double? {
  demand(
    first.shape == second.shape && first.shape.rank == 2, "\(first.shape) against \(second.shape)")
  let (rows, columns) = (first.shape[0], first.shape[1])
  let smaller = min(rows, columns)
  let window = min(7, smaller.isMultiple(of: 2) ? smaller - 1 : smaller)
  let all = first.values + second.values
  let range = dataRange ?? Double(all.max() ?? 0) - Double(all.min() ?? 0)
  guard window >= 3, range > 0 else { return nil }
  let (c1, c2) = (0.01 * range * 0.01 * range, 0.03 * range * 0.03 * range)
  let sum = Sums.similarities(first.values.span, second.values.span, columns: columns, window: window, c1, c2)
  return sum / Double((rows - window + 1) * (columns - window + 1))
}
