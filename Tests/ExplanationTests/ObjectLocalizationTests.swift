import Explanation
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand)) struct ObjectLocalizationTests {
  private func cells(_ inside: Set<Int>, of count: Int = 8) -> [Bool] { (0..<count).map(inside.contains) }

  @Test func whatIsInsideTheObjects() throws {
    // Rows 0 and 1 of four columns.
    let map = Tensor([8, 4, 0, 0, 2, 1, 0, 1], shape: [2, 4])
    let found = try #require(ObjectLocalization(map, inside: [cells([0, 4]), cells([3])], seed: 1))
    #expect(found.pointing == 1 && found.area == 3 / 8)
    #expect(abs(found.insideEnergy - 10 / 16) < 1e-12)
    // Above 2: cells 0 and 1, of the objects 0, 3, 4. Above 4: cell 0.
    #expect(abs(found.overlaps[0] - 1 / 4) < 1e-12 && abs(found.overlaps[1] - 1 / 3) < 1e-12)
    // The strongest three: 0, 1, 4.
    #expect(abs(found.equalAreaOverlap - 2 / 4) < 1e-12)
    // The map reaches 4 in the first object alone.
    #expect(found.found == 0.5)
  }

  @Test func equalPeaksShareThePoint() throws {
    let map = Tensor([3, 3, 0, 3], shape: [1, 4])
    let found = try #require(ObjectLocalization(map, inside: [cells([0], of: 4)], seed: 1))
    #expect(abs(found.pointing - 1 / 3) < 1e-12 && found.found == nil)
  }

  @Test func aMapWithoutEvidencePointsNowhere() {
    #expect(ObjectLocalization(Tensor(shape: [1, 4]), inside: [cells([0], of: 4)], seed: 1) == nil)
  }

  @Test("a map that is the object itself is perfect", .tags(.property)) func theObjectItself() throws {
    let object = cells([1, 2, 5])
    let map = Tensor(object.map { $0 ? 1 : 0 }, shape: [2, 4])
    let found = try #require(ObjectLocalization(map, inside: [object], seed: 7))
    #expect(
      [found.pointing, found.insideEnergy, found.equalAreaOverlap] + found.overlaps == [1, 1, 1, 1, 1])
  }

  @Test func theMiddleIsAControl() {
    let map = ControlMap.center.map(of: Tensor(shape: [3, 5, 9]), resolution: [5, 9], seed: 0)
    #expect(map.shape == [5, 9] && map.values.max() == map[2, 4] && map[2, 4] == 1)
    #expect(map[0, 4] == map[4, 4] && map[2, 0] == map[2, 8])
    // A corner is 4 * 0.4 and 4 * 4 / 9 quarters away.
    let corner = 1.6 * 1.6 + (16.0 / 9) * (16.0 / 9)
    #expect(abs(Double(map[0, 0]) - exp(-corner / 2)) < 1e-6)
  }

  @Test(.tags(.trap)) func objectsOfAnotherSizeEndTheProcess() async {
    await #expect(processExitsWith: .failure) {
      _ = ObjectLocalization(Tensor([1, 2], shape: [1, 2]), inside: [[true]], seed: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = ObjectLocalization(Tensor([1, 2], shape: [1, 2]), inside: [[false, false]], seed: 0)
    }
  }
}
