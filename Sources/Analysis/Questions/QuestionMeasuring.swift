public import Explanation
public import Files
import Images
public import Models
import Networks
import Statistics
import Tensors

/// The pointing game on questions about pictures.
///
/// ```swift
/// let list = try PictureQuestionList(path: "test/questions.json", pictures: "test/images")
/// var measuring = QuestionMeasuring(model: model, methods: [MethodAtLayer(.gradCAM, layer: "conv3")])
/// let result = try measuring.run(on: list)
/// ```
public struct QuestionMeasuring {
  /// What was measured of one question.
  package struct Outcome {
    package let item: PictureQuestionList.Item
    package let predicted: String
    package let probability: Double
    /// By the method's place.
    package var hits: [Bool]
    fileprivate var peaks: [Peak?]
    fileprivate var inside: [Double]
    /// Of the same answer without a question: hit, share inside, likeness of the maps.
    fileprivate var unasked: [(hit: Bool, isEmpty: Bool, inside: Double, likeness: Double)]
  }

  /// The largest value's place, as shares of the picture's height and width.
  fileprivate struct Peak {
    let y: Double
    let x: Double
  }

  private let model: GenreModel
  private let methods: [MethodAtLayer]
  private let seed: UInt64
  private let job: Job
  private var shapes: [String: Shaped] = [:]
  package private(set) var outcomes: [Outcome] = []

  /// - Parameter methods: each with its layer, or the usual one.
  public init(model: GenreModel, methods: [MethodAtLayer], seed: UInt64 = 0, job: Job = Job()) {
    (self.model, self.methods, self.seed, self.job) = (model, methods, seed, job)
  }

  /// A picture with its shape.
  private struct Shaped {
    let input: Tensor
    let placement: PicturePlacement
    let isShape: [Bool]
    let area: Double
  }

  /// Answers and explains all questions. Memory: the inputs of all pictures.
  ///
  /// Throws ``CodedError`` for a model that answers no questions, a method or layer that cannot explain it, and if no question is
  /// left.
  public mutating func run(on list: PictureQuestionList) throws(CodedError) -> QuestionBenchmark {
    var result = QuestionBenchmark()
    try readPictures(of: list, &result)
    let nothing = try Explainer(model.askingNothing())
    let layers = try methods.map { entry throws(CodedError) in
      try entry.method.layer(entry.layer, of: nothing.network)
    }
    // One network for each question.
    let items = list.items.filter { shapes[$0.picture] != nil }
    var places: [String: [Int]] = [:]
    for (index, item) in items.enumerated() { places[item.question, default: []].append(index) }
    var found = [Outcome?](repeating: nil, count: items.count)
    var done = 0
    for (question, own) in places.sorted(by: { $0.value[0] < $1.value[0] }) {
      let asked: GenreModel
      do { asked = try model.asking(question: question) } catch  where error.code == .unknownWord {
        result.leftOut.append(LeftOutInput(path: question, code: error.code.rawValue, reason: error.message))
        continue
      }
      for start in stride(from: 0, to: own.count, by: 64) {
        try job.requireGoingOn()
        let some = Array(own[start..<min(start + 64, own.count)])
        for (index, outcome) in zip(some, try outcomes(of: some.map { items[$0] }, asked, nothing)) {
          found[index] = outcome
        }
        done += some.count
        job.tell("asking", done, of: items.count)
      }
    }
    outcomes = found.compactMap(\.self)
    guard !outcomes.isEmpty else {
      throw CodedError(
        .badInput,
        "none of \(list.items.count) questions could be asked: \(result.leftOut.first?.reason ?? "")",
        path: list.path)
    }
    summarise(&result, layers)
    return result
  }

  private mutating func readPictures(
    of list: PictureQuestionList, _ result: inout QuestionBenchmark
  ) throws(CodedError) {
    guard let spec = model.pictureSpec, model.vocabulary != nil else {
      throw CodedError(.badInput, "the model\(model.name.map { " \($0)" } ?? "") answers no questions")
    }
    var seen: Set<String> = []
    for item in list.items where seen.insert(item.picture).inserted {
      try job.requireGoingOn()
      do throws(CodedError) {
        shapes[item.picture] = try Self.shaped(item.picture, spec)
      } catch {
        result.leftOut.append(
          LeftOutInput(path: item.picture, code: error.code.rawValue, reason: error.message))
      }
    }
    result.pictureCount = shapes.count
  }

  private static func shaped(_ path: String, _ spec: PictureSpec) throws(CodedError) -> Shaped {
    let picture = try Picture(path: path)
    let isShape = shape(of: picture)
    let area = Double(isShape.count(where: \.self)) / Double(isShape.count)
    guard area > 0 else { throw CodedError(.badInput, "a picture of one colour has no shape", path: path) }
    return Shaped(
      input: try spec.input(of: picture), placement: spec.placement(of: picture), isShape: isShape, area: area
    )
  }

  /// Whether each pixel differs from the picture's most frequent colour.
  private static func shape(of picture: Picture) -> [Bool] {
    let pixels = picture.pixels
    let colors: [UInt32] = (0..<picture.height * picture.width).map { index in
      let (red, green) = (UInt32(pixels[3 * index]), UInt32(pixels[3 * index + 1]))
      return red << 16 | green << 8 | UInt32(pixels[3 * index + 2])
    }
    var counts: [UInt32: Int] = [:]
    for color in colors { counts[color, default: 0] += 1 }
    let background = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    return colors.map { $0 != background }
  }

  // MARK: - One question about several pictures

  private func outcomes(
    of items: [PictureQuestionList.Item], _ asked: GenreModel, _ nothing: Explainer
  ) throws(CodedError) -> [Outcome] {
    let shaped = items.compactMap { shapes[$0.picture] }
    let inputs = shaped.map(\.input)
    let scores = inputs.map { _ in Score.logit() }
    let explained = try Explainer(asked).explain(batch: inputs, by: methods, scores: [scores])[0]
    let classes = explained.first?.map(\.classIndex) ?? []
    let unasked = try nothing.explain(
      batch: inputs, by: methods, scores: [classes.map { Score.logit($0) }])[0]
    return items.indices.map { index in
      var outcome = Outcome(
        item: items[index], predicted: explained[0][index].label,
        probability: Double(explained[0][index].probability), hits: [], peaks: [], inside: [], unasked: [])
      for method in methods.indices {
        let own = Self.look(explained[method][index], at: shaped[index])
        let other = Self.look(unasked[method][index], at: shaped[index])
        outcome.hits.append(own.hit)
        outcome.peaks.append(own.peak)
        outcome.inside.append(own.inside)
        outcome.unasked.append(
          (
            other.hit, other.peak == nil, other.inside,
            Self.correlation(
              explained[method][index].signedMap.values, unasked[method][index].signedMap.values)
          ))
      }
      return outcome
    }
  }

  /// Where a map peaks in the picture, and how much of it is in the shape.
  private static func look(
    _ explanation: ClassExplanation, at shaped: Shaped
  ) -> (hit: Bool, peak: Peak?, inside: Double) {
    look(shaped.placement.overPicture(explanation.positiveMap), at: shaped)
  }

  private static func look(_ map: Tensor, at shaped: Shaped) -> (hit: Bool, peak: Peak?, inside: Double) {
    let (values, width) = (map.values, map.shape[1])
    var (best, sum, own): (Int, Double, Double) = (0, 0, 0)
    for (index, value) in values.enumerated() {
      if value > values[best] { best = index }
      sum += Double(value)
      if shaped.isShape[index] { own += Double(value) }
    }
    guard sum > 0 else { return (false, nil, 0) }
    let peak = Peak(
      y: (Double(best / width) + 0.5) / Double(map.shape[0]), x: (Double(best % width) + 0.5) / Double(width))
    return (shaped.isShape[best], peak, own / sum)
  }

  /// Pearson's; 0 where one of them does not vary.
  private static func correlation(_ first: [Float], _ second: [Float]) -> Double {
    let count = Double(first.count)
    let means = [first, second].map { $0.reduce(0) { $0 + Double($1) } / count }
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(first, second) {
      let (x, y) = (Double(a) - means[0], Double(b) - means[1])
      (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
  }

  // MARK: - Summary

  private func summarise(_ result: inout QuestionBenchmark, _ layers: [String]) {
    let groups = outcomes.map(\.item.picture)
    let kinds =
      [nil] + PictureQuestionList.Kind.allCases.filter { kind in outcomes.contains { $0.item.kind == kind } }
    result.area = outcomes.reduce(0) { $0 + (shapes[$1.item.picture]?.area ?? 0) } / Double(outcomes.count)
    let controls = otherPlaces()
    for kind in kinds {
      let own = outcomes.indices.filter { kind == nil || outcomes[$0].item.kind == kind }
      let ownGroups = own.map { groups[$0] }
      let right = own.map { outcomes[$0].predicted == outcomes[$0].item.answer }
      result.answers.append(
        .init(
          kind: kind, count: own.count, pictureCount: Set(ownGroups).count,
          correct: right.count(where: \.self),
          interval: .wilson(right, groups: ownGroups)))
      func add(
        _ method: String, _ layer: String, _ control: QuestionBenchmark.Control?, _ hits: [Bool],
        _ empty: Int, _ inside: [Double]?, above: [Double]?
      ) {
        let (mean, more) = (
          inside.flatMap { GroupedMean($0, groups: ownGroups) },
          above.flatMap { GroupedMean($0, groups: ownGroups) }
        )
        result.pointing.append(
          .init(
            method: method, layer: layer, control: control, kind: kind, count: own.count,
            hits: hits.count(where: \.self), interval: .wilson(hits, groups: ownGroups), empty: empty,
            inside: mean?.mean, insideInterval: mean?.interval, aboveOtherPicture: more?.mean,
            aboveOtherPictureInterval: more?.interval))
      }
      for (place, entry) in methods.enumerated() {
        let (name, layer) = (entry.method.name, layers[place])
        let hits = own.map { outcomes[$0].hits[place] }
        let others = controls.other.map { other in own.map { other[$0][place] } }
        add(
          name, layer, nil, hits, own.count { outcomes[$0].peaks[place] == nil },
          own.map { outcomes[$0].inside[place] },
          above: others.map { zip(hits, $0).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) } })
        if let others { add(name, layer, .otherPicture, others, 0, nil, above: nil) }
        let unasked = own.map { outcomes[$0].unasked[place] }
        add(
          name, layer, .noQuestion, unasked.map(\.hit), unasked.count { $0.isEmpty }, unasked.map(\.inside),
          above: nil)
      }
      for layer in Set(layers).sorted() {
        let random = own.map { controls.random[layer]?[$0] ?? (false, 0) }
        add("", layer, .random, random.map { $0.0 }, 0, random.map { $0.1 }, above: nil)
      }
      add("", "", .energy, own.map { _ in true }, 0, own.map { _ in 1 }, above: nil)
    }
    for (place, entry) in methods.enumerated() {
      let mean = GroupedMean(outcomes.map { $0.unasked[place].likeness }, groups: groups)
      result.likeness.append(
        .init(
          method: entry.method.name, layer: layers[place], toNoQuestion: mean?.mean ?? 0,
          interval: mean?.interval))
    }
    result.notes = [
      "Each picture has one shape, which every question is about: a hit says that the map finds the shape, not that it reads the question. The map without a question and its likeness to the map say how much of it is the question's.",
      "The energy map is the difference from the background, so it hits by definition.",
    ]
    if controls.other == nil { result.notes.append("One picture: there is no other one to lay its maps on.") }
    let foreign = Set(outcomes.map(\.item.answer)).subtracting(model.labels).sorted()
    if let first = foreign.first {
      let count = outcomes.count { foreign.contains($0.item.answer) }
      result.notes.append(
        "\(count.counted("question")) with an answer that the model cannot give, such as \"\(first.shown)\", \(count == 1 ? "counts" : "count") as answered wrong."
      )
    }
  }

  /// Hits of each method's maps laid on another question's picture, nil where all questions are of one; and of random maps at each layer's
  /// resolution.
  private func otherPlaces() -> (other: [[Bool]]?, random: [String: [(Bool, Double)]]) {
    var generator = SeededGenerator(seed: seed, stream: 0xA5C)
    var order = Array(outcomes.indices)
    order.shuffle(using: &generator)
    var other = [[Bool]](repeating: [], count: outcomes.count)
    for (place, index) in order.enumerated() {
      // The next one in a random order whose picture is another.
      let own = outcomes[index].item.picture
      let partner = (1..<max(2, order.count)).lazy.map { order[(place + $0) % order.count] }
        .first { outcomes[$0].item.picture != own }
      other[index] = methods.indices.map { method in
        guard let partner, let peak = outcomes[partner].peaks[method], let shaped = shapes[own] else {
          return false
        }
        let size = shaped.placement.picture
        let (row, column) = (Int(peak.y * Double(size.height)), Int(peak.x * Double(size.width)))
        return shaped.isShape[min(row, size.height - 1) * size.width + min(column, size.width - 1)]
      }
    }
    var random: [String: [(Bool, Double)]] = [:]
    for (name, resolution) in resolutions() {
      random[name] = outcomes.map { outcome in
        guard let shaped = shapes[outcome.item.picture] else { return (false, 0) }
        let noise = Tensor((0..<resolution.count).map { _ in generator.uniform() }, shape: resolution)
        let found = Self.look(shaped.placement.overPicture(noise), at: shaped)
        return (found.hit, found.inside)
      }
    }
    return (Set(outcomes.map(\.item.picture)).count > 1 ? other : nil, random)
  }

  /// The rows and columns of the maps, by layer, in the order of the methods.
  private func resolutions() -> [(String, Shape)] {
    var found: [(String, Shape)] = []
    for entry in methods {
      guard let layer = try? entry.method.layer(entry.layer, of: model.network),
        !found.contains(where: { $0.0 == layer })
      else { continue }
      let extents = model.network.outputShapes[layer]?.dimensions ?? []
      if extents.count == 3 { found.append((layer, [extents[1], extents[2]])) }
    }
    return found
  }
}
