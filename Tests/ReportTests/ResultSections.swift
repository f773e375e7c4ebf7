import Analysis
import Files
import Foundation
import Statistics

/// Every further section of a report, computed from its own predictions.
extension AnalysisResult {
  /// `name` stands wherever a name may come from outside.
  mutating func addSections(name: String, trainingLabels: [String]) throws {
    let labels = report.labels
    if let plain = try Calibration(predictions: predictions, labels: labels, binCount: 10) {
      let scaling = try TemperatureScaling(predictions: predictions, labels: labels)
      let softer = predictions.map { prediction in
        var prediction = prediction
        prediction.probabilities = scaling?.apply(to: prediction.probabilities) ?? []
        return prediction
      }
      calibration = CalibrationSection(
        plain: plain, scaled: try Calibration(predictions: softer, labels: labels, binCount: 10),
        temperature: scaling?.temperature, source: "fitted on 20 validation tracks of \(name)")
    }
    baselines = [
      try .majority(trainingLabels: trainingLabels, tracks: predictions, labels: labels),
      try .nearestCentroid(
        trainingRows: labels.indices.map { [Double($0), 1] }, trainingLabels: labels,
        rows: predictions.indices.map { [Double($0 % labels.count), 1] }, tracks: predictions, labels: labels),
    ]
    coherence = [try coherenceOfPlaces(name), try coherenceOfPlaces("a second reading", minimum: 100)]
    dataProblems = try problems(name)
    robustness = robustnessReport(name)
    withoutSound = [LeftOutInput(path: name, code: "missing", reason: "no such file: \(name)")]
  }

  /// Three changes and two attacks, made up.
  private func robustnessReport(_ name: String) -> RobustnessReport {
    let effect = { (harm: Int) in
      RobustnessEffect(
        self.predictions.enumerated().map { index, prediction in
          let isHit = index % 7 < harm
          return RobustnessOutcome(
            path: prediction.path, label: prediction.label, group: prediction.group,
            predictedBefore: prediction.predicted,
            predictedAfter: isHit
              ? self.report.labels[index % self.report.labels.count] : prediction.predicted,
            probabilityBefore: 0.8, probabilityAfter: isHit ? 0.4 : 0.75,
            mapCorrelation: 0.9 - 0.1 * Double(harm) - 0.05 * sin(Double(index)))
        })
    }
    let changes: [(String, String, Int)] = [
      ("mp3 64", "MP3 at 64 kbit/s", 0), ("level -12", "Level −12 dB", 1),
      ("noise 10", "Noise at 10 dB \(name)", 4),
    ]
    return RobustnessReport(
      changes: changes.map { RobustnessReport.Change(name: $0.0, words: $0.1, effect: effect($0.2)) }
        + [
          .init(
            name: "start 2", words: "Start shifted by 2 s", effect: nil,
            skipped: [LeftOutInput(path: name, code: "short", reason: "no sound after the window \(name)")])
        ],
      attacks: ["fgsm", "pgd"].compactMap { method in
        effect(method == "pgd" ? 6 : 3).map {
          .init(method: method, epsilon: 0.05, steps: method == "pgd" ? 10 : 1, effect: $0, meanDecibels: 0.3)
        }
      }, differentTracks: MapAgreement([0.1, 0.2, 0.3]), method: "grad-cam", layer: "conv3", windowSeconds: 3,
      trackCount: predictions.count, candidateCount: predictions.count, notes: [name])
  }

  /// An attack, with the keys of its five pictures: before, after, added, and evidence before and after.
  static func attack(
    name: String, feature: MapGrid, evidence: MapGrid, labels: [String], keys: [String]
  ) -> AttackStudy {
    let change = MapGrid(
      values: feature.values.indices.map { $0 % 5 < 2 ? 0.3 : -0.3 }, binCount: feature.binCount,
      frameCount: feature.frameCount)
    let after = MapGrid(
      values: zip(feature.values, change.values).map { $0 + $1 }, binCount: feature.binCount,
      frameCount: feature.frameCount)
    let map = ExplanationMap(
      grid: evidence, polarity: .positive, method: "grad-cam", layer: "conv3", className: labels[0], score: 1,
      probability: 0.9)
    let example = AttackExample(
      path: name, name: name, label: labels[0], method: "pgd", epsilon: 0.3, predictedBefore: labels[0],
      confidenceBefore: 0.9, predictedAfter: labels[1], confidenceAfter: 0.8, before: feature, after: after,
      perturbation: change, perturbationDecibels: change, explanationBefore: map, explanationAfter: map,
      mapCorrelation: 0.61)
    let strip = { (key: String) in
      TrackStudy.Strip(
        name: name, picture: .init(key: key, caption: name), rowLabel: name,
        ticks: [.init(position: 0.5, label: name)], scale: "-1 to 1 \(name)")
    }
    let pictures = keys.map { Picture(key: $0, caption: name) }
    return AttackStudy(
      example, before: strip(keys[0]), after: pictures[1], perturbation: strip(keys[2]),
      evidenceBefore: pictures[3], evidenceAfter: pictures[4])
  }

  private func coherenceOfPlaces(_ subject: String, minimum: Int = 1) throws -> MistakeCoherence {
    let labels = report.labels
    let tracks = predictions.enumerated().map { index, prediction in
      let place = { (label: String) in Double(labels.firstIndex(of: label) ?? 0) }
      let middle = 0.3 * place(prediction.label) + 0.7 * place(prediction.predicted)
      return MistakeCoherence.Track(
        path: prediction.path, label: prediction.label, predicted: prediction.predicted, group: nil,
        features: [middle + 0.05 * sin(Double(index)), 1 + 0.05 * cos(Double(index))])
    }
    return try MistakeCoherence(
      tracks: tracks, subject: subject, distance: .euclidean, minimumMistakes: minimum, permutationCount: 99)
  }

  private func problems(_ name: String) throws -> DataProblems {
    let tracks = predictions.map {
      LabelIssues.Track(path: $0.path, name: $0.name, label: $0.label, split: "test")
    }
    var problems = DataProblems(
      findings: [
        .init(
          code: "group-leak", severity: "error", message: "2 artists are in two splits: \(name)",
          items: [name, "artist 3"]),
        .init(
          code: "clipped", severity: "warning", message: "3 clips have many samples at full scale",
          items: ["a.mp3: 4 %"]),
        .init(
          code: "mono-as-stereo", severity: "note", message: "all clips hold the same sound twice", items: []),
      ],
      duplicates: [
        NearDuplicate(
          kind: .similar,
          members: [
            .init(path: name, name: name, label: report.labels[0], split: "test"),
            .init(path: "b", name: "b.mp3", label: report.labels[1], split: "train"),
          ], embeddingCosine: 0.9991, mapCorrelation: 0.97, shiftFrames: 3)
      ],
      labelIssues: try LabelIssues(
        tracks: tracks, probabilities: predictions.map(\.probabilities), labels: report.labels),
      labelIssueSource: "five folds of \(name), artists kept together",
      slices: try SliceAnalysis(
        isCorrect: predictions.map(\.isCorrect),
        columns: [
          .init(name: "bit rate \(name)", values: predictions.indices.map { $0 % 3 == 0 ? "128" : "320" }),
          .init(name: "loudness", values: predictions.indices.map { "\(-30 + Double($0) * 0.5)" }),
          .init(name: "empty", values: predictions.map { _ in nil }),
        ]), notes: ["Duplicates in training were not looked for: \(name)"])
    problems.labelIssueAccuracy = 0.8
    return problems
  }
}
