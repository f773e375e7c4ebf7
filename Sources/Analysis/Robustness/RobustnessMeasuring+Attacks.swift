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

  /// Measures the attacks on every track, and keeps the maps of a few.
  func measureAttacks() throws -> (rows: [RobustnessReport.Attack], examples: [AttackExample]) {
    guard !subjects.isEmpty else { return ([], []) }
    let (attacks, chosen) = (attacks, exampleSubjects)
    var rows: [RobustnessReport.Attack] = []
    var kept: [Place: AttackExample] = [:]
    for (number, attack) in attacks.enumerated() {
      progress?(
        StageProgress(
          "attacks", completed: number, of: attacks.count, note: "\(attack.method.rawValue) \(attack.epsilon)"
        ))
      let changed = try attack.run(
        subjects.map(\.input), classes: subjects.map(\.truth), on: model.network)
      if let row = row(attack, changed) { rows.append(row) }
      for index in chosen {
        let place = Place(subject: index, method: attack.method.rawValue)
        // The smallest change of the label is kept, else the largest attack.
        guard kept[place]?.isFooled != true else { continue }
        kept[place] = try example(of: index, attack, changed[index])
      }
    }
    progress?(StageProgress("attacks", completed: attacks.count, of: attacks.count))
    let methods = AdversarialAttack.Method.allCases.map(\.rawValue)
    let order = chosen.flatMap { index in methods.map { Place(subject: index, method: $0) } }
    return (rows, order.compactMap { kept[$0] })
  }

  /// What an attack did to all tracks; nil where the model's outputs are no numbers.
  private func row(_ attack: AdversarialAttack, _ changed: [AdversarialExample]) -> RobustnessReport.Attack? {
    var outcomes: [RobustnessOutcome] = []
    for (index, outcome) in measure(subjects, changed.map { flat($0.input) }).enumerated() {
      guard var outcome else { continue }
      outcome.meanDecibels = decibels(of: changed[index]).map(Self.meanMagnitude)
      outcomes.append(outcome)
    }
    guard let effect = RobustnessEffect(outcomes, bootstrap: bootstrap) else { return nil }
    let known = outcomes.compactMap(\.meanDecibels)
    return RobustnessReport.Attack(
      method: attack.method.rawValue, epsilon: Double(attack.epsilon), steps: attack.steps, effect: effect,
      meanDecibels: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count))
  }

  private struct Place: Hashable {
    let subject: Int
    let method: String
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

  private func example(
    of index: Int, _ attack: AdversarialAttack, _ changed: AdversarialExample
  ) throws -> AttackExample {
    let (subject, input) = (subjects[index], flat(changed.input))
    let explanations = try explainer.explain(
      batch: [subject.input, input], method: options.method, layer: options.layer,
      scores: [.logit(subject.predicted), .logit(subject.predicted)])
    let after = changed.probabilitiesAfter.map(Double.init)
    return AttackExample(
      path: subject.track.path, name: subject.track.name, label: subject.track.label,
      method: attack.method.rawValue, epsilon: Double(attack.epsilon),
      predictedBefore: model.labels[subject.predicted],
      confidenceBefore: subject.probabilities[subject.predicted],
      predictedAfter: model.labels[after.indexOfLargest], confidenceAfter: after[after.indexOfLargest],
      before: MapGrid(subject.input), after: MapGrid(input),
      perturbation: MapGrid(flat(changed.perturbation)),
      perturbationDecibels: decibels(of: changed).map { MapGrid($0) },
      explanationBefore: ExplanationMap(explanations[0]), explanationAfter: ExplanationMap(explanations[1]),
      mapCorrelation: correlation(subject.map, MapGrid(explanations[1].signedMap)))
  }

  /// The perturbation on the mel axis, `[M, T]` in dB.
  private func decibels(of changed: AdversarialExample) -> Tensor? {
    guard let spec = model.featureSpec, spec.binCount == model.normalization.mean.shape[0] else { return nil }
    return MelProjection(spec: spec, normalization: model.normalization).difference(
      ofInput: flat(changed.perturbation))
  }

  private static func meanMagnitude(_ map: Tensor) -> Double {
    map.values.reduce(0) { $0 + Double(abs($1)) } / Double(max(1, map.count))
  }

  /// `[1, F, T]` as `[F, T]`.
  private func flat(_ input: Tensor) -> Tensor {
    input.reshaped([model.network.inputShape[1], model.network.inputShape[2]])
  }
}
