import Networks
import Tensors
import TestSupport
import Testing

@testable import Analysis
@testable import Explanation

/// What an earlier run had measured is not explained again, and changes nothing of what is explained after it.
@Suite(.tags(.property)) struct ClipExplanationsTests {
  /// Asks for the explanations of batches one after another; of those in `passed` it says that they are not needed now.
  ///
  /// - Returns: of each batch that was asked for the batches that its clips were explained in, and how many clips were explained.
  private func run(
    _ batches: [[Int]], passed: Set<Int> = [], subset: [Int], limit: Int
  ) throws -> (found: [[[Int]]?], explained: Int) {
    var explanations = ClipExplanations(subset: subset, limit: limit)
    var (found, explained): ([[[Int]]?], Int) = ([], 0)
    for (number, batch) in batches.enumerated() {
      guard !passed.contains(number) else {
        explanations.pass(over: batch)
        found.append(nil)
        continue
      }
      let own = try explanations.of(batch) { batch in
        explained += batch.count
        // Two entries: maps whose values are the clip and its batch.
        return [1, 2].map { entry in batch.map { Self.explanation([$0] + batch, entry: entry) } }
      }
      let maps = own.map { $0.map { $0.signedMap.values.map { Int($0) } } }
      #expect(own.allSatisfy { $0.map(\.classIndex) == [1, 2] } && maps.map { $0[0][0] } == batch)
      #expect(maps.allSatisfy { $0[0] == $0[1] })
      found.append(maps.map { Array($0[0].dropFirst()) })
    }
    return (found, explained)
  }

  private static func explanation(_ values: [Int], entry: Int) -> ClassExplanation {
    ClassExplanation(
      method: GradCAM(), layer: "conv1", classIndex: entry, label: "A", predictedIndex: 0,
      predictedLabel: "A",
      explainedScore: .logit(0), score: 1, probability: 1,
      signedMap: Tensor(values.map { Float($0) }, shape: [1, values.count]), axes: [], inputShape: [1, 1],
      inputGradient: nil, flags: [], spec: nil, contrastLabel: nil, baselineInput: nil, baselineScore: nil,
      completenessGap: nil)
  }

  @Test func theFirstOfTheSubsetAreKept() throws {
    let (found, explained) = try run(
      [[0, 1, 2, 3], [4, 5, 6, 7], [1, 4, 6], [3, 6]], subset: [1, 3, 4, 6], limit: 3)
    // 1, 3 and 4 are kept; 6 is one too many, and explained with what is not kept then.
    #expect(found[2] == [[0, 1, 2, 3], [4, 5, 6, 7], [6]] && found[3] == [[0, 1, 2, 3], [6]])
    #expect(explained == 4 + 4 + 1 + 1)
  }

  @Test func whatIsPassedOverChangesNothing() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      let count = 4 + generator.index(below: 20)
      let clips = Array(0..<count)
      let subset = clips.filter { _ in generator.index(below: 2) == 0 }
      let limit = 1 + generator.index(below: 6)
      func batches(_ clips: [Int], _ size: Int) -> [[Int]] {
        stride(from: 0, to: clips.count, by: size).map {
          Array(clips[$0..<min($0 + size, clips.count)])
        }
      }
      let all =
        batches(clips, 1 + generator.index(below: 5)) + batches(subset, 1 + generator.index(below: 5))
        + batches(subset, 1)
      let passed = Set(all.indices.filter { _ in generator.index(below: 2) == 0 })
      let whole = try run(all, subset: subset, limit: limit)
      let rest = try run(all, passed: passed, subset: subset, limit: limit)
      for (number, found) in rest.found.enumerated() where found != nil {
        #expect(found == whole.found[number], "\(all), \(passed), \(subset), \(limit)")
      }
      let nothing = try run(all, passed: Set(all.indices), subset: subset, limit: limit)
      #expect(nothing.explained == 0)
    }
  }
}
