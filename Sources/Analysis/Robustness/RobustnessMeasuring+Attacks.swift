import Explanation
import Features
import Files
import Models
import Networks
import Tensors

extension RobustnessMeasuring {
  /// Attacks of growing size by both methods, away from the true labels.
  private var attacks: [AdversarialAttack] {
    AdversarialAttack.Method.allCases.flatMap { method in
      options.epsilons.sorted().map { epsilon in
        var attack = AdversarialAttack(method, epsilon: epsilon)
        (attack.steps, attack.seed) = (method == .fgsm ? 1 : options.attackSteps, options.seed)
        return attack
      }
    }
  }

  /// Measures the attacks on every track, some at a time side by side, and keeps the maps of a few. What was found of some is a step of
  /// the job.
  func measureAttacks() throws -> (rows: [RobustnessReport.Attack], examples: [AttackExample]) {
    guard !subjects.isEmpty else { return ([], []) }
    let (attacks, chosen) = (attacks, exampleSubjects)
    let attacking = Attacking(passes: passes, attacks: attacks, subjects: subjects, chosen: Set(chosen))
    let pieces = attacking.pieces
    var outcomes: [[RobustnessOutcome]] = attacks.map { _ in [] }
    var kept: [Attacking.Place: AttackExample] = [:]
    let (job, stamp, done) = (job, stamp, DoneCount("attacks", of: subjects.count, job))
    try OrderedWork().run(
      pieces.count, job: job,
      { _, piece in
        let found = try job.step("attacks on \(pieces[piece]) \(stamp)") {
          try attacking.attack(pieces[piece], job)
        }
        done.add(pieces[piece].count)
        return found
      },
      each: { _, result in
        let piece = try result.get()
        for (number, own) in piece.outcomes.enumerated() { outcomes[number] += own }
        kept.merge(piece.examples) { first, _ in first }
      })
    let methods = AdversarialAttack.Method.allCases.map(\.rawValue)
    let order = chosen.flatMap { index in methods.map { Attacking.Place(subject: index, method: $0) } }
    return (zip(attacks, outcomes).compactMap(row), order.compactMap { kept[$0] })
  }

  /// What an attack did to all tracks; nil where the model's outputs are no numbers.
  private func row(_ attack: AdversarialAttack, _ outcomes: [RobustnessOutcome]) -> RobustnessReport.Attack? {
    guard let effect = RobustnessEffect(outcomes, bootstrap: bootstrap) else { return nil }
    let known = outcomes.compactMap(\.meanDecibels)
    return RobustnessReport.Attack(
      method: attack.method.rawValue, epsilon: Double(attack.epsilon), steps: attack.steps, effect: effect,
      meanDecibels: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count))
  }

  /// Tracks labelled right, from the surest to the least sure, evenly spaced in that order.
  private var exampleSubjects: [Int] {
    let right = subjects.indices.filter { subjects[$0].predicted == subjects[$0].truth }
    func confidence(_ index: Int) -> Double { subjects[index].probabilities[subjects[index].predicted] }
    let sorted = right.sorted { confidence($0) > confidence($1) }
    let count = min(options.exampleCount, sorted.count)
    guard count > 1 else { return Array(sorted.prefix(count)) }
    return (0..<count).map { sorted[$0 * (sorted.count - 1) / (count - 1)] }
  }
}

/// Attacks some tracks by all attacks.
private struct Attacking: Sendable {
  let passes: RobustnessPasses
  let attacks: [AdversarialAttack]
  let subjects: [RobustnessSubject]
  /// Whose maps are kept.
  let chosen: Set<Int>

  struct Place: Hashable, Codable {
    let subject: Int
    let method: String
  }

  /// Of each attack what it did to the piece's tracks, and the kept maps.
  struct Piece: Sendable, Codable {
    var outcomes: [[RobustnessOutcome]]
    var examples: [Place: AttackExample] = [:]
  }

  /// Tracks that are attacked together: halves of sixteen, none alone that would not be alone among sixteen, since a single row is
  /// rounded otherwise than several.
  var pieces: [Range<Int>] {
    var pieces: [Range<Int>] = []
    for start in stride(from: 0, to: subjects.count, by: 16) {
      let end = min(start + 16, subjects.count)
      let middle = end - start < 4 ? end : (start + end + 1) / 2
      pieces.append(start..<middle)
      if middle < end { pieces.append(middle..<end) }
    }
    return pieces
  }

  func attack(_ range: Range<Int>, _ job: Job) throws -> Piece {
    let own = Array(subjects[range])
    var piece = Piece(outcomes: [])
    guard !attacks.isEmpty else { return piece }
    let (inputs, classes, network) = (own.map(\.input), own.map(\.truth), passes.model.network)
    let slope = try AdversarialAttack.Slope(
      of: inputs, classes: classes, on: network, place: range.lowerBound)
    for attack in attacks {
      try job.requireGoingOn()
      let changed = try attack.run(
        batch: inputs, classes: classes, on: network, place: range.lowerBound, slope: slope)
      let outcomes = passes.outcomes(
        own, changed.map { flat($0.input) }, logits: changed.map(\.logitsAfter))
      piece.outcomes.append(
        zip(outcomes, changed).compactMap { outcome, changed in
          guard var outcome else { return nil }
          outcome.meanDecibels = decibels(of: changed).map(Self.meanMagnitude)
          return outcome
        })
      for index in range where chosen.contains(index) {
        let place = Place(subject: index, method: attack.method.rawValue)
        // The smallest change of the label is kept, else the largest attack.
        guard piece.examples[place]?.isFooled != true else { continue }
        piece.examples[place] = try example(of: index, attack, changed[index - range.lowerBound])
      }
    }
    return piece
  }

  private func example(
    of index: Int, _ attack: AdversarialAttack, _ changed: AdversarialExample
  ) throws -> AttackExample {
    let (subject, input) = (subjects[index], flat(changed.input))
    let explanations = try passes.explainer.explain(
      batch: [subject.input, input], method: passes.options.method, layer: passes.options.layer,
      scores: [.logit(subject.predicted), .logit(subject.predicted)])
    let after = changed.probabilitiesAfter.map(Double.init)
    return AttackExample(
      path: subject.path, name: subject.name, label: subject.label,
      method: attack.method.rawValue, epsilon: Double(attack.epsilon),
      predictedBefore: passes.model.labels[subject.predicted],
      confidenceBefore: subject.probabilities[subject.predicted],
      predictedAfter: passes.model.labels[after.indexOfLargest], confidenceAfter: after[after.indexOfLargest],
      before: MapGrid(subject.input), after: MapGrid(input),
      perturbation: MapGrid(flat(changed.perturbation)),
      perturbationDecibels: decibels(of: changed).map { MapGrid($0) },
      explanationBefore: ExplanationMap(explanations[0]), explanationAfter: ExplanationMap(explanations[1]),
      mapCorrelation: passes.correlation(subject.map, MapGrid(explanations[1].signedMap)))
  }

  /// The perturbation on the mel axis, `[M, T]` in dB.
  private func decibels(of changed: AdversarialExample) -> Tensor? {
    guard let spec = passes.model.featureSpec, spec.binCount == passes.model.normalization.mean.shape[0]
    else { return nil }
    return MelProjection(spec: spec, normalization: passes.model.normalization).difference(
      ofInput: flat(changed.perturbation))
  }

  private static func meanMagnitude(_ map: Tensor) -> Double {
    map.values.reduce(0) { $0 + Double(abs($1)) } / Double(max(1, map.count))
  }

  /// `[1, F, T]` as `[F, T]`.
  private func flat(_ input: Tensor) -> Tensor {
    input.reshaped([passes.model.network.inputShape[1], passes.model.network.inputShape[2]])
  }
}
