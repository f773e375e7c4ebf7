import Foundation

/// The mean cross-entropy of a linear softmax over rows, plus `decay / 2` times the squares of the weights.
///
/// Parameters are `[column][class]`, then the free biases `[class]`.
struct LogisticObjective: Sendable {
  /// `[row][column]`, the last column all 1 for the biases.
  private let values: [Double]
  private let labels: [Int]
  /// With the column of ones.
  private let columnCount: Int
  private let classCount: Int
  private let decay: Double

  init(rows: [[Double]], labels: [Int], classCount: Int, decay: Double) {
    values = rows.flatMap { $0 + [1] }
    columnCount = rows[0].count + 1
    (self.labels, self.classCount, self.decay) = (labels, classCount, decay)
  }

  var parameterCount: Int { columnCount * classCount }

  /// The value at a point; writes its slopes.
  func evaluate(_ point: [Double], _ slopes: inout [Double]) -> Double {
    let penalized = (columnCount - 1) * classCount
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
      if index < penalized {
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
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: classCount) { logits in
      var (row, start) = (0, 0)
      while row < labels.count {
        unsafe multiply(values, start, weights, logits)
        let label = labels[row]
        loss += unsafe residuals(logits, label)
        unsafe accumulate(values, start, logits, slopes)
        row += 1
        start += columnCount
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
    var k = 0
    while k < classCount {
      unsafe logits[k] = 0
      k += 1
    }
    var (column, place) = (0, 0)
    while column < columnCount {
      let value = unsafe values[start + column]
      k = 0
      while k < classCount {
        unsafe logits[k] += value * weights[place + k]
        k += 1
      }
      column += 1
      place += classCount
    }
  }

  /// Turns logits into `softmax - [label]` and returns the row's loss.
  @inline(__always)
  private func residuals(_ logits: UnsafeMutableBufferPointer<Double>, _ label: Int) -> Double {
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

  /// `slopes += x residuals^T`.
  @inline(__always)
  private func accumulate(
    _ values: UnsafeBufferPointer<Double>, _ start: Int, _ residuals: UnsafeMutableBufferPointer<Double>,
    _ slopes: UnsafeMutableBufferPointer<Double>
  ) {
    var (column, place) = (0, 0)
    while column < columnCount {
      let value = unsafe values[start + column]
      var k = 0
      while k < classCount {
        unsafe slopes[place + k] += value * residuals[k]
        k += 1
      }
      column += 1
      place += classCount
    }
  }
}
