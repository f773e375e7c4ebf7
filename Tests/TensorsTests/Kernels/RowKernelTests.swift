import CKernels
import TestSupport
import Testing

@testable import Tensors

/// Copies and sums of rows and columns, and windows over images (`recurrent.c`), on whole numbers: exact.
@Suite(.tags(.property)) struct RowKernelTests {
  static let extents = Array(1...17) + [63, 64, 65, 130]

  @Test(arguments: extents) func rowsAndColumns(columns: Int) {
    for rows in [1, 2, 3, 17] {
      let values = wholeNumbers(rows * columns, seed: columns)
      let (repeated, sums) = (KernelMemory(unwritten: rows * columns), KernelMemory(unwritten: columns))
      unsafe gl_repeat_row(values, rows, columns, repeated.start)
      unsafe gl_column_sums(values, rows, columns, sums.start)
      let all = (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
      let totals = (0..<columns).map { column in all.reduce(Float(0)) { $0 + $1[column] } }
      #expect(repeated.values == all.flatMap { _ in all[0] })
      #expect(sums.values == totals)
      for first in Set([0, columns / 3, columns - 1]) {
        for count in Set([1, (columns - first + 1) / 2, columns - first]) {
          let part = KernelMemory(unwritten: rows * count)
          unsafe gl_copy_columns(values, rows, columns, first, count, part.start)
          #expect(part.values == all.flatMap { $0[first..<first + count] })
        }
      }
    }
  }

  struct Windows {
    var (channels, height, width): (Int, Int, Int)
    var (kernel, stride, padding, dilation): ([Int], [Int], [Int], [Int])

    func extent(_ axis: Int) -> Int {
      ([height, width][axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1
    }
  }

  /// 1 x 1 maps, 1 to 17 channels, kernels as large as the map, windows of padding alone, gaps between their elements.
  static let windows: [Windows] =
    (1...17).flatMap { (channels: Int) -> [Windows] in
      [
        Windows(
          channels: channels, height: 1, width: 1, kernel: [1, 1], stride: [1, 1], padding: [0, 0],
          dilation: [1, 1]),
        Windows(
          channels: channels, height: 3, width: 5, kernel: [3, 5], stride: [1, 1], padding: [1, 2],
          dilation: [1, 1]),
        Windows(
          channels: 2, height: 5, width: 2 * channels + 1, kernel: [3, 2], stride: [2, 1 + channels % 3],
          padding: [channels % 4, 1], dilation: [1, 1 + channels % 2]),
      ]
    } + [
      Windows(
        channels: 1, height: 1, width: 1, kernel: [1, 1], stride: [1, 2], padding: [0, 3], dilation: [1, 1]),
      Windows(
        channels: 2, height: 9, width: 4, kernel: [3, 3], stride: [1, 1], padding: [5, 4], dilation: [4, 3]),
    ]

  @Test(arguments: windows) func columnsOfWindows(_ of: Windows) {
    let (height, width) = (of.extent(0), of.extent(1))
    var w = gl_windows(
      channels: of.channels, height: of.height, width: of.width, output_height: height, output_width: width,
      kernel_y: of.kernel[0], kernel_x: of.kernel[1], stride_y: of.stride[0], stride_x: of.stride[1],
      pad_y: of.padding[0], pad_x: of.padding[1], dilation_y: of.dilation[0], dilation_x: of.dilation[1])
    let image = wholeNumbers(of.channels * of.height * of.width, seed: 1)
    let count = of.channels * of.kernel[0] * of.kernel[1] * height * width
    let back = wholeNumbers(count, seed: 2)
    var (columns, summed) = ([Float](repeating: 0, count: count), image)
    for index in 0..<count {
      let (x, y) = (index % width, index / width % height)
      let tap = index / (width * height)
      let row = y * of.stride[0] - of.padding[0] + tap / of.kernel[1] % of.kernel[0] * of.dilation[0]
      let column = x * of.stride[1] - of.padding[1] + tap % of.kernel[1] * of.dilation[1]
      guard (0..<of.height).contains(row), (0..<of.width).contains(column) else { continue }
      let place = (tap / (of.kernel[0] * of.kernel[1]) * of.height + row) * of.width + column
      columns[index] = image[place]
      summed[place] += back[index]
    }
    let (result, total) = (KernelMemory(unwritten: count), KernelMemory(image))
    unsafe gl_columns(&w, image, result.start)
    unsafe gl_columns_back(&w, back, total.start)
    #expect(result.values == columns && total.values == summed)
  }
}
