import Foundation
import TestSupport
import Testing

@testable import Networks

@Suite(.tags(.reference)) struct LoadingScriptTests {
  /// `Scripts/load-in-pytorch.py` and the golden files' scripts read each kind's formula from one file: it has all kinds.
  @Test func everyKindIsInTheLoadingScript() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Scripts/torch_layers.py")
    let text = try String(contentsOf: path, encoding: .utf8)
    for type in LayerCatalogue.own {
      let kind = type.kind
      #expect(text.contains("@kind(\"\(kind)\")") || text.contains("\"\(kind)\": lambda"), "\(kind)")
    }
    #expect(LayerCatalogue.own.count == Set(LayerCatalogue.own.map { $0.kind }).count)
  }
}

@Suite(.tags(.property)) struct RandomGraphCoverageTests {
  /// The random graphs' tests meet every kind; those that their maps cannot feed are in golden files and tests of their own.
  @Test func randomGraphsHaveEveryKind() {
    var met = Set<String>()
    for seed in UInt64(0)..<40 {
      for architecture in [
        RandomGraph.architecture(seed: seed), RandomGraph.operators(seed: seed),
        RandomGraph.sequences(seed: seed),
      ] { met.formUnion(architecture.nodes.map(\.layer.kind)) }
    }
    let missing = LayerCatalogue.own.map { $0.kind }.filter { !met.contains($0) }
    // Its input are indices.
    #expect(missing == ["embedding"])
  }
}
