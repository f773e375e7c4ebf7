/// Resizing as PyTorch's `interpolate` does it on float tensors: columns first, no rounding. Bicubic values may leave the range
/// of the picture's, as they do there.
enum FloatResampling {
  /// Interleaved pixels of the rows and columns asked for, `values` for the bytes; padding is 0.
  static func resampled(
    _ picture: Picture, _ values: [Float], rows: ResampleTaps, columns: ResampleTaps
  ) -> [Float] {
    let width = columns.count * 3
    var result = [Float](repeating: 0, count: rows.count * width)
    guard let range = rows.sourceRange else { return result }
    let stretched = stretchedRows(picture, values, range, columns)
    let weights = rows.weights.map(Float.init)
    for row in 0..<rows.count {
      for tap in 0..<rows.counts[row] {
        let weight = weights[rows.starts[row] + tap]
        let start = (rows.first[row] + tap - range.lowerBound) * width
        let source = stretched.span.extracting(start..<start + width)
        let target = row * width
        for index in 0..<width {
          unsafe result[target + index] += source[unchecked: index] * weight
        }
      }
    }
    return result
  }

  /// The rows of a range at their new width.
  private static func stretchedRows(
    _ picture: Picture, _ values: [Float], _ range: Range<Int>, _ columns: ResampleTaps
  ) -> [Float] {
    let weights = columns.weights.map(Float.init)
    var result = [Float](repeating: 0, count: range.count * columns.count * 3)
    for row in range {
      let start = row * picture.width * 3
      let source = picture.pixels.span.extracting(start..<start + picture.width * 3)
      let target = (row - range.lowerBound) * columns.count * 3
      for column in 0..<columns.count {
        var (red, green, blue): (Float, Float, Float) = (0, 0, 0)
        let weightStart = columns.starts[column]
        var pixel = columns.first[column] * 3
        for tap in weightStart..<weightStart + columns.counts[column] {
          let weight = weights[tap]
          red += values[Int(source[pixel])] * weight
          green += values[Int(source[pixel + 1])] * weight
          blue += values[Int(source[pixel + 2])] * weight
          pixel += 3
        }
        result[target + column * 3] = red
        result[target + column * 3 + 1] = green
        result[target + column * 3 + 2] = blue
      }
    }
    return result
  }
}
