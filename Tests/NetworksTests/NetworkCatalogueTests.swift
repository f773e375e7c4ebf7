import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite(.tags(.property)) struct NetworkCatalogueTests {
  @Test func namesAreUnique() {
    #expect(Set(NetworkCatalogue.names).count == NetworkCatalogue.names.count)
    #expect(NetworkCatalogue.named("three-block") != nil && NetworkCatalogue.named("threeblock") == nil)
  }

  /// On maps of 3 s of mel bands, which every network of the catalogue takes: as many logits as classes.
  @Test(arguments: NetworkCatalogue.names) func everyNetworkCanBeBuilt(_ name: String) throws {
    let entry = try #require(NetworkCatalogue.named(name))
    let shape = entry.published?.inputShape ?? [1, 96, 128]
    let architecture = try entry.architecture(inputShape: shape, classCount: 3)
    #expect(architecture.name == name && !entry.summary.isEmpty && !entry.source.isEmpty)
    let shapes = try Network(architecture, seed: 1).outputShapes
    #expect(shapes[architecture.outputNames[0]] == [3])
  }

  /// What is too small is an error, not a trap.
  @Test(arguments: NetworkCatalogue.names) func smallMapsAreRefusedOrTaken(_ name: String) throws {
    let entry = try #require(NetworkCatalogue.named(name))
    for shape in [[1, 1, 1], [1, 20, 130], [3, 8, 8], [1, 2, 1]] as [Shape] {
      do {
        let architecture = try entry.architecture(inputShape: shape, classCount: 2)
        _ = try architecture.storedValueCount()
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  /// The table of `docs/networks.md` is that of the catalogue.
  @Test func theDocumentHasTheCataloguesTable() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/networks.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- networks -->\n"))
    let end = try #require(text.range(of: "<!-- end -->", range: start.upperBound..<text.endIndex))
    var renewed = text
    renewed.replaceSubrange(start.upperBound..<end.lowerBound, with: try NetworkCatalogue.table())
    if ProcessInfo.processInfo.environment["WRITE_NETWORK_TABLE"] != nil {
      try renewed.write(to: path, atomically: true, encoding: .utf8)
    }
    #expect(
      text == renewed, "write it again: WRITE_NETWORK_TABLE=1 swift test --filter NetworkCatalogueTests")
  }
}
