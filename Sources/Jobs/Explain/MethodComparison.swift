import Analysis
import Explanation
import Files
import Statistics
import Tensors

/// The maps of several methods on the same input, side by side: what `explanation.json` says of them.
public struct MethodComparison: Sendable, Codable, Equatable {
  /// One method's map.
  public struct Row: Sendable, Codable, Equatable {
    /// For example `grad-cam`.
    public let method: String
    public let layer: String
    /// The raw signed map at the layer's resolution, `.npy`.
    public let map: String
    /// Rows and columns of it.
    public let rows: Int
    public let columns: Int
    /// The largest value that the picture shows.
    public let maximum: Double
    /// The smallest share of the input's cells that holds half of the evidence; nil without evidence.
    public let halfShare: Double?
    /// Spearman's rank correlation of what is shown, enlarged to the input's size, with the first method's; nil for the first, and
    /// if one of the two is the same everywhere.
    public let rankCorrelation: Double?
    /// Of a picture: what the network makes of what the map marks.
    public let check: PictureExplanation.Check?
    public let flags: [String]
  }

  /// The first is the main one.
  public let methods: [Row]
  /// All maps on one sheet: PNG first, relative to the folder.
  public let pictures: [String]

  var allFiles: [String] { pictures + methods.map(\.map) }

  /// Writes the raw maps.
  ///
  /// - Parameters:
  ///   - explanations: the first is the main one.
  ///   - checks: of each, for pictures.
  init(
    _ explanations: [ClassExplanation], checks: [PictureExplanation.Check?], writesVectors: Bool,
    folder: String
  ) throws(CodedError) {
    let shown = explanations.map(\.upsampledMap)
    var methods: [Row] = []
    for (index, explanation) in explanations.enumerated() {
      let name = "map-\(explanation.method.name.asFileName).npy"
      try NumpyFile.write(explanation.signedMap, to: folder + "/" + name)
      let shape = explanation.signedMap.shape
      methods.append(
        Row(
          method: explanation.method.name, layer: explanation.layer, map: name,
          rows: shape.rank < 2 ? 1 : shape[shape.rank - 2], columns: shape[shape.rank - 1],
          maximum: Double(explanation.positiveMap.values.max() ?? 0), halfShare: shown[index].halfShare,
          rankCorrelation: index == 0 ? nil : spearmanCorrelation(shown[0].values, shown[index].values),
          check: checks[index],
          flags: explanation.flagNames
            + (checks[index]?.finding?.verdict == .showsNothing ? [MapVerdict.flag] : [])))
    }
    self.methods = methods
    pictures = ["methods.png"] + (writesVectors ? ["methods.svg", "methods.pdf"] : [])
  }

  /// As a page shows them.
  ///
  /// - Parameter overlays: the pictures of the evidence, of none or of each.
  func rows(overlays: [AnalysisResult.Picture] = []) -> [MethodRow] {
    methods.enumerated().map { index, row in
      MethodRow(
        mapName: "\(row.method) at \(row.layer)", rowCount: row.rows, columnCount: row.columns,
        peak: row.maximum, halfShare: row.halfShare, agreement: row.rankCorrelation, kept: row.check?.kept,
        control: row.check?.control, flags: row.flags, overlay: overlays.isEmpty ? nil : overlays[index])
    }
  }

  /// A line for each of the others, for a terminal.
  public var lines: [String] {
    methods.dropFirst().map { row in
      let half = row.halfShare.map { "half of its evidence in \($0.percentText())" } ?? "no evidence"
      let agreement = row.rankCorrelation.map {
        ", rank correlation with \(methods[0].method) \($0.decimalText(2))"
      }
      let check = row.check?.kept.map { kept in
        ", what it marks \(kept.percentText()), control \(row.check?.control?.percentText() ?? "-")"
      }
      return "\(row.method) at \(row.layer), \(row.rows) x \(row.columns): \(half)"
        + (agreement ?? "") + (check ?? "")
    }
  }
}

extension Tensor {
  /// The smallest share of the cells that holds half of a map's evidence; nil without evidence.
  var halfShare: Double? {
    let sorted = values.sorted(by: >)
    let total = sorted.reduce(0) { $0 + Double($1) }
    guard total > 0 else { return nil }
    var (sum, count) = (0.0, 0)
    for value in sorted {
      sum += Double(value)
      count += 1
      if sum >= total / 2 { break }
    }
    return Double(count) / Double(sorted.count)
  }
}

extension ExplanationRequest {
  /// The method, then those to compare with it.
  var allMethods: [any ExplanationMethod] { [method] + compared }

  /// The layer to ask a method for: the given one, if it chooses any.
  func layer(of method: any ExplanationMethod) -> String? { method.traits.choosesLayer ? layer : nil }

  /// Throws ``CodedError`` `usage` for a method that is named twice.
  func requireDifferentMethods() throws(CodedError) {
    var seen: Set<String> = []
    for method in allMethods where !seen.insert(method.name).inserted {
      throw CodedError(.usage, "\(method.name) is named twice: methods are compared once each")
    }
  }
}
