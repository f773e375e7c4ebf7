package import Explanation
package import Files
package import Models
package import Networks
package import Tensors

/// Fills a table with values, piece by piece, so that memory does not grow with the number of clips but for the values.
package struct ExplanationMeasuring {
  package let model: GenreModel
  package let clips: BenchmarkClips
  package let subjects: BenchmarkSubjects
  package let options: BenchmarkOptions
  package let explainer: Explainer
  package let job: Job
  package var table = FaithfulnessTable()
  package private(set) var flags: [ExplanationBenchmark.Subject: [String: Int]] = [:]
  package var stages: [ExplanationBenchmark.RandomizationStage] = []
  private var means = SweepMeans()
  /// Explanations of clips of the subset by each entry, of one piece at most.
  private var kept: [Int: [ClassExplanation]] = [:]

  /// Clips whose maps are held at once.
  private static let pieceSize = 16

  package init(
    model: GenreModel, clips: BenchmarkClips, subjects: BenchmarkSubjects, options: BenchmarkOptions,
    explainer: Explainer, job: Job
  ) {
    (self.model, self.clips, self.subjects) = (model, clips, subjects)
    (self.options, self.job) = (options, job)
    // Tens of thousands of passes, where rounding does not matter.
    var network = explainer.network
    network.convolvesBlocks = true
    var own = Explainer(explainer, network: network)
    own.job = job.quiet
    self.explainer = own
  }

  package var seed: UInt64 { options.faithfulness.seed }

  /// A seed of its own for each item, whatever else is measured.
  package func seed(of index: Int) -> UInt64 { seed &+ 1_000_003 &* UInt64(index + 1) }

  /// For each round of classes, for each entry, one explanation for each input.
  func explain(
    _ inputs: [Tensor], rounds: [[Int]], by explainer: Explainer? = nil
  ) throws -> [[[ClassExplanation]]] {
    try (explainer ?? self.explainer).explain(
      batch: inputs,
      by: subjects.entries.map { MethodAtLayer($0.method, layer: $0.method.usesLayer ? $0.layer : nil) },
      scores: rounds.map { $0.map { .logit($0) } })
  }

  /// The explanations of some clips by each entry; those of the first clips are kept for the next measure.
  mutating func explanations(of indices: [Int], inputs: [Tensor]) throws -> [[ClassExplanation]] {
    let subset = Set(clips.subset(options.subsetCount, seed: seed))
    let missing = indices.indices.filter { kept[indices[$0]] == nil }
    let found = try explain(
      missing.map { inputs[$0] }, rounds: [missing.map { clips.items[indices[$0]].predicted }])[0]
    var own: [Int: [ClassExplanation]] = [:]
    for (column, place) in missing.enumerated() {
      let explanations = found.map { $0[column] }
      own[indices[place]] = explanations
      if kept.count < Self.pieceSize, subset.contains(indices[place]) { kept[indices[place]] = explanations }
    }
    return subjects.entries.indices.map { entry in
      indices.compactMap { (kept[$0] ?? own[$0])?[entry] }
    }
  }

  /// What was measured without a threshold, over all clips.
  package var sweep: ThresholdSweep { means.sweep(levels: options.sweepLevels, subjects: table.subjects) }

  /// Inferences for each clip, by masking.
  package static func inferenceCount(
    _ subjects: BenchmarkSubjects, _ options: BenchmarkOptions, _ network: Network
  )
    -> Int
  {
    let maps = subjects.entries.count
    // A random map at each layer and at the input, and the energy map.
    let own = probe(options, network).inferenceCount(maps: maps + subjects.layers.count + 2)
    guard options.measures.contains(.masking) else { return own }
    return own + probe(options, network, measures: [.masking]).inferenceCount(maps: maps)
  }

  /// By the usual masks, then those of the sweep that are none of them.
  private static func probe(
    _ options: BenchmarkOptions, _ network: Network, measures: Set<FaithfulnessMeasure>? = nil,
    job: Job = Job()
  ) -> FaithfulnessProbe {
    let levels = options.sweepLevels.map { HeatMapMask.threshold($0) }
    return FaithfulnessProbe(
      network: network, options: options.faithfulness,
      masks: HeatMapMask.standard + levels.filter { !HeatMapMask.standard.contains($0) },
      measures: measures ?? options.measures.intersection([.masking, .curves, .road, .infidelity]),
      job: job)
  }

  // MARK: - Masked inference

  /// Masking, curves, ROAD and infidelity, on all clips.
  mutating func measureByMasking() throws {
    let probe = Self.probe(options, explainer.network, job: job.quiet)
    guard !probe.measures.isEmpty else { return }
    let count = clips.items.count
    for start in stride(from: 0, to: count, by: Self.pieceSize) {
      let range = start..<min(start + Self.pieceSize, count)
      let items = Array(clips.items[range])
      let inputs = try items.map(clips.input)
      let explained = try explanations(of: Array(range), inputs: inputs)
      for (entry, explanations) in zip(subjects.entries, explained) {
        for flag in explanations.flatMap(\.flagNames) {
          flags[entry.subject, default: [:]][flag, default: 0] += 1
        }
      }
      for (place, index) in range.enumerated() {
        try measure(
          explained.map { $0[place] }, input: inputs[place], item: items[place], seed: seed(of: index), probe)
        job.tell("masking", index + 1, of: count)
      }
    }
  }

  private mutating func measure(
    _ explanations: [ClassExplanation], input: Tensor, item: BenchmarkClips.Item, seed: UInt64,
    _ probe: FaithfulnessProbe
  ) throws {
    let controls = controls(for: input, seed: seed)
    let baseline = try options.faithfulness.baseline.values(
      for: input, spec: model.featureSpec, normalization: model.normalization, seed: seed)
    let results = try probe.measure(
      parallelMap(explanations.count) { CandidateMap(explanations[$0]) } + controls.map(\.map),
      of: input,
      baseline: baseline, classIndex: item.predicted, seed: seed)
    let names = subjects.entries.map(\.subject) + controls.map(\.subject)
    for (subject, result) in zip(names, results) { add(result, of: subject, masks: probe.masks) }
    if probe.measures.contains(.masking) {
      let shuffled = try Self.probe(options, explainer.network, measures: [.masking], job: job.quiet).measure(
        parallelMap(explanations.count) { CandidateMap.shuffled(explanations[$0], seed: seed) },
        of: input,
        baseline: baseline, classIndex: item.predicted, seed: seed)
      for (entry, result) in zip(subjects.entries, shuffled) {
        add(result, of: entry.subject.shuffled, masks: probe.masks)
      }
    }
    for metric in table.metrics { table.addGroup(item.group, to: metric) }
  }

  private mutating func add(
    _ result: MapFaithfulness, of subject: ExplanationBenchmark.Subject, masks: [HeatMapMask]
  ) {
    if !result.changes.isEmpty {
      for (index, mask) in masks.enumerated() where HeatMapMask.standard.contains(mask) {
        let change = result.changes[index]
        table.add(100 * change.drop, .averageDrop(mask.name), of: subject)
        table.add(change.isIncrease ? 100 : 0, .increase(mask.name), of: subject)
        table.add(100 * change.gain, .averageGain(mask.name), of: subject)
        table.add(100 * result.keptShares[index], .keptShare(mask.name), of: subject)
      }
      if !options.sweepLevels.isEmpty {
        let places = options.sweepLevels.compactMap { masks.firstIndex(of: .threshold($0)) }
        let drops = places.map { 100 * result.changes[$0].drop }
        means.add(drops, kept: places.map { 100 * result.keptShares[$0] }, of: subject)
        table.add(
          drops.reduce(0, +) / Double(drops.count), .averageDrop(FoundingClaims.allThresholds), of: subject)
      }
    }
    if let insertion = result.insertion, let deletion = result.deletion {
      means.add(insertion, deletion, of: subject)
    }
    if let insertion = result.insertion { table.add(insertion.area, .insertion, of: subject) }
    if let deletion = result.deletion { table.add(deletion.area, .deletion, of: subject) }
    if let removal = result.removal {
      means.add(removal, shares: options.faithfulness.removedShares, of: subject)
      table.add(removal.combined, .road, of: subject)
    }
    if let infidelity = result.infidelity { table.add(infidelity.share, .infidelity, of: subject) }
  }

  /// A random map at each layer and at the input, and the energy map.
  package func controls(
    for input: Tensor, seed: UInt64
  ) -> [(subject: ExplanationBenchmark.Subject, map: CandidateMap)] {
    let size: Shape = [input.shape[1], input.shape[2]]
    var resolutions = [(Network.inputName, size)]
    for layer in subjects.layers {
      if let shape = explainer.network.outputShapes[layer] {
        resolutions.append((layer, [shape[1], shape[2]]))
      }
    }
    let random = resolutions.enumerated().map { number, place in
      let raw = ControlMap.random.map(of: input, resolution: place.1, seed: seed &+ UInt64(number))
      return (
        ExplanationBenchmark.Subject(method: ControlMap.random.rawValue, layer: place.0, isControl: true),
        CandidateMap(rawMap: raw, meaning: .importance, size: size)
      )
    }
    let energy = ControlMap.energy.map(of: input, resolution: size, seed: seed)
    let subject = ExplanationBenchmark.Subject(
      method: ControlMap.energy.rawValue, layer: Network.inputName, isControl: true)
    return random + [(subject, CandidateMap(rawMap: energy, meaning: .importance, size: size))]
  }
}
