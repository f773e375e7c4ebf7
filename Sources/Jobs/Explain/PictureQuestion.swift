import Analysis
import Explanation
import Files
import Images
import Models
import Networks
import Tensors

/// A picture that was looked at, and what is asked about it.
struct PictureQuestion {
  let seen: PictureClassifier.Seen
  let spec: PictureSpec
  let model: GenreModel
  let request: ExplanationRequest
  private let classifier: PictureClassifier
  private let explainer: Explainer
  private let score: Score
  private let job: Job

  /// Classifies the picture. Throws for a file that cannot be read and a class that the model does not have.
  init(_ path: String, with model: GenreModel, _ request: ExplanationRequest, _ job: Job) throws {
    try request.requireSenseOfPictures()
    classifier = try PictureClassifier(model, request.scoring)
    var explainer = Explainer(model)
    // Words that mean nothing are told before the work.
    let named = try request.className.map { name in try explainer.classIndex(named: name) }
    let asked: Score
    if let other = request.contrastClassName {
      asked = .contrast(nil, try explainer.classIndex(named: other))
    } else {
      asked = request.target == .probability ? .probability() : .logit()
    }
    seen = try classifier.look(at: path)
    explainer.job = job.told(after: .seconds(2))
    let classIndex = try named ?? explainer.classIndex(named: seen.classification.label)
    if case .contrast(_, classIndex) = asked {
      throw CodedError(
        .usage,
        "\(model.labels[classIndex]) cannot be contrasted with itself: name two classes with --class and --contrast"
      )
    }
    score = asked.of(classIndex)
    (self.explainer, self.model, self.request, self.job) = (explainer, model, request, job)
    spec = classifier.spec
  }

  var path: String { seen.classification.path }
  var name: String { lastName(path) }
  /// Where the input is in the picture.
  var placement: PicturePlacement { spec.placement(of: seen.picture) }

  /// The explanation by each method, the main one first. Throws `notApplicable` for a map that is none of rows and columns.
  func explanations() throws -> [ClassExplanation] {
    try request.requireDifferentMethods()
    return try request.allMethods.map(explanation)
  }

  private func explanation(by method: any ExplanationMethod) throws -> ClassExplanation {
    try job.requireGoingOn("stopped; nothing was written", path: path)
    let found = try explainer.explain(
      seen.input, method: method,
      layer: request.compared.isEmpty ? request.layer : request.layer(of: method), score: score)
    guard found.signedMap.shape.rank == 2, found.axes.map(\.name) == [.height, .width] else {
      throw CodedError(
        .notApplicable,
        "the map of \(method.name) at \(found.layer) has no rows and columns of a picture")
    }
    return found
  }

  /// Copies of the mask in the control.
  private static let controlCount = 8
  private static let controlSeed: UInt64 = 1

  /// What the network makes of what the map marks, of the rest, and of what the same mask keeps in other places.
  func check(_ explanation: ClassExplanation) throws -> PictureExplanation.Check {
    let mask = explanation.mask
    let (height, width) = (mask.shape[0], mask.shape[1])
    let meanMask = mask.values.reduce(0) { $0 + Double($1) } / Double(mask.count)
    guard meanMask > 0 else {
      return PictureExplanation.Check(
        kept: nil, removed: nil, removedClass: nil, control: nil, controlCount: Self.controlCount,
        controlSeed: Self.controlSeed, meanMask: 0, finding: nil)
    }
    var generator = SeededGenerator(seed: Self.controlSeed)
    let shifts = (0..<Self.controlCount).map { _ in
      (down: generator.index(below: height), across: generator.index(below: width))
    }
    let values = mask.values
    let scoring = MaskedScoring(
      network: model.network, input: seen.input, baseline: Tensor(shape: seen.input.shape),
      batchSize: max(1, min(Self.controlCount + 2, explainer.copiesPerPass)), job: job.quiet)
    let logits = try scoring.logits(count: Self.controlCount + 2) { index, copy in
      let shift = index < 2 ? (down: 0, across: 0) : shifts[index - 2]
      for row in 0..<height {
        let from = (row + shift.down) % height * width
        for column in 0..<width {
          let value = values[from + (column + shift.across) % width]
          copy[row * width + column] = index == 1 ? 1 - value : value
        }
      }
    }
    let function = model.network.architecture.outputFunction
    let shares = (0..<logits.shape[0]).map { function.probabilities(logits.item($0).values).map(Double.init) }
    let own = shares.map { $0[explanation.classIndex] }
    let rest = model.labels[Score.predicted(logits.item(1).values)]
    let control = own.dropFirst(2).reduce(0, +) / Double(Self.controlCount)
    return PictureExplanation.Check(
      kept: own[0], removed: own[1], removedClass: rest, control: control, controlCount: Self.controlCount,
      controlSeed: Self.controlSeed, meanMask: meanMask,
      finding: MapVerdict(
        label: explanation.label, kept: own[0], elsewhere: control, rest: rest, isSeen: true))
  }

  /// Connected parts that hold much of the evidence, from the largest share to the smallest.
  func regions(_ explanation: ClassExplanation) -> [PictureExplanation.Region] {
    let map = explanation.upsampledMap
    let (rows, columns) = (explanation.signedMap.shape[0], explanation.signedMap.shape[1])
    let cell = (
      bands: max(map.shape[0] / rows, map.shape[0] / 32),
      frames: max(map.shape[1] / columns, map.shape[1] / 32)
    )
    let place = placement
    return EvidenceRegion.regions(of: map, cell: cell).compactMap { region in
      place.region(rows: region.bands, columns: region.frames).map {
        PictureExplanation.Region(rectangle: .init($0), share: region.share)
      }
    }.sorted { $0.share > $1.share }
  }
}
