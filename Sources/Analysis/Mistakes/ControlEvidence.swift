package import Explanation
import Files
import Networks
import Tensors

/// What the evidence for another class looks like in a correct track: the control of what is said of mistakes, whose evidence
/// is for a class that is not theirs.
package struct ControlEvidence: Codable, Sendable {
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
  private typealias Wanted = (place: Int, label: String, map: ClassExplanation?)

  /// What the correct ones of some tracks show for the classes of the plan.
  ///
  /// - Parameter maps: of each track those of the classes whose maps are needed.
  func controls(
    of range: [Int], _ inputs: [Tensor], _ maps: [[ClassExplanation]], _ job: Job
  ) throws -> [[String: ControlEvidence]] {
    var result = [[String: ControlEvidence]](repeating: [:], count: range.count)
    for needsMaps in [true, false] where needsMaps || projection != nil {
      let wanted = range.enumerated().flatMap { place, index -> [Wanted] in
        let labels = plan.classes(for: tracks[index].prediction, needingMaps: needsMaps)
        return labels.enumerated().map { (place, $1, needsMaps ? maps[place][$0] : nil) }
      }
      for start in stride(from: 0, to: wanted.count, by: explainer.batchSize) {
        try job.requireGoingOn()
        let part = Array(wanted[start..<min(start + explainer.batchSize, wanted.count)])
        for (wanted, evidence) in zip(part, try controls(part, inputs)) {
          result[wanted.place][wanted.label] = evidence
        }
      }
    }
    return result
  }

  private func controls(_ wanted: [Wanted], _ inputs: [Tensor]) throws -> [ControlEvidence] {
    let maps = wanted.compactMap(\.map)
    let isAttribution = options.method.name == FrequencySampling.attribution.name
    var parts = maps
    if projection != nil, maps.isEmpty || !isAttribution {
      parts = try explainer.explain(
        batch: wanted.map { inputs[$0.place] }, method: FrequencySampling.attribution,
        scores: wanted.map { .logit(try explainer.classIndex(named: $0.label)) })
    }
    return wanted.enumerated().map { row, wanted in
      let input = inputs[wanted.place]
      return ControlEvidence(
        map: wanted.map.map { ExplanationMap($0, upsampled: false).grid.coarse },
        mapBands: wanted.map.flatMap { projection?.view(of: $0, input: input).bandProfile },
        bands: projection?.view(of: parts[row], input: input).bandProfile)
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
