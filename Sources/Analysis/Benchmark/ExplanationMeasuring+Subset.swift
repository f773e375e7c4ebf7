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
    if let objects { try measureObjects(objects) }
    if options.measures.contains(.sensitivity) { try measureSensitivity() }
    if options.measures.contains(.randomization) { try measureRandomization() }
  }

  /// The subset piece by piece.
  private var pieces: [[Int]] {
    let subset = clips.subset(options.subsetCount, seed: seed)
    return stride(from: 0, to: subset.count, by: Self.pieceSize).map {
      Array(subset[$0..<min($0 + Self.pieceSize, subset.count)])
    }
  }

  /// Tells how many of the subset are done.
  private func tell(_ stage: String, _ done: Int) {
    job.tell(stage, done, of: min(options.subsetCount, clips.items.count))
  }

  // MARK: - Occlusion

  /// Rank correlations with the occlusion map.
  private struct OcclusionRanks: Codable {
    /// For each entry, for each clip.
    let entries: [[Double?]]
    /// For each clip.
    let controls: [[ControlRank]]
  }

  private struct ControlRank: Codable {
    let subject: Subject
    let rank: Double?
  }

  /// Rank correlation of each map with the occlusion map, both with their signs: what speaks against the class should
  /// rank last. (A method that shows magnitudes has no signs to compare.)
  private mutating func measureOcclusion() throws {
    var values: [(Subject, Double?)] = []
    var groups: [String] = []
    var done = 0
    let occlusion = MethodAtLayer(try Occlusion().with(options.faithfulness))
    for piece in pieces {
      let ranks = try step("occlusion", explaining: piece) { try $0.ranks(of: piece, against: occlusion) }
      for (entry, ranks) in zip(subjects.entries, ranks.entries) {
        for rank in ranks { values.append((entry.subject, rank)) }
      }
      for controls in ranks.controls { values += controls.map { ($0.subject, $0.rank) } }
      groups += piece.map { clips.items[$0].group }
      done += piece.count
      tell("occlusion", done)
    }
    for (subject, value) in values { table.add(value, .occlusionCorrelation, of: subject) }
    for group in groups { table.addGroup(group, to: .occlusionCorrelation) }
  }

  private mutating func ranks(of piece: [Int], against occlusion: MethodAtLayer) throws -> OcclusionRanks {
    let inputs = try piece.map { try clips.input(clips.items[$0]) }
    let references = try explainer.explain(
      batch: inputs, by: [occlusion], scores: [piece.map { .logit(clips.items[$0].predicted) }])[0][0]
    let explained = try explanations(of: piece, inputs)
    let entries = parallelMap(explained.count) { entry in
      zip(explained[entry], references).map {
        spearmanCorrelation(CandidateMap($0).evidence.values, $1.signedMap.values)
      }
    }
    return OcclusionRanks(
      entries: entries,
      controls: piece.indices.map { place in
        controls(for: inputs[place], seed: seed(of: piece[place])).map { control in
          ControlRank(
            subject: control.subject,
            rank: spearmanCorrelation(control.map.evidence.values, references[place].signedMap.values))
        }
      })
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
      let found = try job.step("localization \(new) of \(clips.stamp)") { try localizations(of: new) }
      for (pair, localization) in zip(new, found) { known[pair] = localization }
      for part in 0..<2 {
        for (column, subject) in (subjects.entries.map(\.subject)).enumerated() {
          for pair in piece { add(known[pair]?.entries[part][column], of: subject) }
        }
        for pair in piece {
          for control in known[pair]?.controls[part] ?? [] { add(control.localization, of: control.subject) }
          for metric in [FaithfulnessMetric.pointing, .insideEnergy, overlapMetric] {
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
  private struct SpliceLocalization: Codable {
    /// For each half, for each entry.
    var entries: [[TimeLocalization?]] = []
    /// For each half.
    var controls: [[Control]] = []

    struct Control: Codable {
      let subject: Subject
      let localization: TimeLocalization?
    }
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
          controls.map {
            SpliceLocalization.Control(
              subject: $0.subject, localization: TimeLocalization($0.map.mask, inside: part, seed: seed))
          })
      }
      return result
    }
  }

  private mutating func add(_ localization: TimeLocalization?, of subject: Subject) {
    table.add(localization.map { 100 * $0.pointing }, .pointing, of: subject)
    table.add(localization.map { 100 * $0.insideEnergy }, .insideEnergy, of: subject)
    table.add(localization.map { 100 * $0.overlap }, overlapMetric, of: subject)
  }

  /// What the last axis is.
  private var overlapMetric: FaithfulnessMetric { clips.pictures == nil ? .overlap : .columnOverlap }

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
    for (number, index) in pieces.joined().enumerated() {
      let values = try step("sensitivity", explaining: [index]) { try $0.sensitivities(of: index) }
      for (entry, value) in zip(subjects.entries, values) {
        table.add(value, .maxSensitivity, of: entry.subject)
      }
      table.addGroup(clips.items[index].group, to: .maxSensitivity)
      tell("sensitivity", number + 1)
    }
  }

  private mutating func sensitivities(of index: Int) throws -> [Double?] {
    let item = clips.items[index]
    let input = try clips.input(item)
    let copies = options.faithfulness.maxSensitivity.samples(of: input, seed: seed(of: index))
    let explained = try explanations(of: [index], [input])
    let disturbed = try explain(copies, rounds: [copies.map { _ in item.predicted }])[0]
    return parallelMap(disturbed.count) { entry in
      MaxSensitivity.value(of: explained[entry][0].signedMap, disturbed: disturbed[entry].map(\.signedMap))
    }
  }

  // MARK: - Randomisation

  /// The cascade from the top; the figures are those of the last stage, where every parameter is drawn anew.
  private mutating func measureRandomization() throws {
    let randomization = try ParameterRandomization(of: explainer.network, seed: seed &+ 1)
    // For each stage, for each entry, one for each input.
    var similarities: [[[MapSimilarity]]] = randomization.stages.map { _ in subjects.entries.map { _ in [] } }
    var done = 0
    for piece in pieces {
      let alike = try step("randomization", explaining: piece) {
        try $0.similarities(of: piece, to: randomization)
      }
      for place in alike.indices {
        for entry in alike[place].indices { similarities[place][entry] += alike[place][entry] }
      }
      done += piece.count
      tell("randomization", done)
    }
    for (number, entry) in subjects.entries.enumerated() {
      for (place, stage) in randomization.stages.enumerated() {
        let alike = similarities[place][number]
        stages.append(
          .init(
            subject: entry.subject, layer: stage.layer, signedRank: mean(alike.map(\.signedRank)),
            absoluteRank: mean(alike.map(\.absoluteRank)), structure: mean(alike.map(\.structure))))
        guard place == randomization.stages.count - 1 else { continue }
        for (item, similarity) in zip(pieces.joined(), alike) {
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

  /// For each stage, for each entry, one for each clip.
  private mutating func similarities(
    of piece: [Int], to randomization: ParameterRandomization
  ) throws -> [[[MapSimilarity]]] {
    let items = piece.map { clips.items[$0] }
    let inputs = try items.map(clips.input)
    let trained = try explanations(of: piece, inputs)
    let size: Shape = [model.network.inputShape[1], model.network.inputShape[2]]
    return try randomization.stages.map { stage in
      let other = Explainer(explainer, network: stage.network)
      let maps = try explain(inputs, rounds: [items.map(\.predicted)], by: other)[0]
      return parallelMap(maps.count) { entry in
        zip(trained[entry], maps[entry]).map { MapSimilarity($0.signedMap, $1.signedMap, size: size) }
      }
    }
  }

  private func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}
