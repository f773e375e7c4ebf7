/// Resizing as Pillow's `Image.resize` does it: bytes, columns first, weights of 22 bits, each pass rounded to bytes.
///
/// Follows `ImagingResample` in Pillow's Resample.c: equal to it byte for byte.
enum ByteResampling {
  /// Bits of a weight: sums of bytes of three times their range fit into 32 bits.
  private static let precision: Int32 = 22

  /// Interleaved pixels of the rows and columns asked for; padding is black.
  static func resampled(_ picture: Picture, rows: ResampleTaps, columns: ResampleTaps) -> [UInt8] {
    guard let range = rows.sourceRange else {
      return [UInt8](repeating: 0, count: rows.count * columns.count * 3)
    }
    let stretched = stretchedRows(picture, range, columns)
    let width = columns.count * 3
    let weights = fixedPoint(rows.weights)
    var result = [UInt8](repeating: 0, count: rows.count * width)
    var sums = [Int32](repeating: 0, count: width)
    for row in 0..<rows.count where rows.counts[row] > 0 {
      // The indices of all three are below `width`; unchecked, the loops are of vectors.
      var sum = sums.mutableSpan
      for index in 0..<width { unsafe sum[unchecked: index] = 1 << (precision - 1) }
      for tap in 0..<rows.counts[row] {
        let weight = weights[rows.starts[row] + tap]
        let start = (rows.first[row] + tap - range.lowerBound) * width
        let source = stretched.span.extracting(start..<start + width)
        for index in 0..<width {
          unsafe sum[unchecked: index] &+= Int32(source[unchecked: index]) &* weight
        }
      }
      var target = result.mutableSpan
      precondition(sum.count == width && (row + 1) * width <= target.count)
      for index in 0..<width {
        unsafe target[unchecked: row &* width &+ index] = clipped(sum[unchecked: index])
      }
    }
    return result
  }

  /// The rows of a range at their new width.
  private static func stretchedRows(
    _ picture: Picture, _ range: Range<Int>, _ columns: ResampleTaps
  ) -> [UInt8] {
    let weights = fixedPoint(columns.weights)
    var result = [UInt8](repeating: 0, count: range.count * columns.count * 3)
    let half: Int32 = 1 << (precision - 1)
    for row in range {
      let start = row * picture.width * 3
      let source = picture.pixels.span.extracting(start..<start + picture.width * 3)
      let target = (row - range.lowerBound) * columns.count * 3
      for column in 0..<columns.count where columns.counts[column] > 0 {
        var (red, green, blue) = (half, half, half)
        let weightStart = columns.starts[column]
        var pixel = columns.first[column] * 3
        for tap in weightStart..<weightStart + columns.counts[column] {
          let weight = weights[tap]
          red &+= Int32(source[pixel]) &* weight
          green &+= Int32(source[pixel + 1]) &* weight
          blue &+= Int32(source[pixel + 2]) &* weight
          pixel += 3
        }
        result[target + column * 3] = clipped(red)
        result[target + column * 3 + 1] = clipped(green)
        result[target + column * 3 + 2] = clipped(blue)
      }
    }
    return result
  }

  /// Weights as whole numbers, rounded away from zero.
  private static func fixedPoint(_ weights: [Double]) -> [Int32] {
    weights.map { Int32(($0 * Double(1 << precision)).rounded(.toNearestOrAwayFromZero)) }
  }

  private static func clipped(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> precision) }
}
