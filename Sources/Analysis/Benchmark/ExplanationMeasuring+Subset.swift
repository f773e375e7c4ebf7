import Explanation
import Files
import Models
import Networks
import Statistics
import Tensors

/// The measures that need many explanations for one value: on a part of the clips.
extension ExplanationMeasuring {
  package typealias Subject = ExplanationBenchmark.Subject

  /// All measures that were asked for, in their order.
  package mutating func measureAll() throws {
    try measureByMasking()
    if options.measures.contains(.occlusion) { try measureOcclusion() }
    if options.measures.contains(.localization) { try measureLocalization() }
    if options.measures.contains(.sensitivity) { try measureSensitivity() }
    if options.measures.contains(.randomization) { try measureRandomization() }
  }

  /// Indices, inputs and classes of the subset, piece by piece.
  private func forEachPiece(
    _ stage: String, size: Int = 16,
    _ body: ([(index: Int, item: BenchmarkClips.Item, input: Tensor)]) throws -> Void
  ) throws {
    let subset = clips.subset(options.subsetCount, seed: seed)
    for start in stride(from: 0, to: subset.count, by: size) {
      let indices = subset[start..<min(start + size, subset.count)]
      try body(try indices.map { ($0, clips.items[$0], try clips.input(clips.items[$0])) })
      job.tell(stage, start + indices.count, of: subset.count)
    }
  }

  // MARK: - Occlusion

  /// Rank correlation of each map with the occlusion map, both with their signs: what speaks against the class should
  /// rank last. (A method that shows magnitudes has no signs to compare.)
  private mutating func measureOcclusion() throws {
    var values: [(Subject, Double?)] = []
    var groups: [String] = []
    let occlusion = MethodAtLayer(try Occlusion().with(options.faithfulness))
    try forEachPiece("occlusion") { piece in
      let inputs = piece.map(\.input)
      let references = try explainer.explain(
        batch: inputs, by: [occlusion], scores: [piece.map { .logit($0.item.predicted) }])[0][0]
      let explained = try explanations(of: piece.map(\.index), inputs: inputs)
      let ranks = parallelMap(explained.count) { entry in
        zip(explained[entry], references).map {
          spearmanCorrelation(CandidateMap($0).evidence.values, $1.signedMap.values)
        }
      }
      for (entry, ranks) in zip(subjects.entries, ranks) {
        for rank in ranks { values.append((entry.subject, rank)) }
      }
      for (element, reference) in zip(piece, references) {
        for control in controls(for: element.input, seed: seed(of: element.index)) {
          let rank = spearmanCorrelation(control.map.evidence.values, reference.signedMap.values)
          values.append((control.subject, rank))
        }
        groups.append(element.item.group)
      }
    }
    for (subject, value) in values { table.add(value, .occlusionCorrelation, of: subject) }
    for group in groups { table.addGroup(group, to: .occlusionCorrelation) }
  }

  // MARK: - Localisation

  /// Splices of two correct clips of different classes; both classes are explained on each.
  private mutating func measureLocalization() throws {
    let pairs = splicePairs()
    guard !pairs.isEmpty else { return }
    var known: [SplicePair: SpliceLocalization] = [:]
    for start in stride(from: 0, to: pairs.count, by: 16) {
      let piece = Array(pairs[start..<min(start + 16, pairs.count)])
      // Few clips make few splices: each is looked at once, however often it was drawn.
      let new = Set(piece).filter { known[$0] == nil }.sorted {
        ($0.first, $0.second) < ($1.first, $1.second)
      }
      for (pair, found) in zip(new, try localizations(of: new)) { known[pair] = found }
      for part in 0..<2 {
        for (column, subject) in (subjects.entries.map(\.subject)).enumerated() {
          for pair in piece { add(known[pair]?.entries[part][column], of: subject) }
        }
        for pair in piece {
          for control in known[pair]?.controls[part] ?? [] { add(control.localization, of: control.subject) }
          for metric in [FaithfulnessMetric.pointing, .insideEnergy, .overlap] {
            // A clip may stand in several splices: the pair's first half names the group.
            table.addGroup(clips.items[pair.first].group, to: metric)
          }
        }
      }
      job.tell("localization", start + piece.count, of: pairs.count)
    }
  }

  /// Two clips: the first half of one, the second of the other.
  private struct SplicePair: Hashable {
    let first: Int
    let second: Int
  }

  /// Where the evidence lies on a splice, for the class of each half; nil where a map is zero.
  private struct SpliceLocalization {
    /// For each half, for each entry.
    var entries: [[TimeLocalization?]] = []
    var controls: [[(subject: Subject, localization: TimeLocalization?)]] = []
  }

  /// One for each pair, in order.
  private func localizations(of pairs: [SplicePair]) throws -> [SpliceLocalization] {
    let width = model.network.inputShape[2]
    let (seam, seed) = (width / 2, seed)
    let inputs = try pairs.map { pair in
      splicedInput(
        try clips.input(clips.items[pair.first]), try clips.input(clips.items[pair.second]), seam: seam)
    }
    let parts = [0..<seam, seam..<width]
    let rounds = [pairs.map(\.first), pairs.map(\.second)].map { $0.map { clips.items[$0].predicted } }
    let explained = try explain(inputs, rounds: rounds)
    return pairs.indices.map { place in
      let controls = controls(for: inputs[place], seed: self.seed(of: pairs[place].first))
      var result = SpliceLocalization()
      for (part, explanations) in zip(parts, explained) {
        result.entries.append(
          parallelMap(explanations.count) {
            TimeLocalization(explanations[$0][place].upsampledMap, inside: part, seed: seed)
          })
        result.controls.append(
          controls.map { ($0.subject, TimeLocalization($0.map.mask, inside: part, seed: seed)) })
      }
      return result
    }
  }

  private mutating func add(_ localization: TimeLocalization?, of subject: Subject) {
    table.add(localization.map { 100 * $0.pointing }, .pointing, of: subject)
    table.add(localization.map { 100 * $0.insideEnergy }, .insideEnergy, of: subject)
    table.add(localization.map { 100 * $0.overlap }, .overlap, of: subject)
  }

  /// Pairs of clips that the model labels right, of different classes, drawn by the seed; each class first as often.
  private func splicePairs() -> [SplicePair] {
    var generator = SeededGenerator(seed: seed, stream: 0x5911)
    let right = clips.items.indices.filter { clips.items[$0].isCorrect }.shuffled(using: &generator)
    var byClass: [Int: [Int]] = [:]
    for index in right { byClass[clips.items[index].predicted, default: []].append(index) }
    let classes = byClass.keys.sorted()
    guard classes.count > 1 else { return [] }
    return (0..<2 * options.subsetCount).compactMap { number in
      let first = classes[number % classes.count]
      let others = classes.filter { $0 != first }
      let second = others[number / classes.count % others.count]
      guard let one = byClass[first], let two = byClass[second] else { return nil }
      let round = number / classes.count
      return SplicePair(
        first: one[round % one.count], second: two[(round + number % classes.count) % two.count])
    }
  }

  // MARK: - Sensitivity

  private mutating func measureSensitivity() throws {
    let settings = options.faithfulness.maxSensitivity
    let subset = clips.subset(options.subsetCount, seed: seed)
    for (number, index) in subset.enumerated() {
      let item = clips.items[index]
      let input = try clips.input(item)
      let copies = settings.samples(of: input, seed: seed(of: index))
      let explained = try explanations(of: [index], inputs: [input])
      let disturbed = try explain(copies, rounds: [copies.map { _ in item.predicted }])[0]
      let values = parallelMap(disturbed.count) { entry in
        MaxSensitivity.value(of: explained[entry][0].signedMap, disturbed: disturbed[entry].map(\.signedMap))
      }
      for (entry, value) in zip(subjects.entries, values) {
        table.add(value, .maxSensitivity, of: entry.subject)
      }
      table.addGroup(item.group, to: .maxSensitivity)
      job.tell("sensitivity", number + 1, of: subset.count)
    }
  }

  // MARK: - Randomisation

  /// The cascade from the top; the figures are those of the last stage, where every parameter is drawn anew.
  private mutating func measureRandomization() throws {
    let randomization = try ParameterRandomization(of: explainer.network, seed: seed &+ 1)
    let subset = clips.subset(options.subsetCount, seed: seed)
    let inputs = try subset.map { try clips.input(clips.items[$0]) }
    let classes = subset.map { clips.items[$0].predicted }
    let size: Shape = [model.network.inputShape[1], model.network.inputShape[2]]
    // For each stage, for each entry, one for each input.
    var similarities: [[[MapSimilarity]]] = randomization.stages.map { _ in subjects.entries.map { _ in [] } }
    for start in stride(from: 0, to: inputs.count, by: 16) {
      let range = start..<min(start + 16, inputs.count)
      let trained = try explanations(of: Array(subset[range]), inputs: Array(inputs[range]))
      for (place, stage) in randomization.stages.enumerated() {
        let other = Explainer(explainer, network: stage.network)
        let maps = try explain(Array(inputs[range]), rounds: [Array(classes[range])], by: other)[0]
        let alike = parallelMap(maps.count) { entry in
          zip(trained[entry], maps[entry]).map { MapSimilarity($0.signedMap, $1.signedMap, size: size) }
        }
        for entry in alike.indices { similarities[place][entry] += alike[entry] }
      }
      job.tell("randomization", range.upperBound, of: inputs.count)
    }
    for (number, entry) in subjects.entries.enumerated() {
      for (place, stage) in randomization.stages.enumerated() {
        let alike = similarities[place][number]
        stages.append(
          .init(
            subject: entry.subject, layer: stage.layer, signedRank: mean(alike.map(\.signedRank)),
            absoluteRank: mean(alike.map(\.absoluteRank)), structure: mean(alike.map(\.structure))))
        guard place == randomization.stages.count - 1 else { continue }
        for (item, similarity) in zip(subset, alike) {
          table.add(similarity.signedRank, .randomizedRank, of: entry.subject)
          table.add(similarity.absoluteRank, .randomizedAbsoluteRank, of: entry.subject)
          table.add(similarity.structure, .randomizedStructure, of: entry.subject)
          guard number == 0 else { continue }
          for metric in [FaithfulnessMetric.randomizedRank, .randomizedAbsoluteRank, .randomizedStructure] {
            table.addGroup(clips.items[item].group, to: metric)
          }
        }
      }
    }
  }

  private func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}
