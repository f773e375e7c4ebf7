import Foundation

/// The mean cross-entropy of a linear softmax over rows, plus `decay / 2` times the squares of the weights.
///
/// Parameters are `[column][class]`, then the free biases `[class]`, then columns of zeros that stay 0: rows and columns are
/// worked on four by four.
package struct LogisticObjective: Sendable {
  /// `[row][column]`, after the columns one of ones for the biases; both filled up to multiples of four.
  private let values: [Double]
  private let labels: [Int]
  /// With the column of ones and the filling.
  private let columnCount: Int
  private let classCount: Int
  private let decay: Double
  /// Parameters whose squares count.
  private let penalizedCount: Int

  package init(rows: [[Double]], labels: [Int], classCount: Int, decay: Double) {
    let width = (rows[0].count + 4) / 4 * 4
    let filling = [Double](repeating: 0, count: width - rows[0].count - 1)
    let blank = [Double](repeating: 0, count: (rows.count + 3) / 4 * 4 * width - rows.count * width)
    values = rows.flatMap { $0 + [1] + filling } + blank
    columnCount = width
    penalizedCount = rows[0].count * classCount
    (self.labels, self.classCount, self.decay) = (labels, classCount, decay)
  }

  package var parameterCount: Int { columnCount * classCount }

  /// The value at a point; writes its slopes.
  package func evaluate(_ point: [Double], _ slopes: inout [Double]) -> Double {
    var loss = 0.0
    for index in slopes.indices { slopes[index] = 0 }
    unsafe values.withUnsafeBufferPointer { values in
      unsafe point.withUnsafeBufferPointer { weights in
        unsafe slopes.withUnsafeMutableBufferPointer { slopes in
          loss = unsafe sum(values, weights, slopes)
        }
      }
    }
    let scale = 1 / Double(labels.count)
    var squares = 0.0
    for index in slopes.indices {
      slopes[index] *= scale
      if index < penalizedCount {
        slopes[index] += decay * point[index]
        squares += point[index] * point[index]
      }
    }
    return loss * scale + decay / 2 * squares
  }

  /// Sums the loss and its slopes over the rows. Classes are innermost: they lie side by side in weights and slopes.
  private func sum(
    _ values: UnsafeBufferPointer<Double>, _ weights: UnsafeBufferPointer<Double>,
    _ slopes: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    var loss = 0.0
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * classCount) { residuals in
      var row = 0
      while row < labels.count {
        var place = 0
        while place < 4 {
          let own = unsafe UnsafeMutableBufferPointer(
            rebasing: residuals[place * classCount..<(place + 1) * classCount])
          if row + place < labels.count {
            unsafe multiply(values, (row + place) * columnCount, weights, own)
            loss += unsafe subtractTruth(own, labels[row + place])
          } else {
            unsafe own.update(repeating: 0)
          }
          place += 1
        }
        unsafe accumulate(values, row * columnCount, residuals, slopes)
        row += 4
      }
    }
    return loss
  }

  /// `logits = W x`.
  @inline(__always)
  private func multiply(
    _ values: UnsafeBufferPointer<Double>, _ start: Int, _ weights: UnsafeBufferPointer<Double>,
    _ logits: UnsafeMutableBufferPointer<Double>
  ) {
    unsafe logits.update(repeating: 0)
    let (two, three) = (2 * classCount, 3 * classCount)
    var (column, place) = (start, 0)
    while column < start + columnCount {
      let (a, b) = unsafe (values[column], values[column + 1])
      let (c, d) = unsafe (values[column + 2], values[column + 3])
      var k = 0
      while k < classCount {
        let first = unsafe a * weights[place + k] + b * weights[place + classCount + k]
        let second = unsafe c * weights[place + two + k] + d * weights[place + three + k]
        unsafe logits[k] += first + second
        k += 1
      }
      column += 4
      place += 4 * classCount
    }
  }

  /// Turns logits into `softmax - [label]` and returns the row's loss.
  @inline(__always)
  private func subtractTruth(_ logits: UnsafeMutableBufferPointer<Double>, _ label: Int) -> Double {
    var largest = unsafe logits[0]
    var k = 1
    while k < classCount {
      largest = unsafe max(largest, logits[k])
      k += 1
    }
    let own = unsafe logits[label] - largest
    var sum = 0.0
    k = 0
    while k < classCount {
      unsafe logits[k] = exp(logits[k] - largest)
      sum += unsafe logits[k]
      k += 1
    }
    k = 0
    while k < classCount {
      unsafe logits[k] /= sum
      k += 1
    }
    unsafe logits[label] -= 1
    return log(sum) - own
  }

  /// `slopes += x residuals^T` for four rows.
  @inline(__always)
  private func accumulate(
    _ values: UnsafeBufferPointer<Double>, _ start: Int, _ residuals: UnsafeMutableBufferPointer<Double>,
    _ slopes: UnsafeMutableBufferPointer<Double>
  ) {
    let (two, three) = (2 * classCount, 3 * classCount)
    var (column, place) = (start, 0)
    while column < start + columnCount {
      let (a, b) = unsafe (values[column], values[column + columnCount])
      let (c, d) = unsafe (values[column + 2 * columnCount], values[column + 3 * columnCount])
      var k = 0
      while k < classCount {
        let first = unsafe a * residuals[k] + b * residuals[classCount + k]
        let second = unsafe c * residuals[two + k] + d * residuals[three + k]
        unsafe slopes[place + k] += first + second
        k += 1
      }
      column += 1
      place += classCount
    }
  }
}
