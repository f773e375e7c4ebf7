import Explanation
import Files
import Models
import Networks
import Tensors

/// A track that could be read, with what the model says of its unchanged window.
struct RobustnessSubject: Sendable, Codable {
  let path: String
  let name: String
  let label: String
  let group: String?
  /// The true label's index.
  let truth: Int
  /// Standardised, `[F, T]`.
  let input: Tensor
  let probabilities: [Double]
  /// The index of the label chosen.
  let predicted: Int
  /// The map for the label chosen, with its signs, at the layer's resolution; nil where there is none.
  let map: MapGrid?
}

/// What a network says of maps, unchanged and changed.
struct RobustnessPasses: Sendable {
  let model: GenreModel
  let options: RobustnessOptions
  let explainer: Explainer

  init(model: GenreModel, options: RobustnessOptions) {
    (self.model, self.options, explainer) = (model, options, Explainer(model))
  }

  /// What the model says of tracks' unchanged windows, or why there is nothing to say.
  func subjects(_ tracks: [RobustnessTrack], _ inputs: [Tensor]) -> [Result<RobustnessSubject, Failure>] {
    guard !inputs.isEmpty else { return [] }
    let probabilities = probabilities(of: inputs)
    // What is no number would spoil the maps of its whole batch.
    let fit = inputs.indices.filter { probabilities[$0].allSatisfy(\.isFinite) }
    let maps = signedMaps(fit.map { inputs[$0] }, classes: fit.map { probabilities[$0].indexOfLargest })
    let mapOfInput = Dictionary(uniqueKeysWithValues: zip(fit, maps))
    return inputs.indices.map { index in
      let (track, row) = (tracks[index], probabilities[index])
      func failure(_ reason: String) -> Result<RobustnessSubject, Failure> {
        .failure(Failure(CodedError(.badInput, reason, path: track.path)))
      }
      guard let truth = model.labels.firstIndex(of: track.label) else {
        return failure("its label \"\(track.label)\" is none of the model's")
      }
      guard let map = mapOfInput[index] else { return failure("the model's output for it is not a number") }
      return .success(
        RobustnessSubject(
          path: track.path, name: track.name, label: track.label, group: track.group, truth: truth,
          input: inputs[index], probabilities: row, predicted: row.indexOfLargest, map: map))
    }
  }

  /// What the model says of changed inputs; nil where that is not a number.
  ///
  /// - Parameter logits: theirs, where a pass has given them.
  func outcomes(
    _ subjects: [RobustnessSubject], _ inputs: [Tensor], _ mapping: TimeMapping = .identity,
    logits: [[Float]]? = nil
  ) -> [RobustnessOutcome?] {
    guard !inputs.isEmpty else { return [] }
    let maps = signedMaps(inputs, classes: subjects.map(\.predicted))
    let probabilities =
      logits.map {
        $0.map {
          model.network.architecture.outputFunction.probabilities(Tensor($0, shape: [1, $0.count])).values.map
          { Double($0) }
        }
      }
      ?? probabilities(of: inputs)
    return subjects.indices.map { index in
      let (subject, row) = (subjects[index], probabilities[index])
      guard row.allSatisfy(\.isFinite) else { return nil }
      return RobustnessOutcome(
        path: subject.path, label: subject.label, group: subject.group,
        predictedBefore: model.labels[subject.predicted], predictedAfter: model.labels[row.indexOfLargest],
        probabilityBefore: subject.probabilities[subject.truth], probabilityAfter: row[subject.truth],
        mapCorrelation: correlation(subject.map, maps[index], mapping))
    }
  }

  func correlation(_ one: MapGrid?, _ other: MapGrid?, _ mapping: TimeMapping = .identity) -> Double? {
    guard let one, let other else { return nil }
    return one.rankCorrelation(with: other, moved: mapping)
  }

  /// How alike the maps of two different tracks are that explain the same class: each track with another one, drawn by the seed.
  func agreementOfDifferentTracks(_ subjects: [RobustnessSubject]) -> MapAgreement? {
    guard subjects.count > 1 else { return nil }
    var generator = SeededGenerator(seed: options.seed, stream: 0x9A12)
    let others = subjects.indices.map { index in
      let drawn = generator.index(below: subjects.count - 1)
      return drawn < index ? drawn : drawn + 1
    }
    let maps = signedMaps(others.map { subjects[$0].input }, classes: subjects.map(\.predicted))
    return MapAgreement(subjects.indices.map { correlation(subjects[$0].map, maps[$0]) })
  }

  // MARK: - The network

  /// The probabilities of each input, 16 in one pass.
  func probabilities(of inputs: [Tensor]) -> [[Double]] {
    var rows: [[Double]] = []
    let size = model.network.passSize(upTo: 16)
    for start in stride(from: 0, to: inputs.count, by: size) {
      let piece = inputs[start..<min(start + size, inputs.count)]
      let batch = Tensor.stack(piece.map { $0.reshaped(model.network.inputShape) })
      let scores = model.network.forward(batch).probabilities
      rows += piece.indices.map { scores.item($0 - start).values.map { Double($0) } }
    }
    return rows
  }

  /// The maps of inputs for given classes, with their signs; nil where a map is not finite.
  func signedMaps(_ inputs: [Tensor], classes: [Int]) -> [MapGrid?] {
    let found =
      (try? explanations(inputs, classes: classes))
      ?? zip(inputs, classes).map { input, classIndex in
        (try? explanations([input], classes: [classIndex]))?[0]
      }
    return found.map { $0.map { MapGrid($0.signedMap) } }
  }

  /// Throws for values that are not finite.
  private func explanations(_ inputs: [Tensor], classes: [Int]) throws -> [ClassExplanation?] {
    try explainer.explain(
      batch: inputs, method: options.method, layer: options.layer, scores: classes.map { .logit($0) })
  }
}
