import Analysis
import Explanation
import Files
import Report
import Statistics
import Tensors

/// A small report with every part, and names that try to break out of their place.
enum ReportFixture {
  static let hostile = #"<script>alert("1")</script>' onload='x' & <img src=x>"#

  /// A picture of its own colour.
  static func picture(_ value: Float) throws -> [UInt8] {
    try MapFigure(
      grid: MapGrid(values: [0, value], binCount: 1, frameCount: 2),
      xAxis: .seconds(frameCount: 2, secondsPerFrame: 1), yAxis: .quefrency(binCount: 1), title: "\(value)",
      scaleLabel: "evidence", size: FigureSize(width: 240, height: 130)
    ).bytes(.png, scale: 1)
  }

  static func pictures() throws -> [String: [UInt8]] {
    var pictures: [String: [UInt8]] = [:]
    for (number, key) in (["feature", "mel", "own", "true", "contrast", "mean", "../curve"] + attackKeys)
      .enumerated()
    {
      pictures[key] = try picture(Float(number + 1))
    }
    return pictures
  }

  static let attackKeys = ["before", "after", "added", "evidence-1", "evidence-2"]

  /// Two readings with a class of any name.
  static func frequencies() -> FrequencyEvidence {
    let bootstrap = Bootstrap(resampleCount: 100, seed: 1)
    let samples = (0..<6).flatMap { index in
      [("Folk", Float(1)), ("Hip-Hop", 5), (hostile, 2)].map { label, low in
        FrequencyEvidence.Sample(
          label: label, cluster: "\(index)",
          profile: BandProfile(
            map: Tensor([low + Float(index % 3), 2, 3], shape: [3, 1]), bandCentersHz: [100, 1000, 5000]))
      }
    }
    let labels = ["Folk", "Hip-Hop", hostile]
    let readings = ["grad-cam", hostile].map { method in
      FrequencyEvidence.Reading(
        method: method, layer: hostile, quantity: .decibels, samples: samples, labels: labels,
        bootstrap: bootstrap)
    }
    return FrequencyEvidence(
      readings: readings, sound: FrequencyEvidence.rows(samples, labels: labels, bootstrap: bootstrap),
      bandCentersHz: [100, 1000, 5000], isExact: true, bootstrap: bootstrap)
  }

  static func result() throws -> AnalysisResult {
    let predictions = [
      Prediction(
        path: "Folk/a.mp3", label: "Folk", predicted: "Folk", split: "test", probabilities: [0.9, 0.1]),
      Prediction(
        path: "Folk/b, \"c\".mp3", name: hostile, label: "Folk", predicted: "Hip-Hop",
        probabilities: [0.2, 0.8]),
      Prediction(
        path: "Hip-Hop/d.mp3", label: "Hip-Hop", predicted: "Hip-Hop", group: "7",
        probabilities: [0.25, 0.75]),
      Prediction(path: "Folk/e.mp3", label: "Folk", predicted: "Hip-Hop", probabilities: [0.4, 0.6]),
    ]
    let picture = { (key: String) in AnalysisResult.Picture(key: key, caption: "\(key) \(hostile)") }
    let errors = predictions.filter { !$0.isCorrect }.enumerated().map { number, prediction in
      study(prediction, sounds: number == 0, picture)
    }
    var result = AnalysisResult(
      title: hostile,
      report: try ClassificationReport(predictions: predictions, labels: ["Folk", "Hip-Hop"]),
      predictions: predictions, dataFacts: [.init(hostile, hostile)], modelFacts: [.init("Parameters", "12")],
      errors: errors,
      typical: [study(predictions[0], sounds: false, picture)],
      averages: [
        .init(
          key: .init(label: "Folk", predicted: "Hip-Hop", explained: "Folk"), count: 2,
          picture: picture("mean"))
      ],
      frequencies: frequencies(), pictures: [picture("../curve")],
      leftOut: [LeftOutInput(path: hostile, code: "empty", reason: hostile)],
      notes: [hostile, "The corpus is synthesised."])
    let map = MapGrid(values: [0, 1, 2, 3], binCount: 2, frameCount: 2)
    result.attacks = [
      AnalysisResult.attack(
        name: hostile, feature: map, evidence: map, labels: ["Folk", hostile], keys: attackKeys)
    ]
    try result.addSections(name: hostile, trainingLabels: ["Folk", "Folk", "Hip-Hop"])
    return result
  }

  /// A track with every part.
  static func study(
    _ prediction: Prediction, sounds: Bool, _ picture: @escaping (String) -> AnalysisResult.Picture
  ) -> TrackStudy {
    let strip = { (key: String, name: String) in
      TrackStudy.Strip(
        name: name + hostile, picture: picture(key), rowLabel: hostile,
        ticks: [.init(position: 0.1, label: "100"), .init(position: 0.9, label: hostile)],
        scale: "-80 to 0 dB" + hostile)
    }
    let roles: [(TrackStudy.Evidence.Role, String)] = [
      (.predicted, "own"), (.truth, "true"), (.contrast, "contrast"),
    ]
    var study = TrackStudy(
      prediction: prediction, window: .init(startSeconds: 5, seconds: 10, frameCount: 431),
      sentence: hostile,
      sounds: sounds
        ? .init(original: "audio/\(hostile).wav", kept: "audio/kept.wav", removed: "audio/removed.wav") : nil,
      waveform: sounds ? [-0.5, 0.5, -1, 1, 0, 0.25, -0.1, 0.1] : [], feature: strip("feature", "MFCC"),
      mel: strip("mel", "Mel"),
      evidence: roles.map { role, key in
        .init(
          role: role, className: hostile, probability: 0.8, overlay: picture(key), melOverlay: picture(key),
          isSigned: role == .contrast, peak: 0.3, flags: ["no-positive-evidence", hostile],
          shares: .init(low: 0.1, middle: 0.2, high: 0.7), bands: [0.1, 0.2, 0.7],
          times: [0.25, 0.5, 0.25, 0])
      },
      neighbors: (0..<3).map { number in
        .init(
          path: hostile, name: hostile, label: number == 1 ? hostile : "Folk",
          distance: 0.01 * Double(number + 1), audio: number == 0 ? "../\(hostile).mp3" : nil)
      })
    // A segment of its file.
    study.neighbors[1].audio = "../\(hostile).mp3"
    (study.neighbors[1].startSeconds, study.neighbors[1].endSeconds) = (30, 60.5)
    return study
  }
}
