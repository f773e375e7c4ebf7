import Tensors

/// Operands of an elementwise operation that are repeated along axes where they have extent 1, or that they lack: numpy's rules
/// on the axes after the batch axis, which is aligned by itself.
enum Broadcasting {
  /// The axes of the result; nil where the operands do not fit.
  static func axes(_ a: [Axis], _ b: [Axis]) -> [Axis]? {
    let (long, short) = a.count >= b.count ? (a, b) : (b, a)
    var result = long
    for (index, axis) in zip(long.indices.suffix(short.count), short) {
      guard axis.extent == long[index].extent || axis.extent == 1 || long[index].extent == 1 else {
        return nil
      }
      if long[index].extent == 1 { result[index] = axis }
    }
    return result
  }

  /// The shape of the result. Throws where the operands do not fit.
  static func shape(_ inputs: [ValueShape], _ what: String) throws(ArchitectureError) -> ValueShape {
    var result = inputs[0].axes
    for input in inputs.dropFirst() {
      guard let axes = axes(result, input.axes) else {
        throw ArchitectureError("\(what) of \(inputs): extents must be equal, or 1")
      }
      result = axes
    }
    return ValueShape(result)
  }

  /// The shape with axes of extent 1 after the batch axis, until it has `rank`.
  static func aligned(_ shape: Shape, rank: Int) -> Shape {
    let extents = shape.dimensions
    return Shape(extents.prefix(1) + [Int](repeating: 1, count: rank - extents.count) + extents.dropFirst())
  }

  /// The sum of a result's values over each element of an operand, both row-major; sums in `Double`.
  static func reduce(
    _ large: NativeMemory, to format: MemoryFormat, scale: Double = 1,
    _ memory: (MemoryFormat) -> NativeMemory
  ) -> NativeMemory {
    let result = memory(format)
    let shape = large.format.shape
    let runs = BroadcastRuns([aligned(format.shape, rank: shape.rank)], to: shape)
    var sums = [Double](repeating: 0, count: format.shape.count)
    large.withFloats { source in
      var sums = sums.mutableSpan
      precondition(source.count == shape.count)
      runs.walk { from, offsets in
        let to = offsets[0]
        if runs.steps[0] == 0 {
          sums[to] += Sums.sum(source.span.extracting(from..<from + runs.count))
        } else {
          precondition(to + runs.count <= sums.count)
          for index in 0..<runs.count {
            unsafe sums[unchecked: to + index] += Double(source[unchecked: from + index])
          }
        }
      }
    }
    result.withFloats { target in
      for index in 0..<target.count { target[index] = Float(sums[index] * scale) }
    }
    return result
  }

  /// An operand's values at each element of a result, both row-major.
  static func expand(
    _ small: NativeMemory, to format: MemoryFormat, scale: Float = 1, _ memory: (MemoryFormat) -> NativeMemory
  ) -> NativeMemory {
    let result = memory(format)
    let shape = format.shape
    let runs = BroadcastRuns([aligned(small.format.shape, rank: shape.rank)], to: shape)
    small.withFloats { source in
      result.withFloats { target in
        precondition(target.count == shape.count && source.count == small.format.shape.count)
        runs.walk { to, offsets in
          let from = offsets[0]
          precondition(
            to + runs.count <= target.count && from + (runs.count - 1) * runs.steps[0] < source.count)
          if runs.steps[0] == 0 {
            let value = scale * source[from]
            for index in 0..<runs.count { unsafe target[unchecked: to + index] = value }
          } else {
            for index in 0..<runs.count {
              unsafe target[unchecked: to + index] = scale * source[unchecked: from + index]
            }
          }
        }
      }
    }
    return result
  }
}

/// The walk over the elements of a result and those of its operands in runs in which each operand stands still or goes along.
struct BroadcastRuns {
  /// Elements of a run.
  let count: Int
  /// For each operand 1 where it goes along in a run, 0 where it stands still.
  let steps: [Int]
  private let extents: [Int]
  /// Distances along ``extents`` in each operand.
  private let distances: [[Int]]

  /// The operands have as many axes as the result.
  init(_ operands: [Shape], to large: Shape) {
    // Neighbouring axes along which the same operands are repeated are one.
    var (extents, repeats): ([Int], [[Bool]]) = ([], [])
    for axis in 0..<large.rank where large[axis] != 1 {
      let own = operands.map { $0[axis] == 1 }
      if own == repeats.last {
        extents[extents.count - 1] *= large[axis]
      } else {
        extents.append(large[axis])
        repeats.append(own)
      }
    }
    var distances = operands.map { _ in [Int](repeating: 0, count: extents.count) }
    for operand in operands.indices {
      var distance = 1
      for axis in extents.indices.reversed() where !repeats[axis][operand] {
        distances[operand][axis] = distance
        distance *= extents[axis]
      }
    }
    count = extents.last ?? 1
    steps = distances.map { $0.last ?? 0 }
    self.extents = extents.dropLast()
    self.distances = distances
  }

  /// Calls with the index of a run's first element in the result, and with that in each operand.
  func walk(_ body: (_ large: Int, _ operands: [Int]) -> Void) {
    var (counters, offsets) = ([Int](repeating: 0, count: extents.count), distances.map { _ in 0 })
    var large = 0
    while true {
      body(large, offsets)
      large += count
      var axis = extents.count - 1
      while axis >= 0 {
        counters[axis] += 1
        for operand in offsets.indices { offsets[operand] += distances[operand][axis] }
        if counters[axis] < extents[axis] { break }
        for operand in offsets.indices { offsets[operand] -= counters[axis] * distances[operand][axis] }
        counters[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// For one operand: calls with the index of each element of the result and with that of the operand's, both row-major.
  @inline(__always)
  func walkElements(_ body: (_ large: Int, _ small: Int) -> Void) {
    let (count, step) = (count, steps[0])
    walk { large, offsets in
      let small = offsets[0]
      for index in 0..<count { body(large + index, small + index * step) }
    }
  }
}
