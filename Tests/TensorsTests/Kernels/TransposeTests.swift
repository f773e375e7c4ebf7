import CKernels
import TestSupport
import Testing

@testable import Tensors

/// Matrices turned (`transpose.c`).
@Suite(.tags(.property), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct TransposeTests {
  static let extents = Array(1...17) + [31, 32, 49]

  @Test(arguments: extents) func everyElementFindsItsPlace(rows: Int) {
    for columns in Self.extents {
      for count in 1...3 {
        let from = (0..<count * rows * columns).map { Float($0) }
        let expected = from.indices.map { index in
          let (matrix, place) = index.quotientAndRemainder(dividingBy: rows * columns)
          return from[matrix * rows * columns + place % rows * columns + place / rows]
        }
        let to = KernelMemory(unwritten: from.count)
        unsafe gl_transpose(from, count, rows, columns, to.start)
        #expect(to.values == expected, "\(count) of \(rows) x \(columns)")
      }
    }
  }
}
