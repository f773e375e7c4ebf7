import Tensors

/// One window of a pooling along one axis.
struct PoolingRange {
  /// Its places in the input; never empty.
  var places: Range<Int>
  /// What a sum is divided by; those of the axes are multiplied.
  var divisor: Int
}

/// Mean or maximum over windows of any places and extents, of (F, T) or of T, row-major: what oneDNN's pooling has not.
///
/// The gradient of a maximum goes to the first of equal elements.
final class RangePoolingOperation: OneResultOperation {
  enum Function { case mean, maximum }

  let outputFormat: MemoryFormat
  private let inputFormat: MemoryFormat
  private let function: Function
  /// Along rows and columns; of one axis, the only row is a window.
  private let (rows, columns): ([PoolingRange], [PoolingRange])
  private let (planes, height, width): (Int, Int, Int)
  private let threads: Int
  /// Where each maximum stood in the last pass.
  private var places: [Int32] = []

  init(_ function: Function, _ ranges: [[PoolingRange]], _ site: LayerSite) {
    let shape = site.inputs[0].shape
    self.function = function
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.outputs[0])
    rows = ranges.count == 2 ? ranges[0] : [PoolingRange(places: 0..<1, divisor: 1)]
    columns = ranges[ranges.count - 1]
    planes = shape[0] * shape[1]
    height = ranges.count == 2 ? shape[2] : 1
    width = shape[shape.rank - 1]
    threads = site.threads
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let plain = context.converted(inputs[0], to: .plain(inputFormat.shape))
    if function == .mean {
      KernelThreads.forEachRange(of: planes, chunk: 1, threads: threads) { range in
        plain.withFloats { x in result.withFloats { y in for plane in range { mean(x, &y, plane) } } }
      }
    } else {
      places = [Int32](repeating: 0, count: planes * rows.count * columns.count)
      plain.withFloats { x in result.withFloats { y in for plane in 0..<planes { maximum(x, &y, plane) } } }
    }
    return result
  }

  private func mean(_ x: borrowing MutableSpan<Float>, _ y: inout MutableSpan<Float>, _ plane: Int) {
    var to = plane * rows.count * columns.count
    for row in rows {
      for column in columns {
        var sum = 0.0
        for line in row.places {
          let start = (plane * height + line) * width
          for place in column.places { sum += Double(x[start + place]) }
        }
        y[to] = Float(sum / Double(row.divisor * column.divisor))
        to += 1
      }
    }
  }

  private func maximum(_ x: borrowing MutableSpan<Float>, _ y: inout MutableSpan<Float>, _ plane: Int) {
    var to = plane * rows.count * columns.count
    for row in rows {
      for column in columns {
        var (largest, found) = (-Float.infinity, -1)
        for line in row.places {
          let start = (plane * height + line) * width
          for place in column.places where found < 0 || x[start + place] > largest || x[start + place].isNaN {
            (largest, found) = (x[start + place], line * width + place)
          }
        }
        (y[to], places[to]) = (largest, Int32(found))
        to += 1
      }
    }
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let result = context.memory(.plain(inputFormat.shape))
    result.withFloats { dx in
      for index in 0..<dx.count { dx[index] = 0 }
      gradient.withFloats { g in
        var from = 0
        for plane in 0..<planes {
          for row in rows {
            for column in columns {
              if function == .maximum {
                dx[plane * height * width + Int(places[from])] += g[from]
              } else {
                let share = g[from] / Float(row.divisor * column.divisor)
                for line in row.places {
                  let start = (plane * height + line) * width
                  for place in column.places { dx[start + place] += share }
                }
              }
              from += 1
            }
          }
        }
      }
    }
    return [context.converted(result, to: inputFormat)]
  }

  func reset() { places = [] }
}

/// The windows of poolings whose result has given extents, as PyTorch's `AdaptiveAvgPool2d` has them: place i of `count` covers
/// `floor(i extent / count) ..< ceil((i + 1) extent / count)`.
struct AdaptiveWindows {
  var output: [Int]

  func outputShape(of input: ValueShape) throws(ArchitectureError) -> ValueShape {
    guard (1...2).contains(output.count), input.rank == output.count + 1, input.axes[0].name == .channel,
      output.allSatisfy({ (1...1 << 16).contains($0) })
    else {
      throw ArchitectureError(
        "adaptive pooling to \(output) needs \(output.count == 1 ? "[C, T]" : "[C, F, T]"), not \(input)")
    }
    return input.with(extents: [input[0]] + output)
  }

  func ranges(of input: Shape) -> [[PoolingRange]] {
    output.enumerated().map { axis, count in
      let extent = input[axis + 2]
      return (0..<count).map { place in
        let places = place * extent / count..<((place + 1) * extent + count - 1) / count
        return PoolingRange(places: places, divisor: places.count)
      }
    }
  }
}
