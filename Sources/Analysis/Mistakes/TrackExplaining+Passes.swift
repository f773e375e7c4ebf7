import Explanation
import Files
import Networks
import Tensors

/// Which passes through the network give the explanations.
extension TrackExplaining {
  /// What is asked of one track.
  struct Scores {
    /// For the predicted class and, where that is wrong, for the true one and for the one rather than the other.
    let own: [Score]
    /// For the classes of the plan whose maps are needed.
    let controls: [Score]

    var all: [Score] { own + controls }
  }

  /// The answers.
  struct Explained {
    let own: [ClassExplanation]
    let controls: [ClassExplanation]

    fileprivate init(_ all: [ClassExplanation], to scores: Scores) {
      own = Array(all.prefix(scores.own.count))
      controls = Array(all.dropFirst(scores.own.count))
    }
  }

  func scores(of index: Int) throws -> Scores {
    let prediction = tracks[index].prediction
    let predicted = try explainer.classIndex(named: prediction.predicted)
    let controls = try plan.classes(for: prediction, needingMaps: true).map {
      Score.logit(try explainer.classIndex(named: $0))
    }
    guard !prediction.isCorrect else { return Scores(own: [.logit(predicted)], controls: controls) }
    let truth = try explainer.classIndex(named: prediction.label)
    return Scores(
      own: [.logit(predicted), .logit(truth), .contrast(predicted, truth)], controls: controls)
  }

  /// Whether the method explains each input by itself, whatever else is asked for: one that needs many passes for a map.
  var explainsAlone: Bool { options.method.traits.needsManyPasses }

  /// The explanations of one track by a method that needs many passes: all its questions share them. They are a step of the job.
  func explanations(of index: Int, _ job: Job, input: () throws -> Tensor) throws -> Explained {
    let scores = try scores(of: index)
    let stored = try job.step("explanations of track \(index) of \(identity)") {
      try job.requireGoingOn()
      return try explained([try input()], scores.all.map { [$0] }).map { StoredExplanation($0[0]) }
    }
    return Explained(
      zip(stored, scores.all).map { $0.explanation(by: options.method, of: $1, explainer) }, to: scores)
  }

  /// The explanations of some tracks; those that take long are counted one by one.
  func explanations(
    of indices: [Int], _ inputs: [Tensor], _ job: Job, _ done: DoneCount
  ) throws -> [Explained] {
    if explainsAlone {
      return try zip(indices, inputs).map { index, input in
        let found = try explanations(of: index, job) { input }
        done.add()
        return found
      }
    }
    let scores = try indices.map(scores)
    guard let groups = sharedPasses(scores) else {
      let own = try ownExplanations(inputs, scores)
      let controls = try controlExplanations(inputs, scores)
      return scores.indices.map { Explained(own[$0] + controls[$0], to: scores[$0]) }
    }
    var result = [Explained?](repeating: nil, count: indices.count)
    for places in groups {
      let rounds = scores[places[0]].all.indices.map { round in places.map { scores[$0].all[round] } }
      let found = try explained(places.map { inputs[$0] }, rounds)
      for (row, place) in places.enumerated() {
        result[place] = Explained(found.map { $0[row] }, to: scores[place])
      }
    }
    return result.compactMap(\.self)
  }

  /// The track's own explanations alone.
  func ownExplanations(of index: Int, _ input: Tensor) throws -> [ClassExplanation] {
    try ownExplanations([input], [scores(of: index)])[0]
  }

  // MARK: - Rounding

  /// Tracks with equally many questions, whose passes serve them all; nil where that would change the last digits of a map.
  ///
  /// A single row is multiplied by another routine than several, and rounded otherwise: no question may be asked in a pass of one row
  /// that was not one by itself, and the other way round.
  private func sharedPasses(_ scores: [Scores]) -> [[Int]]? {
    let groups = Dictionary(grouping: scores.indices) { scores[$0].all.count }.sorted { $0.key < $1.key }
      .map(\.value)
    let wrong = scores.count { $0.own.count > 1 }
    let batches = [scores.count + wrong, wrong, scores.reduce(0) { $0 + $1.controls.count }]
    let haveSingles = (batches + groups.map(\.count)).contains { $0 % explainer.batchSize == 1 }
    return haveSingles ? nil : groups
  }

  /// Own explanations, one question after another.
  private func ownExplanations(_ inputs: [Tensor], _ scores: [Scores]) throws -> [[ClassExplanation]] {
    let wrong = scores.indices.filter { scores[$0].own.count > 1 }
    let both = try explained(
      inputs + wrong.map { inputs[$0] }, [scores.map { $0.own[0] } + wrong.map { scores[$0].own[1] }])[0]
    var result = both.prefix(scores.count).map { [$0] }
    for (place, explanation) in zip(wrong, both.dropFirst(scores.count)) { result[place].append(explanation) }
    let contrasts = try explained(wrong.map { inputs[$0] }, [wrong.map { scores[$0].own[2] }])[0]
    for (place, explanation) in zip(wrong, contrasts) { result[place].append(explanation) }
    return result
  }

  /// The controls', one after another.
  private func controlExplanations(_ inputs: [Tensor], _ scores: [Scores]) throws -> [[ClassExplanation]] {
    let places = scores.indices.flatMap { place in scores[place].controls.map { _ in place } }
    let found = try explained(places.map { inputs[$0] }, [scores.flatMap(\.controls)])[0]
    var result: [[ClassExplanation]] = scores.map { _ in [] }
    for (place, explanation) in zip(places, found) { result[place].append(explanation) }
    return result
  }

  /// By the report's method: for each round, for each input.
  private func explained(_ inputs: [Tensor], _ rounds: [[Score]]) throws -> [[ClassExplanation]] {
    guard !inputs.isEmpty else { return rounds.map { _ in [] } }
    return try explainer.explain(
      batch: inputs, by: [MethodAtLayer(options.method, layer: options.layer)], scores: rounds
    ).map { $0[0] }
  }
}
