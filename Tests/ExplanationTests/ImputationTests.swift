import Tensors
import TestSupport
import Testing

@testable import Explanation

/// ROAD's imputation against the solution of the system worked out directly.
@Suite struct ImputationTests {
  /// The removed cells by Gaussian elimination in double.
  private func direct(_ map: [Float], rows: Int, columns: Int, isRemoved: [Bool]) -> [Double] {
    let unknowns = isRemoved.indices.filter { isRemoved[$0] }
    var matrix = unknowns.map { _ in [Double](repeating: 0, count: unknowns.count + 1) }
    for (line, cell) in unknowns.enumerated() {
      for down in -1...1 {
        for right in -1...1 where down != 0 || right != 0 {
          let (row, column) = (cell / columns + down, cell % columns + right)
          guard (0..<rows).contains(row), (0..<columns).contains(column) else { continue }
          let (weight, other) = (down == 0 || right == 0 ? 1.0 / 6 : 1.0 / 12, row * columns + column)
          matrix[line][line] += weight
          if let place = unknowns.firstIndex(of: other) {
            matrix[line][place] -= weight
          } else {
            matrix[line][unknowns.count] += weight * Double(map[other])
          }
        }
      }
    }
    // Diagonally dominant: no pivots need to be looked for.
    for pivot in matrix.indices {
      for line in matrix.indices where line != pivot && matrix[line][pivot] != 0 {
        let factor = matrix[line][pivot] / matrix[pivot][pivot]
        for place in pivot...unknowns.count { matrix[line][place] -= factor * matrix[pivot][place] }
      }
    }
    var result = map.map(Double.init)
    for (line, cell) in unknowns.enumerated() {
      result[cell] = matrix[line][unknowns.count] / matrix[line][line]
    }
    return result
  }

  /// Which cells of a map are taken.
  enum Pattern: CaseIterable {
    case scattered, oneWideHole, allButOne, stripes, aCorner

    func takes(_ row: Int, _ column: Int, _ random: Float) -> Bool {
      switch self {
      case .scattered: random < 0.7
      case .oneWideHole: (1...9).contains(row) && column > 2
      case .allButOne: row != 4 || column != 5
      case .stripes: row % 4 != 0
      case .aCorner: row + column < 9
      }
    }
  }

  @Test(arguments: Pattern.allCases)
  func cellsAreThoseOfTheDirectSolution(pattern: Pattern) throws {
    for (rows, columns) in [(11, 17), (12, 16), (3, 9), (2, 30)] {
      var generator = SeededGenerator(seed: 3)
      let isRemoved = (0..<rows * columns).map {
        pattern.takes($0 / columns, $0 % columns, generator.uniform())
      }
      let input = Tensor.random([2, rows, columns], seed: 5)
      var imputation = NoisyLinearImputation()
      imputation.noise = 0
      guard isRemoved.contains(false) else { continue }
      for channel in 0..<2 {
        let expected = direct(input.item(channel).values, rows: rows, columns: columns, isRemoved: isRemoved)
        // The residual's limit is 1e-6 of the right side; a lone known cell leaves the system's condition at some hundreds.
        let found = imputation.imputed(input, isRemoved: isRemoved, seed: 0).item(channel)
        expectClose(found.values, expected.map { Float($0) }, absolute: 5e-5)
        imputation.tolerance = 1e-12
        let exact = imputation.imputed(input, isRemoved: isRemoved, seed: 0).item(channel)
        expectClose(exact.values, expected.map { Float($0) }, absolute: 5e-7)
        imputation.tolerance = 1e-6
      }
    }
  }

  /// A hole as wide as the map takes no more iterations than a small one: without the coarser grids it would take hundreds.
  @Test func wideHolesAreFilledAsFastAsSmallOnes() {
    for (rows, columns) in [(128, 431), (64, 64)] {
      let input = Tensor.random([rows, columns], seed: 2)
      var kernel = ImputationKernel(rows: rows, columns: columns)
      for margin in [1, 20] {
        let removed = (0..<rows * columns).map { cell -> UInt8 in
          let (row, column) = (cell / columns, cell % columns)
          let inside = row >= margin && column >= margin && row < rows - margin && column < columns - margin
          return inside ? 1 : 0
        }
        var filled = input
        let steps = filled.withMutableSpan { kernel.fill(&$0, where: removed.span, tolerance: 1e-6) }
        #expect((1...30).contains(steps), "\(steps) iterations")
        #expect(filled.isFinite)
      }
    }
  }
}
