import CKernels
import Files

/// What recurrent layers compute between their matrix products: one step of a whole batch, forward and back.
///
/// Values of all steps lie as `[N, T, ...]`, those of one step as `[N, ...]`. Traps where a memory is smaller.
package struct RecurrentKernel {
  private var numbers: gl_recurrent
  private let (rows, steps, units, width): (Int, Int, Int, Int)

  /// - Parameters:
  ///   - places: the block of units at which each gate lies: input, forget, new, output of an LSTM; reset, update, new of a GRU.
  ///   - width: values of a step of the result, in which those of this direction begin at `offset`.
  ///   - isHard: whether gates are clip(0.2 x + 0.5), not sigmoids.
  package init(
    rows: Int, steps: Int, units: Int, places: [Int], width: Int, offset: Int, isHard: Bool = false
  ) {
    precondition(places.count == 3 || places.count == 4, "\(places.count) gates")
    numbers = gl_recurrent()
    (numbers.rows, numbers.steps, numbers.units) = (rows, steps, units)
    (numbers.width, numbers.offset) = (width, offset)
    numbers.places = (places[0], places[1], places[2], places.count == 4 ? places[3] : 0)
    numbers.is_hard = isHard ? 1 : 0
    (self.rows, self.steps, self.units, self.width) = (rows, steps, units, width)
  }

  /// A step of an LSTM; see `gl_lstm_step`.
  package func lstm(
    at step: Int, gates: NativeMemory, recurrent: NativeMemory, cell: NativeMemory, state: NativeMemory,
    before: NativeMemory?, cells: NativeMemory?, output: NativeMemory
  ) {
    check(step, all: [(gates, 4 * units), (before, units), (cells, units), (output, width)])
    check(one: [(recurrent, 4 * units), (cell, units), (state, units)])
    var numbers = numbers
    unsafe gl_lstm_step(
      &numbers, step, gates.floats, recurrent.floats, cell.floats, state.floats, before?.floats,
      cells?.floats,
      output.floats)
  }

  /// Its way back; see `gl_lstm_step_gradient`.
  package func lstmGradient(
    at step: Int, earlier: Int?, gates: NativeMemory, cells: NativeMemory, stateGradient: NativeMemory,
    cellGradient: NativeMemory, gateGradients: NativeMemory, now: NativeMemory
  ) {
    check(step, all: [(gates, 4 * units), (cells, units), (gateGradients, 4 * units)])
    check(one: [(stateGradient, units), (cellGradient, units), (now, 4 * units)])
    var numbers = numbers
    unsafe gl_lstm_step_gradient(
      &numbers, step, earlier ?? -1, gates.floats, cells.floats, stateGradient.floats, cellGradient.floats,
      gateGradients.floats, now.floats)
  }

  /// The first half of a step of a GRU; see `gl_gru_gates`.
  package func gruGates(
    at step: Int, gates: NativeMemory, recurrent: NativeMemory, state: NativeMemory,
    resetState: NativeMemory?,
    before: NativeMemory?, kept: NativeMemory?
  ) {
    check(step, all: [(gates, 3 * units), (before, units), (kept, units)])
    check(one: [(recurrent, 2 * units), (state, units), (resetState, units)])
    var numbers = numbers
    unsafe gl_gru_gates(
      &numbers, step, gates.floats, recurrent.floats, state.floats, resetState?.floats, before?.floats,
      kept?.floats)
  }

  /// The second half; see `gl_gru_update`. `bias` is given where the reset comes after the product.
  package func gruUpdate(
    at step: Int, gates: NativeMemory, recurrent: NativeMemory, bias: [Float]?, state: NativeMemory,
    kept: NativeMemory?, output: NativeMemory
  ) {
    check(step, all: [(gates, 3 * units), (kept, units), (output, width)])
    check(one: [(recurrent, units), (state, units)])
    demand(bias?.count ?? units == units, "a bias of \(bias?.count ?? 0) for \(units) units")
    var numbers = numbers
    if let bias {
      unsafe gl_gru_update(
        &numbers, step, gates.floats, recurrent.floats, bias, state.floats, kept?.floats, output.floats)
    } else {
      unsafe gl_gru_update(
        &numbers, step, gates.floats, recurrent.floats, nil, state.floats, kept?.floats, output.floats)
    }
  }

  /// The way back of the second half; see `gl_gru_update_gradient`.
  package func gruUpdateGradient(
    at step: Int, gates: NativeMemory, kept: NativeMemory, before: NativeMemory, resetsAfter: Bool,
    stateGradient: NativeMemory, gateGradients: NativeMemory, now: NativeMemory, candidate: NativeMemory,
    candidates: NativeMemory?
  ) {
    check(
      step,
      all: [
        (gates, 3 * units), (kept, units), (before, units), (gateGradients, 3 * units), (candidates, units),
      ])
    check(one: [(stateGradient, units), (now, 2 * units), (candidate, units)])
    var numbers = numbers
    unsafe gl_gru_update_gradient(
      &numbers, step, gates.floats, kept.floats, before.floats, resetsAfter ? 1 : 0, stateGradient.floats,
      gateGradients.floats, now.floats, candidate.floats, candidates?.floats)
  }

  /// The way back of the first half, where the reset comes before the product; see `gl_gru_gates_gradient`.
  package func gruGatesGradient(
    at step: Int, gates: NativeMemory, before: NativeMemory, resetStateGradient: NativeMemory,
    stateGradient: NativeMemory, gateGradients: NativeMemory, now: NativeMemory
  ) {
    check(step, all: [(gates, 3 * units), (before, units), (gateGradients, 3 * units)])
    check(one: [(resetStateGradient, units), (stateGradient, units), (now, 2 * units)])
    var numbers = numbers
    unsafe gl_gru_gates_gradient(
      &numbers, step, gates.floats, before.floats, resetStateGradient.floats, stateGradient.floats,
      gateGradients.floats, now.floats)
  }

  private func check(_ step: Int, all: [(memory: NativeMemory?, width: Int)]) {
    precondition((0..<steps).contains(step), "step \(step) of \(steps)")
    check(all, times: rows * steps)
  }

  private func check(one: [(memory: NativeMemory?, width: Int)]) { check(one, times: rows) }

  private func check(_ list: [(memory: NativeMemory?, width: Int)], times: Int) {
    for (memory, width) in list {
      guard let memory else { continue }
      precondition(
        memory.format.byteCount >= 4 * times * width, "\(memory.format.shape) for \(times) rows of \(width)")
    }
  }
}

/// Rows of equal length, one after the other.
package enum Rows {
  /// Writes the same row `count` times. Traps when there is no room.
  package static func fill(_ target: inout MutableSpan<Float>, with row: [Float], count: Int) {
    precondition(target.count >= row.count * count, "\(count) rows of \(row.count) into \(target.count)")
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe gl_repeat_row(row, count, row.count, target.baseAddress)
    }
  }

  /// The sum of `count` rows in double. Traps when there are fewer.
  package static func sum(_ rows: Span<Float>, count: Int, width: Int) -> [Float] {
    precondition(rows.count >= count * width, "\(count) rows of \(width) in \(rows.count)")
    var sums = [Float](repeating: 0, count: width)
    unsafe rows.withUnsafeBufferPointer { unsafe gl_column_sums($0.baseAddress, count, width, &sums) }
    return sums
  }

  /// Some of the columns of `count` rows. Traps when they are shorter.
  package static func copy(
    _ rows: Span<Float>, count: Int, width: Int, columns: Range<Int>, into target: inout MutableSpan<Float>
  ) {
    precondition(
      rows.count >= count * width && (0...width).contains(columns.upperBound) && columns.lowerBound >= 0
        && target.count >= count * columns.count, "columns \(columns) of \(count) rows of \(width)")
    unsafe rows.withUnsafeBufferPointer { rows in
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe gl_copy_columns(
          rows.baseAddress, count, width, columns.lowerBound, columns.count, target.baseAddress)
      }
    }
  }
}

extension MutableSpan where Element == Float {
  /// Some of the elements. Traps when the range is outside.
  package mutating func withPart<R>(_ range: Range<Int>, _ body: (inout MutableSpan<Float>) -> R) -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) elements")
    return unsafe withUnsafeMutableBufferPointer { buffer in
      var part = unsafe MutableSpan(_unsafeElements: buffer.extracting(range))
      return body(&part)
    }
  }
}
