public import Tensors

/// Eigen-CAM: the activations projected on their first principal direction. It uses no gradient: the map is the same for every
/// class.
///
/// Positions are rows and channels columns; v is the first right singular vector; the map is the matrix times v. The paper
/// decomposes the activations as they are (``Variant/uncentred``); after a ReLU the first direction is then close to their mean
/// over channels. The default first subtracts each channel's mean (``Variant/centred``), as pytorch-grad-cam does, so the map
/// shows what varies. The sign of v is arbitrary: the end with the larger magnitude is made positive. (pytorch-grad-cam leaves
/// the sign to the decomposition.) Cost: C^2 F T for the covariance plus C^2 for each step of the power iteration.
///
/// Source: Muhammad and Yeasin, "Eigen-CAM", IJCNN 2020, doi:10.1109/IJCNN48605.2020.9206626.
public struct EigenCAM: ActivationMapping {
  public static let name = "eigen-cam"
  public static let traits = MethodTraits(reads: .layer, isClassBlind: true)
  public static let summary = MethodSummary(
    formula: "projection on the first principal direction of the channels", passes: "1, no gradient",
    source: "Muhammad and Yeasin 2020, doi:10.1109/IJCNN48605.2020.9206626")
  public static let options: [MethodOption<Self>] = [
    .choice("variant", \.variant, subject: "Eigen-CAM", help: "which Eigen-CAM")
  ]

  /// What is decomposed.
  public enum Variant: String, CaseIterable, Codable, Sendable {
    /// The activations minus each channel's mean.
    case centred
    /// The activations themselves, as in the paper.
    case uncentred

  }

  public var variant: Variant
  public var readsGradients: Bool { false }

  public init() { self.init(variant: .centred) }

  public init(variant: Variant) { self.variant = variant }

  public func signedMap(activations: Tensor, gradients: Tensor) -> Tensor {
    let layer = LayerValues(activations: activations, gradients: gradients)
    let rows = channels(layer)
    let direction = Self.principalDirection(ofCovariance: Self.covariance(rows))
    var projection = [Double](repeating: 0, count: layer.positionCount)
    for (row, component) in zip(rows, direction) {
      for position in projection.indices { projection[position] += component * row[position] }
    }
    let (low, high) = (projection.min() ?? 0, projection.max() ?? 0)
    return layer.map(-low > high ? projection.map { -$0 } : projection)
  }

  private func channels(_ layer: LayerValues) -> [[Double]] {
    (0..<layer.channelCount).map { channel in
      let values = layer.range(of: channel).map { Double(layer.activations[$0]) }
      guard variant == .centred else { return values }
      let mean = values.reduce(0, +) / Double(max(1, values.count))
      return values.map { $0 - mean }
    }
  }

  /// The sums of the products of all pairs of rows, each from the first position to the last. Eight pairs advance together, and
  /// some positions at a time, which then are in cache.
  static func covariance(_ rows: [[Double]]) -> [[Double]] {
    let (count, lanes, piece) = (rows.count, 8, 256)
    let (width, positions) = ((count + lanes - 1) / lanes * lanes, rows.first?.count ?? 0)
    var sums = [SIMD8<Double>](repeating: .zero, count: count * width / lanes)
    var columns = [SIMD8<Double>](repeating: .zero, count: piece * width / lanes)
    for start in stride(from: 0, to: positions, by: piece) {
      let now = min(piece, positions - start)
      for (channel, row) in rows.enumerated() {
        for position in 0..<now {
          columns[position * (width / lanes) + channel / lanes][channel % lanes] = row[start + position]
        }
      }
      for first in 0..<count {
        let row = rows[first]
        for block in 0...first / lanes {
          var sum = sums[first * (width / lanes) + block]
          for position in 0..<now {
            sum += row[start + position] * columns[position * (width / lanes) + block]
          }
          sums[first * (width / lanes) + block] = sum
        }
      }
    }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for first in 0..<count {
      for second in 0...first {
        let sum = sums[first * (width / lanes) + second / lanes][second % lanes]
        matrix[first][second] = sum
        matrix[second][first] = sum
      }
    }
    return matrix
  }

  /// The eigenvector of the largest eigenvalue of a symmetric positive semidefinite matrix, of length 1; zeros for a
  /// zero matrix. Power iteration, until a step changes less than 1e-13: from the column of largest diagonal entry, and, since
  /// channels without a common position never leave their own, from a direction that has a part of each.
  static func principalDirection(ofCovariance matrix: [[Double]]) -> [Double] {
    let largest = matrix.indices.max { matrix[$0][$0] < matrix[$1][$1] }
    guard let start = largest, matrix[start][start] > 0 else {
      return [Double](repeating: 0, count: matrix.count)
    }
    let first = iterated(matrix, from: matrix[start])
    let second = iterated(matrix, from: matrix.indices.map { 1 + Double(($0 * 7919) % 101) / 101 })
    return stretch(second, matrix) > (1 + 1e-9) * stretch(first, matrix) ? second : first
  }

  /// By how much a matrix makes a direction of length 1 longer.
  private static func stretch(_ direction: [Double], _ matrix: [[Double]]) -> Double {
    matrix.reduce(0) { sum, row in
      let product = zip(row, direction).reduce(0) { $0 + $1.0 * $1.1 }
      return sum + product * product
    }.squareRoot()
  }

  private static func iterated(_ matrix: [[Double]], from start: [Double]) -> [Double] {
    var direction = normalized(start)
    for _ in 0..<10_000 {
      let next = normalized(matrix.map { row in zip(row, direction).reduce(0) { $0 + $1.0 * $1.1 } })
      let change = zip(next, direction).reduce(0) { max($0, abs($1.0 - $1.1)) }
      direction = next
      if change < 1e-13 { break }
    }
    return direction
  }

  private static func normalized(_ vector: [Double]) -> [Double] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? vector.map { $0 / length } : vector
  }
}

extension ExplanationMethod where Self == EigenCAM {
  /// ``EigenCAM`` with its defaults.
  public static var eigenCAM: EigenCAM { EigenCAM() }
}
