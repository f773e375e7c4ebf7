import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct TensorTests {
  @Test func readsAndWritesByIndex() {
    var tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(tensor[1, 0] == 4)
    tensor[0, 2] = 9
    #expect(tensor.values == [1, 2, 9, 4, 5, 6])
    #expect(tensor.item(1) == Tensor([4, 5, 6], shape: [3]))
  }

  @Test func copiesAreIndependent() {
    let original = Tensor(repeating: 1, shape: [4])
    var copy = original
    copy.withMutableSpan { span in for index in span.indices { span[index] = 2 } }
    #expect(original.values == [1, 1, 1, 1] && copy.values == [2, 2, 2, 2])
  }

  @Test func stackMakesABatch() {
    let batch = Tensor.stack([Tensor([1, 2], shape: [2]), Tensor([3, 4], shape: [2])])
    #expect(batch == Tensor([1, 2, 3, 4], shape: [2, 2]))
  }

  @Test(.tags(.trap)) func wrongCountTraps() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3], shape: [2, 2]) }
  }

  @Test func productOfTransposedOperands() {
    // [1 2; 3 4] [5 6; 7 8] = [19 22; 43 50], each operand stored both ways.
    let (a, aT): ([Float], [Float]) = ([1, 2, 3, 4], [1, 3, 2, 4])
    let (b, bT): ([Float], [Float]) = ([5, 6, 7, 8], [5, 7, 6, 8])
    for (left, flipA) in [(a, false), (aT, true)] {
      for (right, flipB) in [(b, false), (bT, true)] {
        var c = Tensor(shape: [2, 2])
        c.withMutableSpan { span in
          matrixProduct(
            left.span, transposeA: flipA, right.span, transposeB: flipB, rows: 2, columns: 2, inner: 2,
            into: &span)
        }
        #expect(c.values == [19, 22, 43, 50])
      }
    }
  }

  @Test func generatorRepeatsAndIsUniform() {
    var first = SeededGenerator(seed: 7)
    var second = SeededGenerator(seed: 7)
    #expect((0..<100).map { _ in first.next() } == (0..<100).map { _ in second.next() })
    let values = (0..<20_000).map { _ in first.normal() }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
    // Standard errors 0.007 and 0.01: four of each.
    #expect(abs(mean) < 0.028 && abs(variance - 1) < 0.04)
  }

  @Test func codingKeepsEveryBit() throws {
    var generator = SeededGenerator(seed: 12)
    var values = (0..<58).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
    values += [0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    for shape in [[5, 13], [1, 1, 65], [65], [0, 3], []] as [Shape] {
      let tensor = Tensor(Array(values.prefix(shape.count)), shape: shape)
      let back = try JSONDecoder().decode(Tensor.self, from: JSONEncoder().encode(tensor))
      #expect(back.shape == shape && back.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
    }
  }

  @Test(.tags(.hostile)) func whatIsNoTensorIsRefused() {
    for text in [
      #"{"shape": [2], "values": "AAAA"}"#, #"{"shape": [-1], "values": ""}"#,
      #"{"shape": [4611686018427387904, 4611686018427387904], "values": ""}"#, #"{"shape": [1]}"#,
    ] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tensor.self, from: Data(text.utf8)) }
    }
  }
}
