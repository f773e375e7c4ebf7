public import Tensors

extension NetworkCatalogue {
  /// The networks as a table in Markdown: name, what it is, parameters, where CAM methods explain it and the resolution there,
  /// published weights, source.
  ///
  /// Parameters are those with two classes on the input of the published weights, or on maps of `usualShape`.
  public static func table(usualShape: Shape = [1, 128, 431]) throws(ArchitectureError) -> String {
    var rows: [[String]] = []
    for entry in all {
      let shape = entry.published?.inputShape ?? usualShape
      let network = try Network(entry.architecture(inputShape: shape, classCount: 2), seed: 0)
      let layer = network.convolutionNames.last ?? network.attentionNames.last ?? ""
      let extents = network.outputShapes[layer]?.dimensions.map(String.init).joined(separator: " x ") ?? ""
      rows.append([
        "`\(entry.name)`", entry.summary, "\(network.parameters.values.count)", "`\(layer)` \(extents)",
        entry.published.map { "`--front-end \($0.frontEnd)`, \($0.function.rawValue)" } ?? "", entry.source,
      ])
    }
    let header = [
      "Name", "What it is", "Parameters", "Last layer with a map", "Published weights", "Source",
    ]
    let lines = [header, header.map { _ in "---" }] + rows
    return lines.map { "|" + $0.map { $0.isEmpty ? " " : " \($0) " }.joined(separator: "|") + "|\n" }.joined()
  }
}
