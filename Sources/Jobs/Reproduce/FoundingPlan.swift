import Analysis
import Datasets
import Explanation
import Files
import Models

/// What a reproduction of the founding report is going to do.
struct FoundingPlan {
  let model: GenreModel
  let data: FoundingData
  let options: FoundingOptions
  private let benchmark: BenchmarkOptions
  private let explainer: Explainer
  private let subjects: BenchmarkSubjects

  /// Throws where a genre is missing from the model, the data set or the split.
  init(
    _ model: GenreModel, _ dataset: Dataset, _ selection: ClipSelection, _ options: FoundingOptions
  ) throws {
    (self.model, self.options) = (model, options)
    data = try FoundingData(dataset, for: model, selection, options)
    var benchmark = BenchmarkOptions()
    benchmark.methods = [GradCAM(), GradCAMPlusPlus()]
    benchmark.measures = [.masking, .curves, .road]
    benchmark.faithfulness.seed = options.seed
    benchmark.sweepLevels = ThresholdSweep.usualLevels
    benchmark.resampleCount = options.resampleCount
    try benchmark.validate()
    explainer = Explainer(model)
    subjects = try BenchmarkSubjects(benchmark, explainer: explainer)
    self.benchmark = benchmark
  }

  /// In their order: tracks of the training part where there are any.
  var stages: [FoundingStage] {
    FoundingStage.allCases.filter { $0 != .comparing || data.training != nil }
  }

  /// Roughly how much is to do.
  var words: String {
    let tracks = Recording.recordings(of: data.drawn.clips)
    let genres = FoundingClaims.genres.map { genre in
      "\(tracks.count { $0.clip.label == genre }) of \(genre)"
    }
    let maps = subjects.entries.count
    let passes = tracks.count * ExplanationMeasuring.inferenceCount(subjects, benchmark, model.network)
    return
      "\(tracks.count) tracks (\(genres.joined(separator: ", "))), \(maps) maps of each and their controls: about \(Self.rounded(passes)) passes through the network, in \(stages.count) stages"
  }

  /// Two digits and zeros, in groups of three.
  private static func rounded(_ count: Int) -> String {
    var unit = 1
    while count / unit >= 100 { unit *= 10 }
    let digits = String((count + unit / 2) / unit * unit)
    let head = digits.count % 3
    let parts =
      [String(digits.prefix(head))]
      + stride(from: head, to: digits.count, by: 3).map { start in
        String(digits.dropFirst(start).prefix(3))
      }
    return parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Grad-CAM and Grad-CAM++ at every convolution by masks, at every threshold, by insertion and deletion, and by ROAD.
  func measured(_ stages: inout JobStages<FoundingStage>) throws -> ExplanationMeasuring {
    let clips = try stages.run(.choosing) {
      try BenchmarkClips.scored(
        of: data.drawn, for: model, .all, limit: nil, seed: options.seed, job: $0)
    }
    let layers = subjects.layers
    let place = layers.count <= 3 ? layers.joined(separator: ", ") : "\(layers.count) convolutions"
    return try stages.run(.masking, " at \(place)") { job in
      var measuring = ExplanationMeasuring(
        model: model, clips: clips, subjects: subjects, options: benchmark, explainer: explainer,
        job: job)
      try measuring.measureAll()
      return measuring
    }
  }
}
