package import Datasets
public import Explanation
package import Files
package import Images
import Models
import Networks
import Statistics
import Tensors

/// What several networks are asked about the same pictures.
public struct MapComparisonOptions: Sendable {
  public var method: any ExplanationMethod = GradCAM()
  /// One for each network, or empty for the usual ones.
  public var layers: [String] = []
  /// The class to explain; nil is, for each picture, the one that the networks together think most probable.
  public var className: String?
  /// Pictures to look at, drawn with the seed; nil for all.
  public var limit: Int?
  public var seed: UInt64 = 0
  /// Share of the cells that are the strongest of a map.
  public var topShare = 0.2
  public var resampleCount = 1000

  public init() {}

  package func validate(modelCount: Int) throws(CodedError) {
    guard modelCount > 1 else {
      throw CodedError(.usage, "two or more models are compared: give --model for each")
    }
    guard layers.isEmpty || layers.count == modelCount else {
      throw CodedError(.usage, "\(layers.count.counted("layer")) for \(modelCount) models: name one for each")
    }
    guard topShare > 0, topShare < 1 else { throw CodedError(.usage, "the share of cells must be in 0 to 1") }
    guard limit ?? 1 > 0 else { throw CodedError(.usage, "the number of pictures must be 1 or more") }
  }
}

/// Explains pictures by several networks and compares the maps, on a grid over the part of a picture that all of them see.
package struct MapComparing {
  /// Cells on each side of the grid: half of the usual input's, and more than the usual layer's.
  package static let gridSide = 56
  /// The most other pictures that a control takes.
  private static let mostControls = 20
  /// The most pictures whose maps are kept.
  package static let mostPictures = 2000

  private let models: [NamedModel]
  private let options: MapComparisonOptions
  private let classifiers: [PictureClassifier]
  private let explainers: [Explainer]
  private let shared: SharedClasses
  private let job: Job

  /// A picture that all networks have explained.
  package struct Seen {
    package let path: String
    package let picture: Picture
    package let label: String
    package let probabilities: [Double]
    package let explanations: [ClassExplanation]
    package let placements: [PicturePlacement]
  }

  /// What is kept of a picture.
  private struct Kept {
    let path: String
    let label: String
    let probabilities: [Double]
    /// Of each network's signed map on the grid, less their mean; nil for a constant map.
    let ranks: [[Float]?]
    /// The strongest cells of each network's map; nil for an empty one.
    let tops: [[Bool]?]
  }

  package init(_ models: [NamedModel], _ options: MapComparisonOptions, job: Job) throws(CodedError) {
    try options.validate(modelCount: models.count)
    (self.models, self.options, self.job) = (models, options, job)
    var classifiers: [PictureClassifier] = []
    for model in models { classifiers.append(try PictureClassifier(model.model)) }
    self.classifiers = classifiers
    explainers = models.map { model in
      var explainer = Explainer(model.model)
      explainer.job = job.quiet
      return explainer
    }
    for (index, layer) in options.layers.enumerated() {
      _ = try options.method.layer(layer, of: explainers[index].network)
    }
    shared = try SharedClasses(models, explainers, named: options.className)
  }

  /// Explains and compares.
  ///
  /// - Parameter each: receives the pictures in order, as they are explained.
  package func agreement(on dataset: Dataset, each: (Seen) throws -> Void) throws -> NetworkAgreement {
    var clips = dataset.clips
    let limit = min(options.limit ?? Self.mostPictures, Self.mostPictures)
    var notes = dataset.warnings.map(\.description)
    if limit < clips.count {
      if options.limit == nil { notes.append("\(limit) of \(clips.count) pictures, drawn by the seed") }
      var generator = SeededGenerator(seed: options.seed, stream: 0xC11B)
      let kept = Set(clips.indices.shuffled(using: &generator).prefix(limit))
      clips = clips.indices.filter(kept.contains).map { clips[$0] }
    }
    var (kept, leftOut): ([Kept], [LeftOutInput]) = ([], [])
    var layers: [String] = []
    for (number, clip) in clips.enumerated() {
      try job.requireGoingOn()
      let path = clip.path ?? clip.name
      do {
        let seen = try look(at: path)
        notes += seen.picture.notes.map { "\(path.shown): \($0)" }
        layers = seen.explanations.map(\.layer)
        try each(seen)
        kept.append(keep(seen, number))
      } catch let error as CodedError where ![.interrupted, .notApplicable].contains(error.code) {
        leftOut.append(LeftOutInput(path: path, code: error.code.rawValue, reason: error.message))
      }
      job.tell("explaining", number + 1, of: clips.count)
    }
    guard !kept.isEmpty else {
      throw CodedError(
        .badInput,
        "none of \(clips.count) pictures could be explained; the first: \(leftOut.first?.reason ?? "")",
        path: dataset.path)
    }
    return agreement(kept, layers: layers, leftOut, notes + shared.notes)
  }

  private func look(at path: String) throws -> Seen {
    let seen = try classifiers.map { try $0.look(at: path) }
    let probabilities = zip(seen, models).map { seen, model in
      model.model.labels.map { seen.classification.probabilities[$0] ?? 0 }
    }
    let chosen = shared.choice(among: probabilities)
    let explanations = try explainers.indices.map { index in
      let found = try explainers[index].explain(
        seen[index].input, method: options.method,
        layer: options.layers.isEmpty ? nil : options.layers[index],
        score: .logit(chosen.indices[index]))
      guard found.signedMap.shape.rank == 2, found.axes.map(\.name) == [.height, .width] else {
        throw CodedError(
          .notApplicable,
          "\(models[index].name): the map of \(options.method.name) at \(found.layer) has no rows and columns of a picture"
        )
      }
      return found
    }
    return Seen(
      path: path, picture: seen[0].picture, label: chosen.label,
      probabilities: zip(probabilities, chosen.indices).map { $0[$1] }, explanations: explanations,
      placements: zip(seen, classifiers).map { $1.spec.placement(of: $0.picture) })
  }

  private func keep(_ seen: Seen, _ number: Int) -> Kept {
    let common = seen.placements.dropFirst().reduce(seen.placements[0].seen) { region, place in
      region.intersection(place.seen) ?? region
    }
    let side = Self.gridSide
    func places(_ low: Double, _ high: Double) -> [Double] {
      (0..<side).map { low + (Double($0) + 0.5) / Double(side) * (high - low) }
    }
    let (ys, xs) = (places(common.top, common.bottom), places(common.left, common.right))
    var (ranks, tops): ([[Float]?], [[Bool]?]) = ([], [])
    for (index, (explanation, place)) in zip(seen.explanations, seen.placements).enumerated() {
      let signed = place.values(of: explanation.signedMap, ys: ys, xs: xs)
      ranks.append(Self.centredRanks(signed.values))
      let shown = place.values(of: explanation.positiveMap, ys: ys, xs: xs)
      let seed = options.seed &+ UInt64(number * models.count + index)
      let count = Int((options.topShare * Double(shown.count)).rounded())
      tops.append(
        shown.values.contains { $0 > 0 } ? CellOrder(shown, seed: seed).places.map { $0 < count } : nil)
    }
    return Kept(
      path: seen.path, label: seen.label, probabilities: seen.probabilities, ranks: ranks, tops: tops)
  }

  /// Ranks less their mean, of length 1; nil where all values are equal.
  private static func centredRanks(_ values: [Float]) -> [Float]? {
    let mean = Double(values.count - 1) / 2
    let ranks = meanRanks(values).map { $0 - mean }
    let length = ranks.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? ranks.map { Float($0 / length) } : nil
  }

  private static func correlation(_ one: [Float]?, _ other: [Float]?) -> Double {
    guard let one, let other else { return .nan }
    return zip(one, other).reduce(0) { $0 + Double($1.0 * $1.1) }
  }

  private static func overlap(_ one: [Bool]?, _ other: [Bool]?) -> Double {
    guard let one, let other else { return .nan }
    let common = zip(one, other).count { $0 && $1 }
    return Double(common) / Double(2 * one.count(where: \.self) - common)
  }

  private func agreement(
    _ kept: [Kept], layers: [String], _ leftOut: [LeftOutInput], _ notes: [String]
  ) -> NetworkAgreement {
    let bootstrap = Bootstrap(resampleCount: options.resampleCount, seed: options.seed)
    var names: [(Int, Int)] = []
    for first in models.indices {
      for second in models.indices where second > first { names.append((first, second)) }
    }
    var generator = SeededGenerator(seed: options.seed, stream: 0xC0A7)
    let others = kept.indices.map { own in
      kept.indices.filter { $0 != own }.shuffled(using: &generator).prefix(Self.mostControls)
    }
    /// For each pair, for each picture.
    func values(_ measure: (Kept, Int, Kept, Int) -> Double) -> (own: [[Double]], control: [[Double]]) {
      let own = names.map { first, second in kept.map { measure($0, first, $0, second) } }
      let control = names.map { first, second in
        kept.indices.map { index in
          mean(others[index].map { measure(kept[index], first, kept[$0], second) })
        }
      }
      return (own, control)
    }
    let rank = values { Self.correlation($0.ranks[$1], $2.ranks[$3]) }
    let overlap = values { Self.overlap($0.tops[$1], $2.tops[$3]) }
    /// Means over the pairs, picture by picture.
    func together(_ values: [[Double]]) -> [Double] {
      kept.indices.map { place in mean(values.map { $0[place] }) }
    }
    let (ranks, overlaps) = (together(rank.own), together(overlap.own))
    let all = NetworkAgreement.Pair(
      first: nil, second: nil, rank: .init(ranks, control: together(rank.control), bootstrap),
      overlap: .init(overlaps, control: together(overlap.control), bootstrap))
    let pairs = names.enumerated().map { place, pair in
      NetworkAgreement.Pair(
        first: models[pair.0].name, second: models[pair.1].name,
        rank: .init(rank.own[place], control: rank.control[place], bootstrap),
        overlap: .init(overlap.own[place], control: overlap.control[place], bootstrap))
    }
    let spot = Self.centredRanks(
      ControlMap.center.map(
        of: Tensor(shape: [1, Self.gridSide, Self.gridSide]), resolution: [Self.gridSide, Self.gridSide],
        seed: 0
      ).values)
    let networks = models.indices.map { index in
      let middle = kept.map { Self.correlation($0.ranks[index], spot) }.filter(\.isFinite)
      return NetworkAgreement.Network(
        name: models[index].name, architecture: models[index].model.network.architecture.name,
        layer: layers[index], middle: middle.isEmpty ? nil : mean(middle),
        middleInterval: bootstrap.interval(ofMean: middle), emptyCount: kept.count { $0.tops[index] == nil })
    }
    return NetworkAgreement(
      method: options.method.name, networks: networks, pairs: names.count > 1 ? [all] + pairs : [all],
      pictures: kept.enumerated().map { place, picture in
        NetworkAgreement.Picture(
          path: picture.path, label: picture.label, probabilities: picture.probabilities,
          rank: ranks[place].isFinite ? ranks[place] : nil,
          overlap: overlaps[place].isFinite ? overlaps[place] : nil)
      }, topShare: options.topShare, gridSide: Self.gridSide,
      controlCount: min(Self.mostControls, kept.count - 1), seed: options.seed, leftOut: leftOut, notes: notes
    )
  }

  /// Of the values that are numbers; NaN without any.
  private func mean(_ values: [Double]) -> Double {
    let present = values.filter(\.isFinite)
    return present.isEmpty ? .nan : present.reduce(0, +) / Double(present.count)
  }
}

/// The classes that all models have, by their names.
private struct SharedClasses {
  /// For each of them its index in each model.
  private let indices: [[Int]]
  private let labels: [String]
  let notes: [String]

  /// - Parameter name: the only class; throws where a model has none of that name.
  init(_ models: [NamedModel], _ explainers: [Explainer], named name: String?) throws(CodedError) {
    if let name {
      var own: [Int] = []
      for (model, explainer) in zip(models, explainers) {
        do { own.append(try explainer.classIndex(named: name)) } catch {
          throw CodedError(error.code, "\(model.name): \(error.message)")
        }
      }
      (indices, labels, notes) = ([own], [models[0].model.labels[own[0]]], [])
      return
    }
    let first = models[0].model.labels
    var places = first.indices.map { [$0] }
    for (model, explainer) in zip(models, explainers).dropFirst() {
      if model.model.labels == first {
        places = places.map { $0 + $0.prefix(1) }
        continue
      }
      let exact = Dictionary(
        model.model.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { one, _ in one })
      places = places.compactMap { known in
        let label = first[known[0]]
        if let index = exact[label] { return known + [index] }
        for name in label.names {
          if let index = try? explainer.classIndex(named: name) { return known + [index] }
        }
        return nil
      }
    }
    guard !places.isEmpty else {
      throw CodedError(
        .usage, "the models have no class of the same name: maps of the same class are compared")
    }
    indices = places
    labels = places.map { first[$0[0]] }
    notes =
      places.count < first.count
      ? ["\(places.count) of the \(first.count) classes of \(models[0].name) are known to all models"] : []
  }

  /// The class with the highest mean probability.
  func choice(among probabilities: [[Double]]) -> (label: String, indices: [Int]) {
    func sum(_ place: Int) -> Double {
      zip(probabilities, indices[place]).reduce(0) { $0 + $1.0[$1.1] }
    }
    let best = indices.indices.max { (sum($0), $1) < (sum($1), $0) } ?? 0
    return (labels[best], indices[best])
  }
}
