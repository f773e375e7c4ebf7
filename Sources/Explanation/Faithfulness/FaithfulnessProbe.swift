public import Files
public import Networks
public import Tensors

/// A map in the form used by the measures, at the input's resolution.
public struct CandidateMap: Sendable {
  /// The shown part divided by its maximum: in [0, 1], all 0 if nothing is positive. `[F, T]`.
  public let mask: Tensor
  /// The raw map with its signs (for methods that show the magnitude, the magnitude), which infidelity sums. `[F, T]`.
  public let evidence: Tensor

  /// Resizes a raw map (bilinear), takes the part that its method shows, and divides it by its maximum. The order of the cells is
  /// the order of the shown part, with ties where nothing is positive.
  public init(rawMap: Tensor, meaning: MethodTraits.Meaning, size: Shape) {
    let shown = bilinearlyResized(rawMap.map(meaning.shown), to: size)
    let largest = shown.values.max() ?? 0
    mask = largest > 0 ? shown.map { $0 / largest } : shown
    evidence = meaning == .sensitivity ? shown : bilinearlyResized(rawMap, to: size)
  }

  /// A map that is its own mask, `[F, T]`. Traps for values outside [0, 1].
  public init(mask: Tensor) {
    demand(mask.values.allSatisfy { (0...1).contains($0) }, "a mask outside of [0, 1]")
    (self.mask, evidence) = (mask, mask)
  }

  /// The map of an explanation.
  public init(_ explanation: ClassExplanation) {
    self.init(
      rawMap: explanation.signedMap, meaning: explanation.method.traits.meaning, size: explanation.inputShape)
  }
}

/// The results of masked inference for one map of one input. Measures that were not requested are nil or empty.
public struct MapFaithfulness: Sendable, Codable {
  /// One for each requested mask.
  public fileprivate(set) var changes: [ProbabilityChange] = []
  /// Mean of each mask.
  public fileprivate(set) var keptShares: [Double] = []
  public fileprivate(set) var insertion: PerturbationCurve?
  public fileprivate(set) var deletion: PerturbationCurve?
  public fileprivate(set) var removal: RemovalScore?
  public fileprivate(set) var infidelity: Infidelity?
}

/// Measures maps of one input by masked inference: many maps share batches, rectangles, noise and ties.
///
/// Cost for M maps: 1 (2 with curves) + rectangles + M (masks + 2 (steps - 1) + 2 shares) inferences. Memory: one batch, and 3 numbers for
/// each cell of each map.
public struct FaithfulnessProbe: Sendable {
  public let network: Network
  public let options: FaithfulnessOptions
  /// How the maps mask.
  public let masks: [HeatMapMask]
  /// Only the measures by masked inference are used: masking, curves, road, infidelity.
  public let measures: Set<FaithfulnessMeasure>
  /// Checked between passes.
  public let job: Job

  public init(
    network: Network, options: FaithfulnessOptions = FaithfulnessOptions(),
    masks: [HeatMapMask] = HeatMapMask.standard,
    measures: Set<FaithfulnessMeasure> = [.masking, .curves, .road, .infidelity], job: Job = Job()
  ) {
    self.job = job
    (self.network, self.options, self.masks, self.measures) = (network, options, masks, measures)
  }

  /// Number of inferences of a ``measure(_:of:baseline:classIndex:seed:)`` for this many maps, not counting those that fill the
  /// last batch.
  public func inferenceCount(maps: Int) -> Int {
    let perMap =
      (measures.contains(.masking) ? masks.count : 0)
      + (measures.contains(.curves) ? 2 * (options.curveSteps - 1) : 0)
      + (measures.contains(.road) ? 2 * options.removedShares.count : 0)
    return MaskPlan.endCount(measures) + (measures.contains(.infidelity) ? options.rectangleCount : 0) + maps
      * perMap
  }

  /// Measures the maps of one class on one input.
  ///
  /// - Parameters:
  ///   - input: `[C, F, T]`, standardised.
  ///   - baseline: what replaces masked cells, with the input's shape.
  ///   - seed: the seed for this input, the same for all its maps.
  /// - Throws: ``CodedError/Code/notFinite`` if the network's scores are not finite, `interrupted` if the job is cancelled. Traps
  ///   on shapes that do not fit.
  public func measure(
    _ maps: [CandidateMap], of input: Tensor, baseline: Tensor, classIndex: Int, seed: UInt64
  ) throws(CodedError) -> [MapFaithfulness] {
    let plan = MaskPlan(probe: self, maps: maps, shape: [input.shape[1], input.shape[2]], seed: seed)
    let scoring = MaskedScoring(
      network: network, input: input, baseline: baseline, batchSize: options.copiesPerPass, job: job)
    // Whole batches only: a batch of another size runs other kernels, whose last digits could pass for an increase.
    let size = options.copiesPerPass
    let logits = try scoring.logits(
      ofSeparate: (plan.count + size - 1) / size * size, fill: { plan.write($0, &$1) })
    let outputs = (0..<plan.count).map {
      logits.item($0).values
    }
    let removals = try removalScores(plan, input: input, classIndex: classIndex, seed: seed)
    return maps.indices.map { index in
      var result = plan.result(of: index, outputs: outputs, classIndex: classIndex)
      result.removal = removals.isEmpty ? nil : removals[index]
      return result
    }
  }

  /// ROAD for all maps; empty unless asked for.
  private func removalScores(
    _ plan: MaskPlan, input: Tensor, classIndex: Int, seed: UInt64
  ) throws(CodedError) -> [RemovalScore] {
    guard measures.contains(.road) else { return [] }
    let shares = options.removedShares
    var imputation = NoisyLinearImputation()
    imputation.noise = options.removalNoise
    let filling = imputation
    let fields = parallelMap(shares.count) {
      filling.noiseField(of: input.count, seed: seed &+ UInt64($0))
    }
    let count = plan.orders.count * shares.count * 2
    var probabilities: [Double] = []
    let size = options.copiesPerPass
    var batch = Tensor(shape: Shape([size] + input.shape.dimensions))
    for start in stride(from: 0, to: count, by: size) {
      try job.requireGoingOn()
      let range = start..<min(start + size, count)
      impute(&batch, from: range, of: plan, input, filling, fields)
      let logits = network.forward(batch).logits
      for item in 0..<range.count {
        let output = logits.item(item).values
        guard output.allSatisfy(\.isFinite) else {
          throw CodedError(.notFinite, "the network's scores of an imputed input are not finite")
        }
        probabilities.append(
          Score.probability(classIndex).value(logits: output, network.architecture.outputFunction))
      }
    }
    return plan.orders.indices.map { map in
      let first = map * 2 * shares.count
      return RemovalScore(
        mostRelevantFirst: shares.indices.map { probabilities[first + 2 * $0] },
        leastRelevantFirst: shares.indices.map { probabilities[first + 2 * $0 + 1] })
    }
  }
}

extension FaithfulnessProbe {
  /// Writes inputs without the cells of the given numbers: for each map, for each share, the most relevant cells, then the
  /// least. What fills the batch up is the input.
  private func impute(
    _ batch: inout Tensor, from range: Range<Int>, of plan: MaskPlan, _ input: Tensor,
    _ imputation: NoisyLinearImputation, _ fields: [[Float]]
  ) {
    let (cells, shares) = (input.shape[1] * input.shape[2], options.removedShares)
    fillConcurrently(
      &batch, inGroupsOf: 4, with: { ImputationKernel(rows: input.shape[1], columns: input.shape[2]) },
      { place, values, kernel in
        let source = input.values.span
        for cell in values.indices { values[cell] = source[cell] }
        guard place < range.count else { return }
        let index = range.lowerBound + place
        let (map, share, leastFirst) = (index / (2 * shares.count), index / 2 % shares.count, index % 2 == 1)
        let removedCount = Int((shares[share] * Double(cells)).rounded())
        let isRemoved = plan.orders[map].places.map { place in
          (leastFirst ? Int(place) >= cells - removedCount : Int(place) < removedCount) ? 1 : 0 as UInt8
        }
        let field = fields[share]
        imputation.fill(&values, isRemoved: isRemoved, noise: field.span, by: &kernel)
      })
  }
}

/// The masks of one input in their order: everything, nothing if there are curves, the rectangles, then each map's.
private struct MaskPlan: Sendable {
  let shape: Shape
  let maps: [CandidateMap]
  let masks: [HeatMapMask]
  /// Of each map; empty where no measure needs one.
  let orders: [CellOrder]
  let rectangles: [CellRectangle]
  /// How logits become probabilities.
  let function: OutputFunction
  /// Cells changed at each point of a curve; empty where no curve is asked for.
  let cellCounts: [Int]

  init(probe: FaithfulnessProbe, maps: [CandidateMap], shape: Shape, seed: UInt64) {
    let (measures, options) = (probe.measures, probe.options)
    (self.shape, self.maps, function) = (shape, maps, probe.network.architecture.outputFunction)
    masks = measures.contains(.masking) ? probe.masks : []
    let needsOrder = measures.contains(.curves) || measures.contains(.road)
    orders = needsOrder ? parallelMap(maps.count) { CellOrder(maps[$0].mask, seed: seed) } : []
    rectangles =
      measures.contains(.infidelity)
      ? CellRectangle.random(count: options.rectangleCount, in: shape, seed: seed) : []
    cellCounts =
      measures.contains(.curves)
      ? PerturbationCurve.cellCounts(of: shape.count, steps: options.curveSteps) : []
  }

  /// Masks of one map: the ends of the curves are shared by all.
  private var perMap: Int { masks.count + 2 * innerPoints }
  private var innerPoints: Int { max(0, cellCounts.count - 2) }
  private var firstOfMaps: Int { endCount + rectangles.count }
  private var endCount: Int { cellCounts.isEmpty ? 1 : 2 }

  /// Masks that all maps share, without rectangles.
  static func endCount(_ measures: Set<FaithfulnessMeasure>) -> Int { measures.contains(.curves) ? 2 : 1 }

  var count: Int { firstOfMaps + maps.count * perMap }

  /// Writes a mask; numbers beyond ``count`` are padding.
  func write(_ index: Int, _ mask: inout MutableSpan<Float>) {
    guard index >= firstOfMaps, index < count else {
      if (endCount..<firstOfMaps).contains(index) {
        rectangles[index - endCount].writeHole(width: shape[1], &mask)
      } else {
        let value: Float = index == 0 ? 1 : 0
        for cell in mask.indices { mask[cell] = value }
      }
      return
    }
    let (map, place) = ((index - firstOfMaps) / perMap, (index - firstOfMaps) % perMap)
    guard place >= masks.count else { return masks[place].write(maps[map].mask.values, &mask) }
    let point = (place - masks.count) / 2 + 1
    orders[map].write(first: cellCounts[point], kept: (place - masks.count).isMultiple(of: 2), &mask)
  }

  func result(of map: Int, outputs: [[Float]], classIndex: Int) -> MapFaithfulness {
    func probability(_ index: Int) -> Double {
      Score.probability(classIndex).value(logits: outputs[index], function)
    }
    let (whole, first) = (probability(0), firstOfMaps + map * perMap)
    var result = MapFaithfulness()
    result.changes = masks.indices.map {
      ProbabilityChange(original: whole, masked: probability(first + $0))
    }
    result.keptShares = masks.map { $0.keptShare(of: maps[map].mask) }
    if !cellCounts.isEmpty {
      let nothing = probability(1)
      let shares = cellCounts.map { Double($0) / Double(shape.count) }
      let inner = (0..<innerPoints).map { first + masks.count + 2 * $0 }
      result.insertion = PerturbationCurve(
        shares: shares, probabilities: [nothing] + inner.map(probability) + [whole])
      result.deletion = PerturbationCurve(
        shares: shares, probabilities: [whole] + inner.map { probability($0 + 1) } + [nothing])
    }
    if !rectangles.isEmpty {
      let score = Double(outputs[0][classIndex])
      result.infidelity = Infidelity(
        predicted: rectangles.map { $0.sum(of: maps[map].evidence) },
        actual: rectangles.indices.map { score - Double(outputs[endCount + $0][classIndex]) })
    }
    return result
  }
}
