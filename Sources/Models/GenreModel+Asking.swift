public import Files
import Networks
import Tensors

extension GenreModel {
  /// The same model asked only about some of its labels, in this order, by names of the caller's own.
  ///
  /// ```swift
  /// let tagger = try GenreModel(path: "musicnn.safetensors")                      // 50 tags
  /// let model = try tagger.asking([("Folk", "folk"), ("Hip-Hop", "Hip-Hop")])     // which of these two?
  /// ```
  ///
  /// The other logits are left out: softmax probabilities are then those of a choice among the labels asked for, while a tag's
  /// probability stays what it was. Throws ``CodedError`` `unknownClass` for a label that the model lacks, `usage` for fewer than
  /// two, or a name given twice.
  ///
  /// - Parameter labels: the name to use, and the model's label.
  public func asking(_ labels: [(name: String, label: String)]) throws(CodedError) -> GenreModel {
    guard labels.count > 1 else { throw CodedError(.usage, "at least two labels are needed to choose among") }
    guard Set(labels.map(\.name)).count == labels.count, Set(labels.map(\.label)).count == labels.count else {
      throw CodedError(.usage, "a label is named twice")
    }
    var rows: [Int] = []
    for (_, label) in labels {
      guard let row = self.labels.firstIndex(of: label) else {
        throw CodedError(
          .unknownClass, "the model has no label \"\(label)\"\(suggestion(for: label, among: self.labels))")
      }
      rows.append(row)
    }
    var model = GenreModel(
      network: try network.keepingLogits(rows), labels: labels.map(\.name), frontEnd: frontEnd,
      normalization: normalization, provenance: provenance, temperature: temperature
    ).takingOver(self)
    model.askedLabels = rows.map { (askedLabels ?? self.labels)[$0] }
    return model
  }
}
