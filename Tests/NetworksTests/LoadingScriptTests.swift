import Foundation
import Testing

@testable import Networks

@Suite struct LoadingScriptTests {
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
