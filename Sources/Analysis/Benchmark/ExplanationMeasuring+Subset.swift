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
      progress?(StageProgress(stage, completed: start + indices.count, of: subset.count))
    }
  }

  // MARK: - Occlusion

  /// Rank correlation of each map with the occlusion map, both with their signs: what speaks against the class should
  /// rank last. (A method that shows magnitudes has no signs to compare.)
  private mutating func measureOcclusion() throws {
    var values: [(Subject, Double?)] = []
    var groups: [String] = []
    let occlusion = BenchmarkSubjects.Entry(
      method: try Occlusion().with(options.faithfulness), layer: Network.inputName)
    try forEachPiece("occlusion") { piece in
      let (inputs, classes) = (piece.map(\.input), piece.map(\.item.predicted))
      let references = try explain(inputs, occlusion, classes: classes)
      for entry in subjects.entries {
        let maps = try explain(inputs, entry, classes: classes)
        for (map, reference) in zip(maps, references) {
          let evidence = CandidateMap(map).evidence
          values.append((entry.subject, spearmanCorrelation(evidence.values, reference.signedMap.values)))
        }
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
    let seam = model.network.inputShape[2] / 2
    let width = model.network.inputShape[2]
    for start in stride(from: 0, to: pairs.count, by: 16) {
      let piece = Array(pairs[start..<min(start + 16, pairs.count)])
      let inputs = try piece.map { pair in
        splicedInput(
          try clips.input(clips.items[pair.first]), try clips.input(clips.items[pair.second]), seam: seam)
      }
      for isFirst in [true, false] {
        let classes = piece.map { clips.items[isFirst ? $0.first : $0.second].predicted }
        let part = isFirst ? 0..<seam : seam..<width
        for entry in subjects.entries {
          for map in try explain(inputs, entry, classes: classes) {
            add(TimeLocalization(map.upsampledMap, inside: part, seed: seed), of: entry.subject)
          }
        }
        for (pair, input) in zip(piece, inputs) {
          for control in controls(for: input, seed: seed(of: pair.first)) {
            add(TimeLocalization(control.map.mask, inside: part, seed: seed), of: control.subject)
          }
          for metric in [FaithfulnessMetric.pointing, .insideEnergy, .overlap] {
            // A clip may stand in several splices: the pair's first half names the group.
            table.addGroup(clips.items[pair.first].group, to: metric)
          }
        }
      }
      progress?(StageProgress("localization", completed: start + piece.count, of: pairs.count))
    }
  }

  private mutating func add(_ localization: TimeLocalization?, of subject: Subject) {
    table.add(localization.map { 100 * $0.pointing }, .pointing, of: subject)
    table.add(localization.map { 100 * $0.insideEnergy }, .insideEnergy, of: subject)
    table.add(localization.map { 100 * $0.overlap }, .overlap, of: subject)
  }

  /// Pairs of clips that the model labels right, of different classes, drawn by the seed; each class first as often.
  private func splicePairs() -> [(first: Int, second: Int)] {
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
      return (one[round % one.count], two[(round + number % classes.count) % two.count])
    }
  }

  // MARK: - Sensitivity

  private mutating func measureSensitivity() throws {
    let settings = options.faithfulness.maxSensitivity
    let subset = clips.subset(options.subsetCount, seed: seed)
    for (number, index) in subset.enumerated() {
      let item = clips.items[index]
      let input = try clips.input(item)
      let inputs = [input] + settings.samples(of: input, seed: seed(of: index))
      for entry in subjects.entries {
        let maps = try explain(inputs, entry, classes: inputs.map { _ in item.predicted }).map(\.signedMap)
        let value = MaxSensitivity.value(of: maps[0], disturbed: Array(maps.dropFirst()))
        table.add(value, .maxSensitivity, of: entry.subject)
      }
      table.addGroup(item.group, to: .maxSensitivity)
      progress?(StageProgress("sensitivity", completed: number + 1, of: subset.count))
    }
  }

  // MARK: - Randomisation

  /// The cascade from the top; the figures are those of the last stage, where every parameter is drawn anew.
  private mutating func measureRandomization() throws {
    let randomization = try ParameterRandomization(of: model.network, seed: seed &+ 1)
    let subset = clips.subset(options.subsetCount, seed: seed)
    let inputs = try subset.map { try clips.input(clips.items[$0]) }
    let classes = subset.map { clips.items[$0].predicted }
    let size: Shape = [model.network.inputShape[1], model.network.inputShape[2]]
    for (number, entry) in subjects.entries.enumerated() {
      let trained = try explain(inputs, entry, classes: classes).map(\.signedMap)
      for (place, stage) in randomization.stages.enumerated() {
        let other = Explainer(explainer, network: stage.network)
        let maps = try explain(inputs, entry, classes: classes, by: other).map(\.signedMap)
        let alike = zip(trained, maps).map { MapSimilarity($0, $1, size: size) }
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
      progress?(StageProgress("randomization", completed: number + 1, of: subjects.entries.count))
    }
  }

  private func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}
