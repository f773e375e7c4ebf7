import Analysis
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct EmbeddingIndexTests {
  private func vectors(_ count: Int, _ width: Int, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<count * width).map { _ in generator.normal() }, shape: [count, width])
  }

  private func distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let norm = { (v: ArraySlice<Float>) in v.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
    return 1 - dot / (norm(a) * norm(b))
  }

  @Test func nearestAreThoseOfAFullSearch() {
    let (index, queries) = (vectors(300, 7, seed: 1), vectors(270, 7, seed: 2))
    let found = EmbeddingIndex(index).nearest(to: queries, limit: 3)
    for query in 0..<270 {
      let own = queries.values[query * 7..<query * 7 + 7]
      let all = (0..<300).map { distance(own, index.values[$0 * 7..<$0 * 7 + 7]) }
      let expected = all.indices.sorted { all[$0] < all[$1] }.prefix(3)
      #expect(found[query].map(\.index) == Array(expected))
      for neighbor in found[query] {
        // A product in single precision of unit vectors.
        #expect(abs(neighbor.distance - all[neighbor.index]) < 1e-6)
      }
    }
  }

  @Test func lengthDoesNotMatterAndAVectorIsItsOwnNearest() {
    let index = vectors(20, 5, seed: 3)
    let scaled = EmbeddingIndex(index.map { $0 * 1000 }).nearest(to: index, limit: 1)
    for (query, found) in scaled.enumerated() {
      #expect(found[0].index == query && found[0].distance < 1e-6)
    }
  }

  @Test func whatIsNotAllowedIsPassedOver() {
    let index = vectors(20, 5, seed: 3)
    let found = EmbeddingIndex(index).nearest(to: index, limit: 30) { $0 != $1 && $1 % 2 == 0 }
    for (query, neighbors) in found.enumerated() {
      #expect(neighbors.count == (query % 2 == 0 ? 9 : 10))
      #expect(!neighbors.contains { $0.index == query || $0.index % 2 == 1 })
      #expect(zip(neighbors, neighbors.dropFirst()).allSatisfy { $0.distance <= $1.distance })
    }
  }

  @Test func zerosAreFarFromEverything() {
    let index = EmbeddingIndex(Tensor([1, 0, 0, 0], shape: [2, 2]))
    let found = index.nearest(to: Tensor([0, 0, 2, 0], shape: [2, 2]), limit: 2)
    #expect(found[0].map(\.distance) == [1, 1] && found[0].map(\.index) == [0, 1])
    #expect(found[1][0].index == 0 && found[1][0].distance == 0)
    let none = EmbeddingIndex(Tensor(shape: [0, 2])).nearest(to: Tensor(shape: [3, 2]), limit: 2)
    #expect(none == [[], [], []])
  }
}
