import Tensors
import TestSupport
import Testing

@testable import Explanation

@Suite(.tags(.reference)) struct BilinearResizeTests {
  struct Case: Decodable {
    let source: GoldenTensor
    let target: GoldenTensor
  }

  struct File: Decodable {
    let cases: [Case]
  }

  @Test func agreesWithTorchInterpolate() throws {
    for item in try golden(File.self, "resize.json").cases {
      let resized = bilinearlyResized(item.source.tensor, to: Shape(item.target.shape))
      // Three Float products of values of the order of 1.
      expectClose(resized.values, item.target.tensor.values, absolute: 1e-6, "to \(item.target.shape)")
    }
  }

  @Test func handComputed() {
    // Centres at 0.25, 0.75, 1.25, 1.75 of a source with centres at 0.5 and 1.5.
    let resized = bilinearlyResized(Tensor([0, 1], shape: [1, 2]), to: [1, 4])
    expectClose(resized.values, [0, 0.25, 0.75, 1], absolute: 1e-7)
  }

  @Test func keepsConstantsAndBounds() {
    let constant = bilinearlyResized(Tensor(repeating: 3, shape: [3, 5]), to: [11, 17])
    expectClose(constant.values, [Float](repeating: 3, count: 187), relative: 1e-6)
    let map = Tensor.random([6, 7], seed: 1)
    let resized = bilinearlyResized(map, to: [50, 40]).values
    #expect(resized.allSatisfy { $0.magnitude <= map.largestMagnitude * 1.000_001 })
  }
}
