package import Explanation
package import Files
package import Models
package import Networks
package import Tensors

/// Fills a table with values, piece by piece, so that memory does not grow with the number of clips but for the values. What was measured
/// on a clip or a piece is a step of the job.
package struct ExplanationMeasuring {
  package let model: GenreModel
  package let clips: BenchmarkClips
  package let subjects: BenchmarkSubjects
  package let options: BenchmarkOptions
  package let explainer: Explainer
  package let job: Job
  /// Where the pictures' objects are, if that is known.
  package let objects: BenchmarkObjects?
  package var table = FaithfulnessTable()
  package private(set) var flags: [ExplanationBenchmark.Subject: [String: Int]] = [:]
  /// What the objects of pictures are said to be, and notes about them.
  package var objectCounts = ObjectCounts()
  package var objectWords: String?
  package var objectNotes: [String] = []
  package var stages: [ExplanationBenchmark.RandomizationStage] = []
  private var means = SweepMeans()
  private var explanations: ClipExplanations

  /// Clips whose maps are held at once.
  static let pieceSize = 16

  package init(
    model: GenreModel, clips: BenchmarkClips, subjects: BenchmarkSubjects, options: BenchmarkOptions,
    explainer: Explainer, objects: BenchmarkObjects? = nil, job: Job
  ) {
    (self.model, self.clips, self.subjects) = (model, clips, subjects)
    (self.objects, self.job) = (objects, job)
    var options = options
    // Radius and noise are in standard deviations of the input.
    options.faithfulness.removalNoise *= model.inputDeviation
    options.faithfulness.maxSensitivity.radius *= model.inputDeviation
    self.options = options
    // Tens of thousands of passes, where rounding does not matter.
    var network = explainer.network
    network.convolvesBlocks = true
    var own = Explainer(explainer, network: network)
    own.job = job.quiet
    self.explainer = own
    explanations = ClipExplanations(
      subset: clips.subset(options.subsetCount, seed: options.faithfulness.seed), limit: Self.pieceSize)
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

  /// The explanations of some clips by each entry.
  mutating func explanations(of indices: [Int], _ inputs: [Tensor]) throws -> [[ClassExplanation]] {
    let read = Dictionary(uniqueKeysWithValues: zip(indices, inputs))
    var known = explanations
    defer { explanations = known }
    let own = try known.of(indices) { indices in
      try explain(
        try indices.map { try read[$0] ?? clips.input(clips.items[$0]) },
        rounds: [indices.map { clips.items[$0].predicted }])[0]
    }
    return subjects.entries.indices.map { entry in own.map { $0[entry] } }
  }

  /// What was measured on some clips, now or by an earlier run.
  mutating func step<Value: Codable>(
    _ name: String, explaining indices: [Int], _ body: (inout Self) throws -> Value
  ) throws -> Value {
    let (key, job) = ("\(name) \(indices) of \(clips.stamp)", job)
    var isNew = false
    let value = try job.step(key) {
      isNew = true
      return try body(&self)
    }
    if !isNew { explanations.pass(over: indices) }
    return value
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
    var faithfulness = options.faithfulness
    faithfulness.copiesPerPass = network.passSize(upTo: faithfulness.copiesPerPass)
    return FaithfulnessProbe(
      network: network, options: faithfulness,
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
      // All of the piece are explained together when the first of them is not measured yet.
      var explained: (inputs: [Tensor], maps: [[ClassExplanation]])?
      for (place, index) in range.enumerated() {
        let (key, job) = ("masking \(index) of \(clips.stamp)", job)
        let masked = try job.step(key) {
          let (inputs, maps) = try explained ?? inputsAndExplanations(of: range)
          explained = (inputs, maps)
          return try self.masked(maps.map { $0[place] }, of: inputs[place], index, probe)
        }
        add(masked, group: clips.items[index].group, masks: probe.masks)
        job.tell("masking", index + 1, of: count)
      }
      if explained == nil { explanations.pass(over: Array(range)) }
    }
  }

  private mutating func inputsAndExplanations(
    of range: Range<Int>
  ) throws -> (inputs: [Tensor], maps: [[ClassExplanation]]) {
    let inputs = try clips.items[range].map(clips.input)
    return (inputs, try explanations(of: Array(range), inputs))
  }

  /// What masked inference says of one clip.
  private struct Masked: Codable {
    /// Of each entry's explanation.
    let flags: [[String]]
    /// Of each entry, then of the controls.
    let results: [MapFaithfulness]
    let controls: [ExplanationBenchmark.Subject]
    /// Of each entry's values in random places; empty where that was not asked for.
    let shuffled: [MapFaithfulness]
  }

  private func masked(
    _ explanations: [ClassExplanation], of input: Tensor, _ index: Int, _ probe: FaithfulnessProbe
  ) throws -> Masked {
    let (classIndex, seed) = (clips.items[index].predicted, seed(of: index))
    let controls = controls(for: input, seed: seed)
    let baseline = try options.faithfulness.baseline.values(
      for: input, spec: model.featureSpec, normalization: model.normalization, seed: seed,
      deviation: model.inputDeviation)
    let results = try probe.measure(
      parallelMap(explanations.count) { CandidateMap(explanations[$0]) } + controls.map(\.map),
      of: input, baseline: baseline, classIndex: classIndex, seed: seed)
    var shuffled: [MapFaithfulness] = []
    if probe.measures.contains(.masking) {
      shuffled = try Self.probe(options, explainer.network, measures: [.masking], job: job.quiet).measure(
        parallelMap(explanations.count) { CandidateMap.shuffled(explanations[$0], seed: seed) },
        of: input, baseline: baseline, classIndex: classIndex, seed: seed)
    }
    return Masked(
      flags: explanations.map(\.flagNames), results: results, controls: controls.map(\.subject),
      shuffled: shuffled)
  }

  private mutating func add(_ masked: Masked, group: String, masks: [HeatMapMask]) {
    let own = subjects.entries.map(\.subject)
    for (subject, names) in zip(own, masked.flags) {
      for name in names { flags[subject, default: [:]][name, default: 0] += 1 }
    }
    for (subject, result) in zip(own + masked.controls, masked.results) {
      add(result, of: subject, masks: masks)
    }
    for (subject, result) in zip(own, masked.shuffled) { add(result, of: subject.shuffled, masks: masks) }
    for metric in table.metrics { table.addGroup(group, to: metric) }
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

  /// A random map at each layer and at the input, and the energy map; for pictures, the map of their middle too.
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
    let maps = random + [(subject, CandidateMap(rawMap: energy, meaning: .importance, size: size))]
    guard model.pictureSpec != nil else { return maps }
    let center = ControlMap.center.map(of: input, resolution: size, seed: seed)
    let middle = ExplanationBenchmark.Subject(
      method: ControlMap.center.rawValue, layer: Network.inputName, isControl: true)
    return maps + [(middle, CandidateMap(rawMap: center, meaning: .importance, size: size))]
  }
}
