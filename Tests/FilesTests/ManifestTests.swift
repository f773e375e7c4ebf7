import Files
import TestSupport
import Testing

/// The manifest says what modules import, no more and no less: what is not declared builds only as long as another target
/// happens to be built first.
@Suite(.tags(.hand)) struct ManifestTests {
  private static let root = folder(of: OneDoorTests.sources)

  /// Names in quotes behind `dependencies:` of each target, by the target's name.
  private static func declared() throws -> [String: Set<String>] {
    let text = String(pathBytes: try FileSystem.contents(join(root, "Package.swift")))
    // The first part is what stands before the first target.
    return text.split(separator: "arget(").dropFirst().reduce(into: [:]) { result, part in
      guard let name = part.firstMatch(of: /name: "(\w+)"/) else { return }
      let list = part.firstMatch(of: /dependencies: \[([^\[\]]*)\]/).map { String($0.1) } ?? ""
      let names = list.replacing(/, package: "[^"]*"/, with: "").matches(of: /"(\w+)"/)
      result[String(name.1)] = Set(names.map { String($0.1) })
    }
  }

  private static func imports(below path: String) throws -> Set<String> {
    try OneDoorTests.files(below: path).reduce(into: []) { result, file in
      let text = String(pathBytes: try FileSystem.contents(file))
      for match in text.matches(of: /(?:^|\n)(?:@\w+ )*(?:public |package )?import (?:struct |func )?(\w+)/) {
        result.insert(String(match.1))
      }
    }
  }

  @Test func targetsDeclareWhatTheyImport() throws {
    let targets = try Self.declared()
    #expect(targets.count > 20)
    let system: Set = ["Foundation", "Synchronization", "Testing"]
    // Linked for the thread sanitizer, imported by nobody.
    let linkedOnly: Set = ["CMutexWatch"]
    for (name, dependencies) in targets {
      let places = ["Sources", "Tests"].map { join(join(Self.root, $0), name) }
      guard let place = places.first(where: FileSystem.isFolder),
        try !OneDoorTests.files(below: place).isEmpty
      else { continue }
      let imports = try Self.imports(below: place).subtracting(system)
      #expect(imports.subtracting(dependencies).isEmpty, "\(name) imports without declaring")
      #expect(
        dependencies.subtracting(imports).subtracting(linkedOnly).isEmpty,
        "\(name) declares without importing")
    }
  }
}
