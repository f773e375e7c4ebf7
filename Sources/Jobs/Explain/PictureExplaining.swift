import Analysis
import Explanation
public import Files
import Images
public import Models
import Report
import Tensors

extension GenreModel {
  /// Explains a picture, for a model that takes pictures, and writes into a folder.
  ///
  /// ```swift
  /// let model = try GenreModel(path: "squeezenet.safetensors")
  /// let why = try model.explain(picture: "cat.jpg", output: "Output/cat")
  /// print(why.label, why.how.probability, why.sentence ?? "")
  /// ```
  ///
  /// The explained class is the predicted one, unless another is requested. The files are `explanation.html` (everything on one
  /// page), `explanation.png` (the picture, the evidence over it and beside it), `map.npy` (raw, signed), `upsampled.npy` (over the
  /// picture) and `explanation.json`; of existing files, only those named by an earlier `explanation.json` are replaced or removed.
  ///
  /// Throws as ``explain(_:_:output:job:)-(String,_,_,_)`` does, and ``CodedError`` `badInput` for a model that takes sound, `usage`
  /// for a request about windows of sound.
  public func explain(
    picture path: String, _ request: ExplanationRequest = ExplanationRequest(), output folder: String,
    job: Job = Job()
  ) throws -> PictureExplanation {
    _ = try requirePictures()
    return try writeExplanation(into: folder, apartFrom: [path]) {
      try PictureWriting(PictureQuestion(path, with: self, request, job), folder: $0).run()
    }
  }
}

/// Writes what an explanation of a picture is made of.
private struct PictureWriting {
  private let question: PictureQuestion
  private let folder: String
  private let explanation: ClassExplanation
  /// By each method, ``explanation`` first.
  private let explanations: [ClassExplanation]
  /// The evidence over the picture, `[height, width]`.
  private let evidence: Tensor

  init(_ question: PictureQuestion, folder: String) throws {
    (self.question, self.folder) = (question, folder)
    explanations = try question.explanations()
    explanation = explanations[0]
    let picture = question.seen.picture
    // The map and its copy for the drawing; those of other methods come one after another.
    let refusal = MemoryLimit.refusal(
      of: "the map over a picture of \(picture.width) x \(picture.height) pixels",
      byteCount: 8 * Double(picture.height * picture.width), operations: 0)
    if let refusal { throw CodedError(.tooLarge, refusal, path: question.path) }
    evidence = question.placement.overPicture(explanation.positiveMap)
  }

  func run() throws -> PictureExplanation {
    let (seen, check) = (question.seen, try question.check(explanation))
    let vectors = question.request.writesVectors ? ["explanation.svg", "explanation.pdf"] : []
    try NumpyFile.write(explanation.signedMap, to: folder + "/map.npy")
    try NumpyFile.write(evidence, to: folder + "/upsampled.npy")
    let verdictFlags = check.finding?.verdict == .showsNothing ? [MapVerdict.flag] : []
    var document = PictureExplanation(
      path: question.path, question: question.model.question?.text,
      unknownWords: (question.model.question?.unknownWords).flatMap { $0.isEmpty ? nil : $0 },
      height: seen.picture.height, width: seen.picture.width,
      seen: .init(question.placement.seen), label: seen.classification.label,
      probabilities: seen.classification.probabilities, how: ExplanationSetting(explanation),
      layer: explanation.layer, flags: explanation.flagNames + verdictFlags,
      files: .init(
        map: "map.npy", upsampled: "upsampled.npy", page: "explanation.html", picture: "explanation.png",
        vectorPictures: vectors),
      halfShare: explanation.upsampledMap.halfShare, regions: question.regions(explanation), check: check,
      notes: seen.picture.notes)
    let drawing = try PictureDrawing(question, explanation, evidence)
    for name in ["explanation.png"] + vectors { try drawing.sheet.write(to: folder + "/" + name) }
    var pictures = try drawing.pagePictures()
    let compared = try comparison(check)
    document.comparison = compared?.document
    for (key, bytes) in compared?.overlays ?? [:] { pictures[key] = bytes }
    let page = try PictureExplanationPage(
      PictureStudyMaking(question, explanation, document).study(), pictures: pictures)
    let beside = try page.write(to: folder)
    document.files.pagePictures = beside.isEmpty ? nil : beside
    try writeJSON(document, to: folder + "/explanation.json")
    return document
  }
}

extension PictureWriting {
  /// The maps of several methods side by side, and what the page lays over the picture; nil of one method.
  private func comparison(
    _ check: PictureExplanation.Check
  ) throws -> (document: MethodComparison, overlays: [String: [UInt8]])? {
    guard explanations.count > 1 else { return nil }
    var (drawings, overlays) = ([PictureDrawing](), [String: [UInt8]]())
    for (number, explanation) in explanations.enumerated() {
      // Kept no larger than drawn.
      let drawing = try PictureDrawing(
        question, explanation,
        number == 0 ? evidence : question.placement.overPicture(explanation.positiveMap), reduced: true)
      overlays[PictureStudyMaking.overlayKey(number)] = try drawing.overlay()
      drawings.append(drawing)
    }
    let checks = try [check] + explanations.dropFirst().map(question.check)
    let document = try MethodComparison(
      explanations, checks: checks, writesVectors: question.request.writesVectors, folder: folder)
    let sheet = PictureDrawing.sheet(of: drawings, for: question)
    for name in document.pictures { try sheet.write(to: folder + "/" + name) }
    return (document, overlays)
  }
}

/// The pictures of an explained picture.
struct PictureDrawing {
  /// Pixels of the longer side.
  private static let (pageSide, sheetSide) = (800, 660)

  private let question: PictureQuestion
  private let explanation: ClassExplanation
  private let grid: MapGrid
  private let picture: Picture

  /// - Parameter reduced: keeps no more of the evidence than is drawn.
  init(
    _ question: PictureQuestion, _ explanation: ClassExplanation, _ evidence: Tensor, reduced: Bool = false
  ) throws {
    (self.question, self.explanation) = (question, explanation)
    let whole = MapGrid(evidence)
    grid = reduced ? whole.reduced(toAtMost: 1024) : whole
    picture = try question.seen.picture.reduced(toLongerSide: Self.pageSide)
  }

  /// PNG files by key, as ``PictureStudyMaking`` names them.
  func pagePictures() throws -> [String: [UInt8]] {
    [
      PictureStudyMaking.pictureKey: try PicturePNG.png(picture),
      PictureStudyMaking.overlayKey: try PicturePNG.overlay(grid),
      PictureStudyMaking.heatKey: try PicturePNG.heat(grid),
    ]
  }

  /// The evidence as a transparent layer over the picture.
  func overlay() throws -> [UInt8] { try PicturePNG.overlay(grid) }

  private func panel(_ content: PictureFigure.Content, _ title: String) -> PictureFigure {
    let size = PictureSpec.Size(height: question.seen.picture.height, width: question.seen.picture.width)
    return PictureFigure(
      picture: picture, evidence: grid, content: content, title: title,
      seen: question.cropped?.shares(of: size),
      scaleLabel: MapFigure.evidenceWords(explanation.method.name, explanation.layer))
  }

  /// Panels beside each other.
  private static let panelsPerRow = 4

  /// The picture, then each method's evidence over it and alone, each on its own scale.
  static func sheet(of drawings: [PictureDrawing], for question: PictureQuestion) -> FigurePage {
    let over: [any Figure] =
      [drawings[0].panel(.picture, "Picture")]
      + drawings.map { $0.panel(.overlay, $0.explanation.mapName) }
    let alone: [any Figure] = drawings.map { drawing in
      let shape = drawing.explanation.signedMap.shape
      return drawing.panel(
        .evidence, "\(drawing.explanation.method.name) alone, \(shape[0]) x \(shape[1])")
    }
    let rows = [over, alone].flatMap { figures in
      stride(from: 0, to: figures.count, by: panelsPerRow).map {
        Array(figures[$0..<min($0 + panelsPerRow, figures.count)])
      }
    }
    let seen = question.seen.classification
    let first = seen.ranking.first.map { "\($0.label) \($0.probability.percentText())" } ?? ""
    return FigurePage(
      title: question.name,
      subtitle:
        "predicted: \(first) · evidence for \(drawings[0].explanation.question), each map on its own scale",
      rows: rows)
  }

  var sheet: PictureSheet {
    let contents: [(PictureFigure.Content, String)] = [
      (.picture, question.model.question.map { "\"\($0.text)\"" } ?? "Picture"),
      (.overlay, "Evidence for \(explanation.question)"),
      (.evidence, "The same alone"),
    ]
    let panels = contents.map { panel($0, $1) }
    let ranking = question.seen.classification.ranking.prefix(5)
    let first = ranking.first.map { "\($0.label) \($0.probability.percentText())" } ?? ""
    let remark = explanation.settings["baseline"].map { " · baseline: \($0.text)" } ?? ""
    return PictureSheet(
      title: question.name,
      subtitle:
        "\(question.model.question == nil ? "predicted" : "answered"): \(first) · \(explanation.method.name) at \(explanation.layer)\(remark)",
      panels: panels,
      bars: ProbabilityFigure(
        title: question.model.question == nil ? "The most probable classes" : "The most probable answers",
        labels: ranking.map(\.label),
        probabilities: ranking.map(\.probability), predicted: question.seen.classification.label, width: 560))
  }
}

extension PictureQuestion {
  /// What of the picture the network sees; nil for all of it.
  var cropped: PictureRegion? {
    let (seen, picture) = (placement.seen, seen.picture)
    let isWhole =
      seen.top <= 0.5 && seen.left <= 0.5 && seen.bottom >= Double(picture.height) - 0.5
      && seen.right >= Double(picture.width) - 0.5
    return isWhole ? nil : seen
  }
}
