public import Analysis
public import Datasets
import Explanation
public import Files
import Images
import Report
import Tensors

/// The files of a comparison of networks' maps.
public struct NetworkAgreementReport: Sendable {
  public let agreement: NetworkAgreement
  /// `agreement.json`: all figures.
  public let json: String
  /// `pairs.csv`, `pictures.csv`.
  public let pairs: String
  public let pictures: String
  /// The tables for readers, as Markdown, and as the file `tables.md`.
  public let markdown: String
  public let tables: String
  /// `maps.png`: pictures by networks, with an `.svg` next to it.
  public let picture: String
}

extension NetworkAgreement {
  /// Pictures that the sheet shows.
  public static let shownCount = 8

  /// Explains the same class of the same pictures by several models, and writes how alike their maps are: the consistency across
  /// backbones.
  ///
  /// ```swift
  /// let models = try ["a", "b"].map { NamedModel(name: $0, model: try GenreModel(path: $0 + ".safetensors")) }
  /// let report = try NetworkAgreement.compare(models, on: try PictureFolder("photos").unlabelled(), output: "Output/agreement")
  /// print(report.agreement.sentences)
  /// ```
  ///
  /// Writes `agreement.json`, `pairs.csv`, `pictures.csv`, `tables.md`, `maps.png` and `maps.svg` into a folder; they appear together. A
  /// picture that cannot be read is left out. Throws ``CodedError`` `usage` for fewer than two models and for models without a class in
  /// common, `badInput` for a model of sound and if no picture can be read.
  public static func compare(
    _ models: [NamedModel], on dataset: Dataset, options: MapComparisonOptions = MapComparisonOptions(),
    output folder: String, job: Job = Job()
  ) throws -> NetworkAgreementReport {
    let comparing = try MapComparing(models, options, job: job)
    try WrittenFiles.networkAgreement(into: folder).requireApart(from: dataset.inputFiles)
    let stage = try StagedFolder(folder)
    var rows: [[PictureFigure]] = []
    let agreement = try comparing.agreement(on: dataset) { seen in
      guard rows.count < shownCount else { return }
      rows.append(try figures(of: seen, models.map(\.name)))
    }
    let tables = NetworkAgreementTables(agreement)
    let sheet = FigurePage(
      title: "\(agreement.method): the same class by \(models.count) networks",
      subtitle: agreement.sentences[0], rows: rows)
    try stage.fill { folder in
      try sheet.write(to: folder + "/maps.png")
      try sheet.write(to: folder + "/maps.svg")
      try CSVTable.write(
        header: NetworkAgreementTables.pairHeader, rows: tables.pairRows, to: folder + "/pairs.csv")
      try CSVTable.write(
        header: tables.pictureHeader, rows: tables.pictureRows, to: folder + "/pictures.csv")
      try writeText(tables.markdown, to: folder + "/tables.md")
      try writeJSON(agreement, to: folder + "/agreement.json")
    }
    try stage.publish(last: "agreement.json")
    return NetworkAgreementReport(
      agreement: agreement, json: folder + "/agreement.json", pairs: folder + "/pairs.csv",
      pictures: folder + "/pictures.csv", markdown: tables.markdown, tables: folder + "/tables.md",
      picture: folder + "/maps.png")
  }

  /// The picture, and each network's evidence over it.
  private static func figures(of seen: MapComparing.Seen, _ names: [String]) throws -> [PictureFigure] {
    let small = try seen.picture.reduced(toLongerSide: 320)
    func figure(_ content: PictureFigure.Content, _ title: String, _ evidence: MapGrid) -> PictureFigure {
      var figure = PictureFigure(
        picture: small, evidence: evidence, content: content, title: title, scaleLabel: "")
      figure.side = 170
      return figure
    }
    let (height, width) = (seen.picture.height, seen.picture.width)
    let cell = Double(max(height, width)) / 160
    func places(_ count: Int) -> [Double] {
      let steps = max(1, Int((Double(count) / cell).rounded()))
      return (0..<steps).map { (Double($0) + 0.5) / Double(steps) * Double(count) }
    }
    let maps = zip(seen.explanations, seen.placements).map { explanation, place in
      MapGrid(place.values(of: explanation.positiveMap, ys: places(height), xs: places(width)))
    }
    let overlays = maps.indices.map { index in
      figure(.overlay, "\(names[index]) \(seen.probabilities[index].percentText(decimals: 0))", maps[index])
    }
    return [figure(.picture, seen.label, maps[0])] + overlays
  }
}
