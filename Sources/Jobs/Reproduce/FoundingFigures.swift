import Analysis
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Report
import Tensors

/// Draws the report's figures from samples that the seed drew.
struct FoundingFigures {
  /// The report's numbers of its figures.
  enum Number {
    static let features = 2
    static let correct = [7, 8]
    static let misclassified = [9, 10]
    static let layers = [11, 12]
  }

  private static let (featureCount, correctCount, wrongCount) = (2, 4, 3)
  private static let size = FigureSize(width: 440, height: 230)

  private let explained: ExplainedTracks
  private let draw: SampleDraw
  private let genres = FoundingClaims.genres

  init(_ explained: ExplainedTracks, seed: UInt64) {
    self.explained = explained
    draw = SampleDraw(seed: seed)
  }

  /// A plate with the evaluated tracks that it shows.
  typealias Drawn = (figure: Int, plate: PanelPlate, samples: [Int])

  /// Figures 2 and 7 to 12.
  func all() throws -> [Drawn] {
    let correct = genres.indices.map { genre in
      sample(Self.correctCount, genre, stream: 20) { $0.isCorrect }
    }
    return [try features()]
      + (try genres.indices.map { try self.correct($0, correct[$0]) })
      + (try genres.indices.map { try misclassified($0) })
      + (try genres.indices.map { try layers($0, correct[$0].first) })
  }

  private func sample(_ count: Int, _ genre: Int, stream: UInt64, _ isWanted: (Prediction) -> Bool) -> [Int] {
    let predictions = explained.evaluation.predictions
    let candidates = predictions.indices.filter {
      predictions[$0].label == genres[genre] && isWanted(predictions[$0])
    }
    return draw.drawn(count, of: candidates, by: { predictions[$0].path }, stream: stream + UInt64(genre))
  }

  // MARK: - Figures

  private func features() throws -> Drawn {
    let samples = genres.indices.map { sample(Self.featureCount, $0, stream: 10) { _ in true } }
    let figures = try samples.map { try $0.map(featureFigure) }
    let shared = MapFigure.sharingScale(figures.flatMap(\.self))
    var rest = shared[...]
    let rows = zip(genres, figures).map { genre, own in
      let panels = rest.prefix(own.count).enumerated().map { place, figure in
        PanelPlate.Panel("\(Self.key(genre))-\(place + 1)", figure)
      }
      rest = rest.dropFirst(own.count)
      return panels
    }
    return plate(
      Number.features, "\(featureName) of samples of both genres", rows,
      "\(featureName) of \(samples.joined().count) tracks drawn by the seed, one genre a row, standardised over the training set, on one colour scale.",
      samples.flatMap(\.self))
  }

  private func correct(_ genre: Int, _ samples: [Int]) throws -> Drawn {
    let name = genres[genre]
    let figures = try panels(samples)
    return plate(
      Number.correct[genre], "\(name), heard right: evidence by Grad-CAM at \(layerName)",
      figures + missing(Self.correctCount - samples.count, "correct \(name)", of: samples.count),
      caption(
        samples, of: Self.correctCount, name, "heard right",
        "the features, and the evidence for \(name) (Grad-CAM at \(layerName)); one colour scale for all features, one for all evidence."
      ),
      samples)
  }

  private func misclassified(_ genre: Int) throws -> Drawn {
    let name = genres[genre]
    let samples = sample(Self.wrongCount, genre, stream: 30) { !$0.isCorrect }
    let figures = try panels(samples)
    return plate(
      Number.misclassified[genre], "\(name), misclassified: evidence by Grad-CAM at \(layerName)",
      figures + missing(Self.wrongCount - samples.count, "misclassified \(name)", of: samples.count),
      caption(
        samples, of: Self.wrongCount, name, "misclassified",
        "the features, the evidence for the genre that was heard and for the true one; one colour scale for all features, one for all evidence."
      ),
      samples)
  }

  private func layers(_ genre: Int, _ sample: Int?) throws -> Drawn {
    let (number, name) = (Number.layers[genre], genres[genre])
    guard let sample else {
      return plate(
        number, "\(name), every convolution", missing(1, "correct \(name)", of: 0),
        "No \(name) track is heard right: there is none to show every convolution of.", [])
    }
    let input = try explained.evaluated.input(sample)
    let names = explained.model.network.convolutionNames
    let wanted = try explained.explainer.classIndex(named: explained.evaluation.predictions[sample].predicted)
    var rows = [[PanelPlate.Panel("features", try featureFigure(sample))]]
    for method in [GradCAM(), GradCAMPlusPlus()] as [any ExplanationMethod] {
      let maps = try names.map { layer in
        try explained.explainer.explain(
          batch: [input], method: method, layer: layer, scores: [.logit(wanted)])[0]
      }
      // The weights of Grad-CAM++ are sums over a layer's positions: its layers' values are not of one kind, and no scale fits them all.
      let own = maps.map { layerFigure($0, of: sample) }
      let figures = method is GradCAM ? MapFigure.sharingScale(own) : own
      let panels = zip(names.indices, figures).map { place, figure in
        PanelPlate.Panel("\(method is GradCAM ? "grad-cam" : "grad-cam-plus-plus")-\(place + 1)", figure)
      }
      rows += stride(from: 0, to: panels.count, by: 3).map { Array(panels[$0..<min($0 + 3, panels.count)]) }
    }
    return plate(
      number, "\(name), every convolution", rows,
      "The evidence for \(name) in one track at every convolution, at the layer's own resolution: Grad-CAM on one colour scale, then Grad-CAM++, whose weights are sums over a layer's positions, with a scale for each layer.",
      [sample])
  }

  // MARK: - Panels

  /// A row for each track, its features and its evidence, with one scale for all features and one for all evidence.
  private func panels(_ samples: [Int]) throws -> [[PanelPlate.Panel]] {
    let features = MapFigure.sharingScale(try samples.map(featureFigure))
    let evidence = try samples.map { index in
      try self.evidence(index).map { try evidenceFigure($0, of: index) }
    }
    var shared = MapFigure.sharingScale(evidence.flatMap(\.self))[...]
    return samples.indices.map { place in
      let own = [features[place]] + shared.prefix(evidence[place].count)
      shared = shared.dropFirst(evidence[place].count)
      return zip(own, ["features", "heard", "true"]).map { figure, name in
        PanelPlate.Panel("\(place + 1)-\(name)", figure)
      }
    }
  }

  /// For the class that the track was heard as and, where that is wrong, for the true one.
  private func evidence(_ index: Int) throws -> [ClassExplanation] {
    let all = try explained.explanations(of: index, input: explained.evaluated.input(index))
    return Array(all.prefix(explained.evaluation.predictions[index].isCorrect ? 1 : 2))
  }

  private func axes(_ index: Int) -> MapAxes {
    let track = explained.evaluated.tracks[index]
    let start = explained.model.featureSpec.flatMap {
      track.recording.startSeconds(of: track.place, spec: $0)
    }
    return MapAxes(of: explained.model, startSeconds: start ?? 0)
  }

  private func featureFigure(_ index: Int) throws -> MapFigure {
    let (prediction, axes) = (explained.evaluation.predictions[index], axes(index))
    return MapFigure(
      grid: MapGrid(try explained.evaluated.input(index)), xAxis: axes.time, yAxis: axes.bins,
      title: "\(prediction.name): \(prediction.label)", subtitle: heard(prediction), rule: .central(0.85),
      scaleLabel: explained.model.inputUnit, size: Self.size)
  }

  private func evidenceFigure(_ explanation: ClassExplanation, of index: Int) throws -> MapFigure {
    let (prediction, axes) = (explained.evaluation.predictions[index], axes(index))
    let role = explanation.label == prediction.label ? "the true genre" : "what it was heard as"
    return MapFigure.explanation(
      ExplanationMap(explanation), over: MapGrid(try explained.evaluated.input(index)), xAxis: axes.time,
      yAxis: axes.bins, title: "Evidence for \(explanation.label)",
      subtitle: prediction.isCorrect ? heard(prediction) : role, size: Self.size)
  }

  private func layerFigure(_ explanation: ClassExplanation, of index: Int) -> MapFigure {
    let map = ExplanationMap(explanation, upsampled: false)
    let axes = axes(index).resampled(to: [map.grid.binCount, map.grid.frameCount])
    let largest = Double(map.grid.finiteRange?.upperBound ?? 0)
    return MapFigure.explanation(
      map, xAxis: axes.time, yAxis: axes.bins,
      title: "\(ExplanationBenchmark.methodWords(explanation.method.name)) at \(explanation.layer)",
      subtitle: "\(map.grid.binCount) x \(map.grid.frameCount), largest value "
        + largest.significantText(3), size: Self.size)
  }

  private func missing(_ count: Int, _ what: String, of found: Int) -> [[PanelPlate.Panel]] {
    guard count > 0 else { return [] }
    let lines =
      found == 0
      ? ["No \(what) track", "among the drawn tracks"]
      : ["No further \(what) track", "there \(found == 1 ? "is" : "are") \(found) among the drawn tracks"]
    return [[PanelPlate.Panel("none", WordsFigure(lines, size: FigureSize(width: 890, height: 120)))]]
  }

  // MARK: - Words

  private var featureName: String {
    switch explained.model.featureSpec?.kind {
    case .mfcc: "MFCC"
    case nil: "Features"
    default: "Mel maps"
    }
  }

  private var layerName: String { explained.model.network.convolutionNames.last ?? "" }

  private func heard(_ prediction: Prediction) -> String {
    "heard as \(prediction.predicted), \((prediction.confidence ?? 0).percentText())"
  }

  /// - Parameters:
  ///   - wanted: as many as the report shows.
  ///   - kind: "heard right" or "misclassified".
  ///   - content: what a row has.
  private func caption(
    _ samples: [Int], of wanted: Int, _ name: String, _ kind: String, _ content: String
  ) -> String {
    let count = samples.count
    guard count > 0 else {
      return "None of the drawn \(name) tracks is \(kind); the report shows \(wanted)."
    }
    let tracks = count == 1 ? "1 \(name) track that is \(kind)" : "\(count) \(name) tracks that are \(kind)"
    let draw = count == wanted ? "drawn by the seed" : "all among the drawn ones (the report shows \(wanted))"
    return "\(tracks), \(draw): \(content)"
  }

  private static func key(_ genre: String) -> String { genre.lowercased() }

  private func plate(
    _ number: Int, _ title: String, _ rows: [[PanelPlate.Panel]], _ caption: String, _ samples: [Int]
  ) -> Drawn {
    (
      number,
      PanelPlate(
        name: "figure-\(number)", title: "Figure \(number): \(title)", subtitle: "drawn by seed \(draw.seed)",
        caption: "Figure \(number). \(caption)", rows: rows), samples
    )
  }
}
