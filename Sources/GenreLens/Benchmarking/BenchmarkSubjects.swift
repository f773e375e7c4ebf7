import Analysis
import Explanation
import Files
import Networks
import Tensors

/// Which maps are made: methods at layers.
struct BenchmarkSubjects {
  struct Entry: Sendable {
    let method: ExplanationMethod
    let layer: String

    var subject: ExplanationBenchmark.Subject { .init(method: method.rawValue, layer: layer) }
  }

  let entries: [Entry]
  /// Layers of the entries, in the network's order, without the input.
  let layers: [String]
  /// Methods that were left out, and why.
  let notes: [String]

  /// Throws for an unknown layer, and when no method can work anywhere.
  init(_ options: BenchmarkOptions, explainer: Explainer) throws {
    let chosen: [String]
    switch options.layers {
    case .convolutions: chosen = explainer.network.convolutionNames
    case .all: chosen = explainer.layerNames
    case .named(let names):
      let known = explainer.layerNames
      for name in names where !known.contains(name) {
        throw ExplanationError(
          .unknownLayer,
          "no layer \"\(name)\" with a map: choose of \(known.joined(separator: ", "))"
            + suggestion(for: name, among: known))
      }
      chosen = known.filter(names.contains)
    }
    var (entries, notes): ([Entry], [String]) = ([], [])
    for method in options.methods {
      if !method.usesLayer {
        entries.append(Entry(method: method, layer: Network.inputName))
      } else if method == .cam {
        if let layer = explainer.pooledLayerName {
          entries.append(Entry(method: method, layer: layer))
        } else {
          notes.append("cam left out: the network does not end in global average pooling and one dense layer")
        }
      } else {
        entries += chosen.map { Entry(method: method, layer: $0) }
      }
    }
    guard !entries.isEmpty else {
      throw GenreLensError(.usage, "no method can work on these layers of this network")
    }
    let used = Set(entries.map(\.layer))
    (self.entries, self.notes) = (entries, notes)
    layers = explainer.layerNames.filter(used.contains)
  }
}
