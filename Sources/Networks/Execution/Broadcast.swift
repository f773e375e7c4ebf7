import Tensors

/// The walk over a tensor's elements together with those of one that has extent 1 where it repeats.
struct Broadcast {
  private let extents: [Int]
  /// Distance in the repeated tensor of neighbours along each axis; 0 where it repeats.
  private let steps: [Int]

  init(_ small: Shape, to large: Shape) {
    extents = large.dimensions
    var (steps, step) = ([Int](repeating: 0, count: large.rank), 1)
    for axis in stride(from: large.rank - 1, through: 0, by: -1) {
      let extent = small[axis]
      steps[axis] = extent == 1 ? 0 : step
      step *= extent
    }
    self.steps = steps
  }

  /// Calls with the index in the large tensor and that in the small one, both row-major.
  @inline(__always)
  func forEach(_ body: (_ large: Int, _ small: Int) -> Void) {
    guard let last = extents.last, !extents.contains(0) else {
      body(0, 0)
      return
    }
    let (lastStep, outer) = (steps[extents.count - 1], extents.count - 1)
    var counters = [Int](repeating: 0, count: outer)
    var (large, small) = (0, 0)
    while true {
      for index in 0..<last { body(large + index, small + index * lastStep) }
      large += last
      var axis = outer - 1
      while axis >= 0 {
        counters[axis] += 1
        small += steps[axis]
        if counters[axis] < extents[axis] { break }
        small -= counters[axis] * steps[axis]
        counters[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
