import Files
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Measures whose values can be worked out by hand.
@Suite(.tags(.hand, .property)) struct FaithfulnessMeasureTests {
  // MARK: - Masking

  @Test func dropsIncreasesAndGainsAreThoseOfThePapers() {
    let changes = [
      ProbabilityChange(original: 0.8, masked: 0.4), ProbabilityChange(original: 0.5, masked: 0.75),
      ProbabilityChange(original: 0.5, masked: 0.5), ProbabilityChange(original: 0.25, masked: 0),
    ]
    #expect(changes.map(\.drop) == [0.5, 0, 0, 1])
    #expect(changes.averageDrop == 37.5)
    // Equal is no increase.
    #expect(changes.increaseInConfidence == 25)
    #expect(changes.averageGain == 12.5)
  }

  @Test func endsOfTheScaleHaveNoDivisionByZero() {
    #expect(ProbabilityChange(original: 0, masked: 0.5).drop == 0)
    #expect(ProbabilityChange(original: 1, masked: 1).gain == 0)
    #expect([ProbabilityChange]().averageDrop.isNaN)
  }

  @Test func winsAndTiesAreCountedApart() {
    let count = WinCount(first: [0.1, 0.2, 0, 0.4], second: [0.2, 0.1, 0, 0.5])
    #expect(count == WinCount(wins: 2, losses: 1, ties: 1))
    #expect(count.percent == 50 && count.tiePercent == 25)
  }

  @Test func masksKeepWhatIsAboveTheLevel() {
    let map = Tensor([0, 10 / 255, 10.5 / 255, 1], shape: [2, 2])
    #expect(map.values.map(HeatMapMask.threshold(10).kept) == [0, 0, 1, 1])
    #expect(map.values.map(HeatMapMask.hadamard.kept) == map.values)
    #expect(HeatMapMask.threshold(10).keptShare(of: map) == 0.5)
    #expect(HeatMapMask.standard.map(\.name) == ["hadamard", "threshold-10", "threshold-20", "threshold-30"])
    for mask in HeatMapMask.standard {
      var written = [Float](repeating: -1, count: 4)
      var span = written.mutableSpan
      mask.write(map.values, &span)
      #expect(written == map.values.map(mask.kept))
    }
  }

  // MARK: - Order and curves

  @Test func cellsAreOrderedFromTheMostRelevant() {
    let order = CellOrder(Tensor([0.5, -1, 2, 0], shape: [2, 2]), seed: 3)
    #expect(order.places == [1, 3, 0, 2])
  }

  @Test func tiesAreBrokenByTheSeedAndFavourNoPlace() {
    let flat = Tensor([1] + [Float](repeating: 0, count: 999), shape: [10, 100])
    let order = CellOrder(flat, seed: 1)
    #expect(order.places.sorted() == (0..<1000).map { Int32($0) })
    #expect(order.places[0] == 0)
    #expect(order == CellOrder(flat, seed: 1) && order != CellOrder(flat, seed: 2))
    // A stable order would have the early half first; at random the standard deviation is 16.
    let early = (1..<500).count { order.places[$0] < 500 }
    #expect(abs(early - 250) < 65)
    // -0 is 0: its place is drawn, not always behind.
    let zeros = Tensor([-0.0, 0], shape: [1, 2])
    let leading = (0..<64).count { CellOrder(zeros, seed: $0).places[0] == 0 }
    #expect((10...54).contains(leading))
  }

  @Test func areaIsTheTrapezoidOnTrueShares() {
    let curve = PerturbationCurve(shares: [0, 0.25, 1], probabilities: [0, 1, 0.5])
    #expect(curve.area == 0.125 + 0.5625)
    #expect(PerturbationCurve.cellCounts(of: 10, steps: 4) == [0, 3, 5, 8, 10])
    #expect(PerturbationCurve.cellCounts(of: 3, steps: 20) == [0, 1, 2, 3])
  }

  // MARK: - ROAD

  @Test func aHoleBecomesTheMeanOfItsNeighbours() {
    var imputation = NoisyLinearImputation()
    (imputation.noise, imputation.tolerance) = (0, 1e-12)
    // The middle of 3 x 3: edges 1/6 each, corners 1/12 each.
    let input = Tensor([1, 2, 3, 4, 100, 6, 7, 8, 9], shape: [1, 3, 3])
    var removed = [Bool](repeating: false, count: 9)
    removed[4] = true
    let filled = imputation.imputed(input, isRemoved: removed, seed: 0)
    expectClose(filled.values, [1, 2, 3, 4, 5, 6, 7, 8, 9], absolute: 1e-6)
    // A corner has three neighbours, their weights renormalised: (4 (2 + 4) / 24 + 2 * 100 / 24) / (10 / 24).
    removed = [true] + [Bool](repeating: false, count: 8)
    let corner = imputation.imputed(input, isRemoved: removed, seed: 0)
    expectClose([corner.values[0]], [(4 * 6 + 2 * 100) / 10], relative: 1e-6)
  }

  @Test func aPlaneIsFilledInExactlyAndNoiseIsSmall() {
    var imputation = NoisyLinearImputation()
    imputation.noise = 0
    let constant = Tensor(repeating: 2.5, shape: [2, 12, 17])
    let removed = (0..<204).map { $0 % 5 != 0 }
    // The residual's limit is 1e-5 of the right side.
    expectClose(
      imputation.imputed(constant, isRemoved: removed, seed: 0).values, constant.values, relative: 1e-4)
    imputation.noise = 0.01
    let noisy = imputation.imputed(constant, isRemoved: removed, seed: 7)
    #expect(noisy == imputation.imputed(constant, isRemoved: removed, seed: 7))
    let changed = zip(noisy.values, constant.values).map { $0 - $1 }.enumerated()
      .filter { removed[$0.offset % 204] }.map(\.element)
    let deviation = (changed.reduce(0) { $0 + $1 * $1 } / Float(changed.count)).squareRoot()
    #expect((0.008...0.012).contains(deviation))
    #expect(zip(noisy.values, constant.values).enumerated().allSatisfy { removed[$0 % 204] || $1.0 == $1.1 })
  }

  @Test func whereNothingStaysZerosAndNoiseStand() {
    var imputation = NoisyLinearImputation()
    imputation.noise = 0
    let filled = imputation.imputed(
      Tensor(repeating: 3, shape: [1, 2, 2]), isRemoved: [true, true, true, true], seed: 0)
    #expect(filled.values == [0, 0, 0, 0])
  }

  @Test func roadIsHalfTheDifference() {
    let score = RemovalScore(mostRelevantFirst: [0.5, 0.25], leastRelevantFirst: [1, 0.75])
    #expect(score.combined == 0.25)
  }

  // MARK: - Infidelity and sensitivity

  @Test func infidelityIsZeroForAMapThatPredictsAndOneForNone() {
    let perfect = Infidelity(predicted: [1, 2, -3], actual: [2, 4, -6])
    #expect(perfect.scale == 2 && perfect.value == 0 && perfect.share == 0)
    let blind = Infidelity(predicted: [0, 0], actual: [3, 4])
    #expect(blind.scale == 0 && blind.value == 12.5 && blind.share == 1)
    // A map that points the wrong way explains nothing, and must not profit from its sign.
    #expect(Infidelity(predicted: [-1, -2], actual: [1, 2]).share == 1)
    #expect(Infidelity(predicted: [1], actual: [0]).share == nil)
  }

  @Test func rectanglesLieInsideAndFollowFromTheSeed() {
    let shape: Shape = [7, 30]
    let rectangles = CellRectangle.random(count: 200, in: shape, seed: 5)
    #expect(rectangles == CellRectangle.random(count: 200, in: shape, seed: 5))
    for rectangle in rectangles {
      #expect((1...3).contains(rectangle.rows.count) && (1...15).contains(rectangle.columns.count))
      #expect(rectangle.rows.upperBound <= 7 && rectangle.columns.upperBound <= 30)
    }
    let map = Tensor((0..<12).map { Float($0) }, shape: [3, 4])
    let rectangle = CellRectangle(rows: 1..<3, columns: 1..<3)
    #expect(rectangle.sum(of: map) == 5 + 6 + 9 + 10)
    var mask = [Float](repeating: 9, count: 12)
    var span = mask.mutableSpan
    rectangle.writeHole(width: 4, &span)
    #expect(mask == [1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1])
  }

  @Test func sensitivityIsTheLargestRelativeChange() {
    let map = Tensor([3, 4], shape: [1, 2])
    let others = [Tensor([3, 4.5], shape: [1, 2]), Tensor([4, 4], shape: [1, 2])]
    #expect(MaxSensitivity.value(of: map, disturbed: others) == 0.2)
    #expect(MaxSensitivity.value(of: Tensor([0, 0], shape: [1, 2]), disturbed: others) == nil)
    let samples = MaxSensitivity().samples(of: map, seed: 1)
    #expect(samples.count == 10 && samples == MaxSensitivity().samples(of: map, seed: 1))
    #expect(samples.allSatisfy { abs($0.values[0] - 3) <= 0.0201 && abs($0.values[1] - 4) <= 0.0201 })
  }

  // MARK: - Localisation

  @Test func evidenceInsideIsFound() throws {
    var map = Tensor(shape: [2, 6])
    (map[0, 1], map[1, 2], map[0, 4]) = (3, 1, 1)
    let found = try #require(TimeLocalization(map, inside: 0..<3, seed: 0))
    #expect(found.pointing == 1 && found.insideEnergy == 0.8)
    // The three frames of largest sums are 1, and of 2 and 4 both: two inside, one outside.
    #expect(found.overlap == 0.5)
    let elsewhere = try #require(TimeLocalization(map, inside: 3..<6, seed: 0))
    #expect(elsewhere.pointing == 0 && elsewhere.insideEnergy == 0.2)
    #expect(TimeLocalization(Tensor(shape: [2, 6]), inside: 0..<3, seed: 0) == nil)
    let flat = try #require(TimeLocalization(Tensor(repeating: 1, shape: [2, 6]), inside: 0..<3, seed: 0))
    #expect(flat.pointing == 0.5 && flat.insideEnergy == 0.5)
  }

  @Test func splicesJoinAtTheSeam() {
    let first = Tensor((0..<8).map { Float($0) }, shape: [1, 2, 4])
    let spliced = splicedInput(first, first.map { -$0 }, seam: 3)
    #expect(spliced.values == [0, 1, 2, -3, 4, 5, 6, -7])
  }

  // MARK: - Controls

  @Test func controlsKnowOnlyTheInput() {
    let input = Tensor([1, -2, 0, 3, -4, 1], shape: [2, 1, 3])
    #expect(ControlMap.energy.map(of: input, resolution: [9, 9], seed: 0).values == [3, 4, 1])
    let random = ControlMap.random.map(of: input, resolution: [4, 5], seed: 1)
    #expect(random.shape == [4, 5] && Set(random.values).count == 20)
    #expect(random == ControlMap.random.map(of: input, resolution: [4, 5], seed: 1))
    #expect(random != ControlMap.random.map(of: input, resolution: [4, 5], seed: 2))
  }

  @Test func unknownMeasuresAndNumbersWithoutMeaningAreRefused() {
    #expect(throws: CodedError.self) { try FaithfulnessMeasure.named("faith") }
    let changes: [(inout FaithfulnessOptions) -> Void] = [
      { $0.copiesPerPass = 0 }, { $0.curveSteps = 0 }, { $0.removedShares = [1] }, { $0.removedShares = [] },
      { $0.rectangleCount = 0 }, { $0.maxSensitivity.radius = .nan }, { $0.maxSensitivity.sampleCount = 0 },
    ]
    for change in changes {
      var options = FaithfulnessOptions()
      change(&options)
      #expect(throws: CodedError.self) { try options.validate() }
    }
  }

  /// Against the standard library's sort, with many equal keys; equal ones keep their order.
  @Test func cellsAreOrderedDigitByDigit() {
    var generator = SeededGenerator(seed: 9)
    for count in [0, 1, 2, 5000] {
      let keys = (0..<count).map { index -> UInt64 in
        index.isMultiple(of: 3) ? UInt64(generator.index(below: 7)) << 61 : generator.next()
      }
      let expected = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
      #expect(CellOrder.ascendingOrder(of: keys).map(Int.init) == expected)
    }
  }
}
