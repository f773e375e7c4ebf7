package import Explanation
import Files
import Networks
import Tensors

/// What the evidence for another class looks like in a correct track: the control of what is said of mistakes, whose evidence
/// is for a class that is not theirs.
package struct ControlEvidence {
  /// The map as ``ExplainedTracks/coherence()`` compares it; nil where its direction is not tested.
  package let map: [Float]?
  /// Where in frequency that map lies; nil where there is no map and where features are of unknown origin.
  let mapBands: BandProfile?
  /// Where in frequency the parts of the score come from; nil where features are of unknown origin.
  package let bands: BandProfile?
}

/// For which other classes correct tracks are explained: those that tracks of their class were taken for, and the two of the
/// claim on frequencies.
package struct ControlPlan {
  /// By true class: classes to explain, and whether their maps are needed, which costs as much as all the others.
  private var wanted: [String: [(label: String, needsMap: Bool)]] = [:]

  package init(_ predictions: [Prediction], labels: [String], minimumMistakes: Int = 5) {
    var counts: [String: [String: Int]] = [:]
    for prediction in predictions where !prediction.isCorrect {
      counts[prediction.label, default: [:]][prediction.predicted, default: 0] += 1
    }
    let claim = FrequencyClaim.founding
    for label in labels {
      let rival = claim.rival(of: label)
      wanted[label] = labels.compactMap { other in
        let count = counts[label]?[other] ?? 0
        guard other != label, count > 0 || other == rival else { return nil }
        return (other, count >= minimumMistakes || other == rival)
      }
    }
  }

  /// Classes to explain a track for besides its own; none for a mistake.
  package func classes(for prediction: Prediction, needingMaps: Bool) -> [String] {
    guard prediction.isCorrect else { return [] }
    return (wanted[prediction.label] ?? []).filter { $0.needsMap == needingMaps }.map(\.label)
  }
}

extension TrackExplaining {
  /// Explains the correct ones of some tracks for the classes of the plan.
  func controls(
    of range: [Int], _ inputs: [Tensor], _ plan: ControlPlan, _ job: Job
  ) throws -> [[String: ControlEvidence]] {
    var result = [[String: ControlEvidence]](repeating: [:], count: range.count)
    for needsMaps in [true, false] where needsMaps || projection != nil {
      let wanted = range.enumerated().flatMap { place, index in
        plan.classes(for: tracks[index].prediction, needingMaps: needsMaps).map { (place, $0) }
      }
      // As many at once as the report's own explanations.
      for start in stride(from: 0, to: wanted.count, by: 16) {
        try job.requireGoingOn()
        let part = Array(wanted[start..<min(start + 16, wanted.count)])
        let found = try controls(part, inputs, needsMaps: needsMaps)
        for ((place, label), evidence) in zip(part, found) { result[place][label] = evidence }
      }
    }
    return result
  }

  private func controls(
    _ wanted: [(place: Int, label: String)], _ inputs: [Tensor], needsMaps: Bool
  ) throws -> [ControlEvidence] {
    let batch = wanted.map { inputs[$0.place] }
    let classes = try wanted.map { try explainer.classIndex(named: $0.label) }
    let maps =
      needsMaps
      ? try explainer.explain(
        batch: batch, method: options.method, layer: options.layer,
        scores: classes.map { .logit($0) }) : []
    let isAttribution = options.method.name == FrequencySampling.attribution.name
    let parts =
      projection == nil || (needsMaps && isAttribution)
      ? maps
      : try explainer.explain(
        batch: batch, method: FrequencySampling.attribution, scores: classes.map { .logit($0) })
    return wanted.indices.map { index in
      let bands = { (all: [ClassExplanation]) in
        all.isEmpty ? nil : projection?.view(of: all[index], input: batch[index]).bandProfile
      }
      return ControlEvidence(
        map: needsMaps ? ExplanationMap(maps[index], upsampled: false).grid.coarse : nil,
        mapBands: bands(maps), bands: bands(parts))
    }
  }

}

extension ExplainedTracks {
  /// Shares of the parts of the score for `other` in each correct track of `label`, those without any left out.
  package func controlShares(of label: String, explainedFor other: String) -> [TrackStudy.Shares] {
    evaluation.predictions.indices.compactMap { index in
      guard evaluation.predictions[index].isCorrect, evaluation.predictions[index].label == label,
        let profile = tracks[index].controls[other]?.bands, !profile.isEmpty
      else { return nil }
      return TrackStudy.Shares(profile)
    }
  }
}

extension MapGrid {
  /// The values; of a map of more than 64 rows or columns the means of equal blocks, at most 64 by 64 of them: maps are
  /// compared by where they lie, and one is kept for each track and class.
  var coarse: [Float] {
    let edges = { (count: Int) in
      let parts = min(count, 64)
      return (0...parts).map { $0 * count / parts }
    }
    guard binCount > 64 || frameCount > 64 else { return values }
    let (rows, columns) = (edges(binCount), edges(frameCount))
    return zip(rows, rows.dropFirst()).flatMap { low, high in
      zip(columns, columns.dropFirst()).map { left, right in
        var sum: Float = 0
        for row in low..<high { for column in left..<right { sum += values[row * frameCount + column] } }
        return sum / Float((high - low) * (right - left))
      }
    }
  }
}
