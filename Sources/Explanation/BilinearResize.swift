import Files
public import Tensors

/// A map `[f, t]` resized to `shape` `[F, T]` by bilinear interpolation.
///
/// Pixel centres are at half-integers and the border is repeated, as in
/// `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` and `cv2.resize(INTER_LINEAR)` (without smoothing
/// before a reduction). The map is stretched over the whole input as in the CAM papers; the few cells by which a layer's
/// receptive fields are shifted (a convolution without padding) are not corrected. Traps unless both have rank 2 and the map is
/// not empty. Cost: 4 F T.
public func bilinearlyResized(_ map: Tensor, to shape: Shape) -> Tensor {
  demand(
    map.shape.rank == 2 && shape.rank == 2 && map.count > 0, "cannot resize \(map.shape) to \(shape)")
  if map.shape == shape { return map }
  let rows = interpolationTaps(from: map.shape[0], to: shape[0])
  let columns = interpolationTaps(from: map.shape[1], to: shape[1])
  // Each row of the map is stretched once, then two of them are blended for each row of the result.
  let stretched = stretchedRows(map, columns)
  let width = columns.count
  return Tensor(shape: shape) { result in
    let stretched = stretched.span
    for (index, row) in rows.enumerated() {
      let upper = stretched.extracting(row.first * width..<(row.first + 1) * width)
      let lower = stretched.extracting(row.second * width..<(row.second + 1) * width)
      let start = index * width
      precondition(start + width <= result.count)
      // Without the checks of every index the loop is one of vectors.
      for column in 0..<width {
        unsafe result[unchecked: start &+ column] = row.blend(
          upper[unchecked: column], lower[unchecked: column])
      }
    }
  }
}

private func stretchedRows(_ map: Tensor, _ columns: [InterpolationTap]) -> [Float] {
  let (source, width) = (map.values, map.shape[1])
  var stretched: [Float] = []
  stretched.reserveCapacity(map.shape[0] * columns.count)
  for start in stride(from: 0, to: source.count, by: width) {
    for column in columns {
      stretched.append(column.blend(source[start + column.first], source[start + column.second]))
    }
  }
  return stretched
}

/// Two neighbours on one axis and the share of the second.
struct InterpolationTap {
  let first: Int
  let second: Int
  let weight: Float

  func blend(_ one: Float, _ other: Float) -> Float {
    one * (1 - weight) + other * weight
  }
}

func interpolationTaps(from source: Int, to target: Int) -> [InterpolationTap] {
  let scale = Double(source) / Double(max(1, target))
  return (0..<target).map { index in
    let position = max(0, (Double(index) + 0.5) * scale - 0.5)
    let first = min(Int(position), source - 1)
    return InterpolationTap(
      first: first, second: min(first + 1, source - 1), weight: Float(position - Double(first)))
  }
}
