package import Explanation
import Files
import Networks

/// Which maps are made: methods at layers.
package struct BenchmarkSubjects {
  package struct Entry: Sendable {
    let method: any ExplanationMethod
    let layer: String

    var subject: ExplanationBenchmark.Subject { .init(method: method.name, layer: layer) }
  }

  package let entries: [Entry]
  /// Layers of the entries, in the network's order, without the input.
  package let layers: [String]
  /// Methods that were left out, and why.
  package let notes: [String]

  /// Throws for an unknown layer, and when no method can work anywhere.
  package init(_ options: BenchmarkOptions, explainer: Explainer) throws {
    let chosen: [String]
    switch options.layers {
    case .convolutions: chosen = explainer.network.convolutionNames
    case .all: chosen = explainer.layerNames
    case .named(let names):
      let known = explainer.layerNames
      for name in names where !known.contains(name) {
        throw CodedError(
          .unknownLayer,
          "no layer \"\(name)\" with a map: choose of \(known.joined(separator: ", "))"
            + suggestion(for: name, among: known))
      }
      chosen = known.filter(names.contains)
    }
    var (entries, notes): ([Entry], [String]) = ([], [])
    for method in options.methods {
      let network = explainer.network
      // A method may work at one layer alone, or not on this network.
      let layers = method.usesLayer ? chosen.filter { (try? method.layer($0, of: network)) == $0 } : []
      do {
        entries += try (layers.isEmpty ? [method.layer(nil, of: network)] : layers)
          .map { try Entry(method: method.with(options.faithfulness), layer: $0) }
      } catch {
        notes.append("\(method.name) left out: \(error)")
      }
    }
    guard !entries.isEmpty else {
      throw CodedError(.usage, "no method can work on these layers of this network")
    }
    let used = Set(entries.map(\.layer))
    (self.entries, self.notes) = (entries, notes)
    layers = explainer.layerNames.filter(used.contains)
  }
}

extension ExplanationMethod {
  /// The same with the baseline and the seed of the measures of faithfulness, where it takes them.
  package func with(_ options: FaithfulnessOptions) throws -> any ExplanationMethod {
    try with(["baseline": options.baseline.rawValue, "seed": "\(options.seed)"])
  }
}
