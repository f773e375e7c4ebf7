import Foundation
import Tensors
import Testing

/// A tensor in a golden file.
struct GoldenTensor: Decodable {
  let shape: [Int]
  let values: [Double]

  var tensor: Tensor { Tensor(values.map { Float($0) }, shape: Shape(shape)) }
}

/// Reads one of the golden files that `Golden/generate.py` writes.
func golden<Content: Decodable>(_ type: Content.Type, _ name: String) throws -> Content {
  let folder = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
  return try JSONDecoder().decode(Content.self, from: Data(contentsOf: folder.appending(path: name)))
}

extension Tensor {
  /// The largest magnitude: the scale against which maps are compared.
  var largestMagnitude: Float { values.reduce(0) { max($0, abs($1)) } }

  /// Zeros but for what is set.
  static func zeros(_ shape: Shape, setting: (inout MutableSpan<Float>) -> Void) -> Tensor {
    var result = Tensor(shape: shape)
    result.withMutableSpan(setting)
    return result
  }

  static func random(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }
}

/// Records an issue unless both maps agree to `tolerance` times the expected map's maximum.
func expectSameMap(
  _ actual: Tensor, _ expected: Tensor, tolerance: Float, _ comment: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == expected.shape else {
    Issue.record(
      "\(comment): shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
    return
  }
  let difference = zip(actual.values, expected.values).reduce(Float(0)) { worst, pair in
    let one = abs(pair.0 - pair.1)
    return one <= worst ? worst : one
  }
  let allowed = tolerance * expected.largestMagnitude
  #expect(difference <= allowed, "\(comment): off by \(difference)", sourceLocation: sourceLocation)
}
