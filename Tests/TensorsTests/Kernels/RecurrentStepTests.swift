import CKernels
import TestSupport
import Testing

@testable import Tensors

/// The steps of recurrent layers (`recurrent.c`) against plain loops over the same functions of one element, which
/// `ElementaryTests` check: to the bit.
@Suite(.tags(.property)) struct RecurrentStepTests {
  /// 1 to 17 units and beyond two vectors, batches of 1 to 3, sequences of 1 to 3 steps.
  static let units = Array(1...17) + [33, 50]

  private struct Case {
    let (rows, steps, units): (Int, Int, Int)
    let width: Int
    let offset: Int

    init(_ units: Int) {
      (rows, steps, self.units) = (1 + units % 3, 1 + units / 2 % 3, units)
      (width, offset) = (2 * units + 3, units % 2 == 0 ? 0 : units + 1)
    }

    func numbers(_ places: [Int], isHard: Bool = false) -> gl_recurrent {
      gl_recurrent(
        rows: rows, steps: steps, units: units, width: width, offset: offset,
        places: (places[0], places[1], places[2], places.count > 3 ? places[3] : 0), is_hard: isHard ? 1 : 0)
    }

    /// The place of a row's step in values of `width` a step.
    func at(_ row: Int, _ step: Int, _ width: Int) -> Int { (row * steps + step) * width }

    func unwritten(_ width: Int) -> [Float] { [Float](repeating: .nan, count: rows * steps * width) }
  }

  /// Comparison in which what must not be written is NaN on both sides.
  private func expectSame(
    _ memory: KernelMemory, _ expected: [Float], _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let same = zip(memory.values, expected).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    #expect(same && memory.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  }

  private static func gate(_ x: Float, _ isHard: Bool) -> Float {
    isHard ? min(max(0.2 * x + 0.5, 0), 1) : gl_sigmoid(x)
  }

  private static func slope(_ y: Float, _ isHard: Bool) -> Float {
    isHard ? (y > 0 && y < 1 ? 0.2 : 0) : y * (1 - y)
  }

  @Test(arguments: units, [true, false]) func stepsOfLSTM(units n: Int, isHard: Bool) {
    let of = Case(n)
    let places = n % 2 == 0 ? [0, 1, 2, 3] : [2, 0, 3, 1]
    var r = of.numbers(places, isHard: isHard)
    let gates = normalNumbers(of.rows * of.steps * 4 * n, seed: 1).map { 2 * $0 }
    let recurrent = normalNumbers(of.rows * 4 * n, seed: 2)
    let (cell, state) = (normalNumbers(of.rows * n, seed: 3), normalNumbers(of.rows * n, seed: 4))
    for step in 0..<of.steps {
      var (activated, newCell, newState) = (gates, cell, state)
      var (before, cells, output) = (of.unwritten(n), of.unwritten(n), of.unwritten(of.width))
      for row in 0..<of.rows {
        for k in 0..<n {
          let x = places.map { of.at(row, step, 4 * n) + $0 * n + k }
          let added = zip(x, places).map { gates[$0] + recurrent[row * 4 * n + $1 * n + k] }
          for gate in [0, 1, 3] { activated[x[gate]] = Self.gate(added[gate], isHard) }
          activated[x[2]] = gl_tanh(added[2])
          let c = activated[x[1]] * cell[row * n + k] + activated[x[0]] * activated[x[2]]
          (newCell[row * n + k], cells[of.at(row, step, n) + k]) = (c, c)
          before[of.at(row, step, n) + k] = state[row * n + k]
          newState[row * n + k] = activated[x[3]] * gl_tanh(c)
          output[of.at(row, step, of.width) + of.offset + k] = newState[row * n + k]
        }
      }
      for keeps in [true, false] {
        let (x, c, h) = (KernelMemory(gates), KernelMemory(cell), KernelMemory(state))
        let (kept, all, y) = (
          KernelMemory(of.unwritten(n)), KernelMemory(of.unwritten(n)), KernelMemory(of.unwritten(of.width))
        )
        unsafe gl_lstm_step(
          &r, step, x.start, recurrent, c.start, h.start, keeps ? kept.start : nil, keeps ? all.start : nil,
          y.start)
        expectSame(x, activated, "gates")
        expectSame(c, newCell, "cell")
        expectSame(h, newState, "state")
        expectSame(y, output, "output")
        expectSame(kept, keeps ? before : of.unwritten(n), "states before")
        expectSame(all, keeps ? cells : of.unwritten(n), "cells")
      }
    }
  }

  @Test(arguments: units, [true, false]) func gradientsOfLSTM(units n: Int, isHard: Bool) {
    let of = Case(n)
    let places = n % 2 == 0 ? [3, 2, 1, 0] : [0, 1, 2, 3]
    var r = of.numbers(places, isHard: isHard)
    // Gates that are 0 or 1 have no slope where they are hard.
    let gates = normalNumbers(of.rows * of.steps * 4 * n, seed: 1).map { min(max($0, 0), 1) }
    let cells = normalNumbers(of.rows * of.steps * n, seed: 2)
    let (dh, dc) = (normalNumbers(of.rows * n, seed: 3), normalNumbers(of.rows * n, seed: 4))
    for step in 0..<of.steps {
      // From the step before, or from none; a layer that runs the other way has a later one before it.
      for earlier in -1..<of.steps where earlier != step {
        var (after, all) = (dc, of.unwritten(4 * n))
        var now = [Float](repeating: .nan, count: of.rows * 4 * n)
        for row in 0..<of.rows {
          for k in 0..<n {
            let base = of.at(row, step, 4 * n)
            let y = places.map { gates[base + $0 * n + k] }
            let h = dh[row * n + k]
            let t = gl_tanh(cells[of.at(row, step, n) + k])
            let c = dc[row * n + k] + h * y[3] * (1 - t * t)
            let old = earlier < 0 ? 0 : cells[of.at(row, earlier, n) + k]
            let gradients = [
              c * y[2] * Self.slope(y[0], isHard), c * old * Self.slope(y[1], isHard),
              c * y[0] * (1 - y[2] * y[2]),
              h * t * Self.slope(y[3], isHard),
            ]
            for (place, gradient) in zip(places, gradients) {
              now[row * 4 * n + place * n + k] = gradient
              all[base + place * n + k] = gradient
            }
            after[row * n + k] = c * y[1]
          }
        }
        let (cell, kept, current) = (
          KernelMemory(dc), KernelMemory(of.unwritten(4 * n)), KernelMemory(unwritten: now.count)
        )
        unsafe gl_lstm_step_gradient(
          &r, step, earlier, gates, cells, dh, cell.start, kept.start, current.start)
        expectSame(cell, after, "cell")
        expectSame(kept, all, "all gates")
        expectSame(current, now, "gates")
      }
    }
  }

  private static let gruForms = [true, false].flatMap { after in
    [true, false].map { (resetsAfter: after, isHard: $0) }
  }

  @Test(arguments: units, gruForms) func stepsOfGRU(units n: Int, form: (resetsAfter: Bool, isHard: Bool)) {
    let (of, resetsAfter, isHard) = (Case(n), form.resetsAfter, form.isHard)
    let places = n % 2 == 0 ? [0, 1, 2] : [1, 0, 2]
    var r = of.numbers(places, isHard: isHard)
    let gates = normalNumbers(of.rows * of.steps * 3 * n, seed: 1).map { 2 * $0 }
    let (first, second) = (normalNumbers(of.rows * 2 * n, seed: 2), normalNumbers(of.rows * n, seed: 3))
    let (state, bias) = (normalNumbers(of.rows * n, seed: 4), normalNumbers(n, seed: 5))
    for step in 0..<of.steps {
      var (activated, products, newState) = (gates, state, state)
      var (before, kept, output) = (of.unwritten(n), of.unwritten(n), of.unwritten(of.width))
      for row in 0..<of.rows {
        for k in 0..<n {
          let x = places.map { of.at(row, step, 3 * n) + $0 * n + k }
          for gate in 0...1 {
            activated[x[gate]] = Self.gate(
              gates[x[gate]] + first[row * 2 * n + places[gate] * n + k], isHard)
          }
          let (reset, update, old) = (activated[x[0]], activated[x[1]], state[row * n + k])
          before[of.at(row, step, n) + k] = old
          products[row * n + k] = reset * old
          let bracket = second[row * n + k] + bias[k]
          kept[of.at(row, step, n) + k] = resetsAfter ? bracket : reset * old
          let new = gl_tanh(gates[x[2]] + (resetsAfter ? reset * bracket : second[row * n + k]))
          activated[x[2]] = new
          newState[row * n + k] = (1 - update) * new + update * old
          output[of.at(row, step, of.width) + of.offset + k] = newState[row * n + k]
        }
      }
      for keeps in [true, false] {
        let (x, h, product) = (KernelMemory(gates), KernelMemory(state), KernelMemory(unwritten: state.count))
        let (states, all, y) = (
          KernelMemory(of.unwritten(n)), KernelMemory(of.unwritten(n)), KernelMemory(of.unwritten(of.width))
        )
        unsafe gl_gru_gates(
          &r, step, x.start, first, state, resetsAfter ? nil : product.start, keeps ? states.start : nil,
          keeps && !resetsAfter ? all.start : nil)
        if !resetsAfter { expectSame(product, products, "reset state") }
        unsafe bias.withUnsafeBufferPointer {
          unsafe gl_gru_update(
            &r, step, x.start, second, resetsAfter ? $0.baseAddress : nil, h.start,
            keeps && resetsAfter ? all.start : nil, y.start)
        }
        expectSame(x, activated, "gates")
        expectSame(h, newState, "state")
        expectSame(y, output, "output")
        expectSame(states, keeps ? before : of.unwritten(n), "states before")
        expectSame(all, keeps ? kept : of.unwritten(n), "kept")
      }
    }
  }

  @Test(arguments: units, gruForms) func gradientsOfGRU(units n: Int, form: (resetsAfter: Bool, isHard: Bool))
  {
    let (of, resetsAfter, isHard) = (Case(n), form.resetsAfter, form.isHard)
    let places = n % 2 == 0 ? [1, 0, 2] : [0, 1, 2]
    var r = of.numbers(places, isHard: isHard)
    let gates = normalNumbers(of.rows * of.steps * 3 * n, seed: 1).map { min(max($0, -1), 1) }
    let (kept, before) = (
      normalNumbers(of.rows * of.steps * n, seed: 2), normalNumbers(of.rows * of.steps * n, seed: 3)
    )
    let (dh, dp) = (normalNumbers(of.rows * n, seed: 4), normalNumbers(of.rows * n, seed: 5))
    for step in 0..<of.steps {
      var (halfway, after) = (dh, dh)
      var (all, now, candidates) = (
        of.unwritten(3 * n), [Float](repeating: .nan, count: of.rows * 2 * n), of.unwritten(n)
      )
      var candidate = dh
      for row in 0..<of.rows {
        for k in 0..<n {
          let base = of.at(row, step, 3 * n)
          let y = places.map { gates[base + $0 * n + k] }
          let (at, own) = (of.at(row, step, n) + k, row * n + k)
          let new = dh[own] * (1 - y[1]) * (1 - y[2] * y[2])
          let update = dh[own] * (before[at] - y[2]) * Self.slope(y[1], isHard)
          candidate[own] = resetsAfter ? new * y[0] : new
          candidates[at] = candidate[own]
          let reset = (resetsAfter ? new * kept[at] : dp[own] * before[at]) * Self.slope(y[0], isHard)
          for (gate, value) in [reset, update].enumerated() {
            now[row * 2 * n + places[gate] * n + k] = value
          }
          for (gate, value) in [reset, update, new].enumerated() { all[base + places[gate] * n + k] = value }
          halfway[own] = dh[own] * y[1]
          after[own] = resetsAfter ? halfway[own] : halfway[own] + dp[own] * y[0]
        }
      }
      for keeps in [true, false] {
        let (state, gathered, current) = (
          KernelMemory(dh), KernelMemory(of.unwritten(3 * n)), KernelMemory(unwritten: now.count)
        )
        let (one, many) = (KernelMemory(unwritten: candidate.count), KernelMemory(of.unwritten(n)))
        unsafe gl_gru_update_gradient(
          &r, step, gates, kept, before, resetsAfter ? 1 : 0, state.start, gathered.start, current.start,
          one.start,
          keeps ? many.start : nil)
        expectSame(state, halfway, "state between the halves")
        if !resetsAfter {
          unsafe gl_gru_gates_gradient(
            &r, step, gates, before, dp, state.start, gathered.start, current.start)
        }
        expectSame(state, after, "state")
        expectSame(gathered, all, "all gates")
        expectSame(current, now, "gates")
        expectSame(one, candidate, "candidate")
        expectSame(many, keeps ? candidates : of.unwritten(n), "candidates")
      }
    }
  }
}
