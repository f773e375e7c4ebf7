public import Analysis
import Files
import Statistics

/// The agreement of several networks' maps as tables.
public struct NetworkAgreementTables: Sendable {
  private let agreement: NetworkAgreement

  public init(_ agreement: NetworkAgreement) { self.agreement = agreement }

  public static let pairHeader = [
    "first", "second", "measure", "mean", "low", "high", "control", "control_low", "control_high",
    "difference",
    "difference_low", "difference_high", "p", "pictures",
  ]
  /// One row for each pair and measure; both names are empty for the mean over all pairs.
  public var pairRows: [[String]] {
    agreement.pairs.flatMap { pair -> [[String]] in
      [("rank-correlation", pair.rank), ("iou", pair.overlap)].compactMap { name, figure in
        figure.map { figure in
          [
            pair.first ?? "", pair.second ?? "", name, Self.number(figure.mean),
            Self.number(figure.interval?.low),
            Self.number(figure.interval?.high), Self.number(figure.control),
            Self.number(figure.controlInterval?.low), Self.number(figure.controlInterval?.high),
            Self.number(figure.difference), Self.number(figure.differenceInterval?.low),
            Self.number(figure.differenceInterval?.high), Self.number(figure.p), "\(figure.count)",
          ]
        }
      }
    }
  }

  public var pictureHeader: [String] {
    ["path", "class", "rank_correlation", "iou"] + agreement.networks.map { "p_\($0.name)" }
  }
  /// One row for each picture.
  public var pictureRows: [[String]] {
    agreement.pictures.map { picture in
      [picture.path, picture.label, Self.number(picture.rank), Self.number(picture.overlap)]
        + picture.probabilities.map { "\($0)" }
    }
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// The figures with their controls, as Markdown.
  public var markdown: String {
    let control =
      agreement.controlCount > 0
      ? "up to \(agreement.controlCount.counted("other picture"))"
      : "other pictures, of which there are none here"
    var text = """
      # How alike the maps of several networks are

      \(agreement.sentences.joined(separator: " "))

      \(agreement.method) of the class that the networks together think most probable, or of the one that was named, on \
      \(agreement.pictures.count.counted("picture")). Maps are compared on \(agreement.gridSide) x \(agreement.gridSide) cells over \
      the part of a picture that all networks see: Spearman's correlation of the signed maps, and IoU of the strongest \
      \(agreement.topShare.percentText(decimals: 0)) of the cells (random cells: \(Self.short(agreement.chanceOverlap))). *Other pictures* \
      is the control: one network's map of the picture against the other's of \(control). 95 % \
      bootstrap intervals over the pictures in brackets.

      | networks | rank correlation ↑ | other pictures | difference | IoU ↑ | other pictures | difference |
      |---|---|---|---|---|---|---|

      """
    for pair in agreement.pairs {
      let name =
        pair.first.map { "\(Self.cell($0)), \(Self.cell(pair.second ?? ""))" } ?? "*mean over all pairs*"
      text += "| \(name) | \(Self.cells(pair.rank)) | \(Self.cells(pair.overlap)) |\n"
    }
    text += """

      | network | architecture | layer | rank correlation with a spot in the middle | empty maps |
      |---|---|---|---|---|

      """
    for network in agreement.networks {
      let middle = network.middle.map { Self.text($0, network.middleInterval) } ?? ""
      text +=
        "| \(Self.cell(network.name)) | \(Self.cell(network.architecture)) | \(Self.cell(network.layer)) | \(middle) | \(network.emptyCount) |\n"
    }
    text +=
      "\n| picture | class | rank correlation | IoU |"
      + agreement.networks.map { " \(Self.cell($0.name)) |" }.joined() + "\n|---|---|---|---|"
      + agreement.networks.map { _ in "---|" }.joined() + "\n"
    for picture in agreement.pictures {
      text +=
        "| \(Self.cell(lastName(picture.path).shown)) | \(Self.cell(picture.label)) | \(picture.rank.map(Self.short) ?? "") | \(picture.overlap.map(Self.short) ?? "") |"
        + picture.probabilities.map { " \($0.percentText()) |" }.joined() + "\n"
    }
    if !agreement.notes.isEmpty {
      text += "\n" + agreement.notes.map { "- \(Self.cell($0))\n" }.joined()
    }
    return text
  }

  private static func cells(_ figure: NetworkAgreement.Figure?) -> String {
    guard let figure else { return " | | " }
    return [
      text(figure.mean, figure.interval), text(figure.control, figure.controlInterval),
      text(figure.difference, figure.differenceInterval),
    ].joined(separator: " | ")
  }

  private static func text(_ mean: Double, _ interval: ConfidenceInterval?) -> String {
    short(mean) + (interval.map { " (\(short($0.low)), \(short($0.high)))" } ?? "")
  }

  private static func short(_ value: Double) -> String { TickScale.number(value, decimals: 2) }

  private static func cell(_ text: String) -> String {
    text.singleLine.replacingScalars { $0 == "|" ? "\\|" : nil }
  }
}
