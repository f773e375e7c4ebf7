import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// Links between folders and files: each sound once, nothing searched twice, and what is left out is named.
@Suite(.tags(.hand, .hostile)) struct FolderLinksTests {
  private func names(_ folder: TemporaryFolder, _ clips: [Clip]) -> [String] {
    clips.map { below($0.path ?? "", folder.path) ?? "" }
  }

  private func link(_ target: String, _ name: String, in folder: TemporaryFolder) throws {
    #expect(unsafe symlink(target, folder[name]) == 0)
  }

  @Test("a link back up is named and everything else is found")
  func loops() throws {
    let folder = try TemporaryFolder(["Folk/a.wav": "a", "Hip-Hop/h.wav": "h", "Folk/Deep/b.wav": "b"])
    try link("..", "Folk/up", in: folder)
    try link(".", "Folk/Deep/self", in: folder)
    try link("../../..", "Hip-Hop/far", in: folder)
    let dataset = try Dataset.load(folder.path)
    #expect(names(folder, dataset.clips) == ["Folk/Deep/b.wav", "Folk/a.wav", "Hip-Hop/h.wav"])
    let left = dataset.warnings.filter { $0.code == .linkLeftOut }.map(\.message)
    #expect(left.count == 3)
    for name in ["Folk/up", "Folk/Deep/self", "Hip-Hop/far"] {
      #expect(left.contains { $0.hasPrefix(folder[name] + ": a link to a folder that is searched already") })
    }
    #expect(names(folder, try Dataset.gather([folder.path]).clips).count == 3)
  }

  @Test("a folder that is linked from elsewhere is searched once, under the name where it stands")
  func linkedFolders() throws {
    let outside = try TemporaryFolder(["Album/x.wav": "x"])
    let folder = try TemporaryFolder(["Zeta/b.wav": "b", "Other/c.wav": "c"])
    try link("Zeta", "Alpha", in: folder)
    try link(outside["Album"], "Other/linked", in: folder)
    try link(outside["Album"], "Other/twice", in: folder)
    let dataset = try Dataset.load(folder.path)
    #expect(names(folder, dataset.clips) == ["Other/c.wav", "Other/linked/x.wav", "Zeta/b.wav"])
    #expect(dataset.warnings.map(\.code) == [.linkLeftOut, .linkLeftOut])
  }

  @Test("a second link to a file says nothing new in its genre, and is a clip under another one")
  func linkedFiles() throws {
    let folder = try TemporaryFolder(["Folk/z.wav": "z", "Pop/p.wav": "p"])
    try link("z.wav", "Folk/a.wav", in: folder)
    try link("../Folk/z.wav", "Pop/q.wav", in: folder)
    let dataset = try Dataset.load(folder.path)
    #expect(names(folder, dataset.clips) == ["Folk/z.wav", "Pop/p.wav", "Pop/q.wav"])
    #expect(
      dataset.warnings.map(\.message) == [
        "\(folder["Folk/a.wav"]): a link to \(folder["Folk/z.wav"]); left out"
      ])
    // Without genres the file is one file.
    #expect(try Dataset.gather([folder.path]).clips.count == 2)
  }

  @Test("a link to nothing is named, and left out of a manifest with its reason")
  func brokenLinks() throws {
    let folder = try TemporaryFolder(["Folk/a.wav": "a", "Pop/p.wav": "p"])
    try link("nowhere.wav", "Folk/gone.wav", in: folder)
    try link("nowhere", "Folk/album", in: folder)
    let dataset = try Dataset.load(folder.path)
    #expect(dataset.warnings.map(\.message) == ["\(folder["Folk/album"]): a link to nothing; left out"])
    let catalog = try FolderCollection(folder: folder.path).catalog()
    #expect(catalog.dataset.clips.count == 2)
    #expect(
      catalog.leftOut == [.init(path: folder["Folk/gone.wav"], code: "missing", reason: "a link to nothing")])
  }

  @Test("depth is no fault")
  func depth() throws {
    let path = (["Folk"] + Array(repeating: "d", count: 60) + ["a.wav"]).joined(separator: "/")
    let folder = try TemporaryFolder([path: "a", "Pop/p.wav": "p"])
    #expect(try Dataset.load(folder.path).clips.count == 2)
  }
}
