import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// The files of a store change together, wherever the process is killed.
@Suite(.tags(.property)) struct StorePublicationTests {
  /// A store whose maps, index and description all say which one it is.
  private func write(_ path: String, _ value: Float, count: Int = 3) throws {
    var writer = try FeatureStoreWriter(path: path, binCount: 1, frameCount: 2, spec: nil)
    for _ in 0..<count {
      try writer.append(Tensor(repeating: value, shape: [1, 2]), for: Clip(name: "t", label: "\(value)"))
    }
    try writer.finish()
  }

  /// The new store's files under working names, and the list, as a process leaves them that is killed there.
  private func prepare(_ folder: TemporaryFolder) throws -> StoreFiles {
    try write(folder["new/x.npy"], 2, count: 4)
    let files = StoreFiles(folder["x.npy"])
    for (name, final) in [("x.csv", "x.csv"), ("x.json", "x.json"), ("x.npy", "x.npy")] {
      try FileManager.default.moveItem(
        atPath: folder["new/\(name)"], toPath: StoreFiles.working(folder[final]))
    }
    return files
  }

  @Test func killedBetweenTwoRenamesItIsRefusedAndThenRepaired() throws {
    let list = "rename x.csv\nrename x.json\nremove x.sources.csv\nrename x.npy\n"
    for killedAfter in 0...3 {
      let folder = try TemporaryFolder(["new/keep": "", "x.sources.csv": "old"])
      try write(folder["x.npy"], 1)
      let files = try prepare(folder)
      try folder.write(list, to: ".x.npy.commit")
      for path in ["x.csv", "x.json", "x.npy"].prefix(killedAfter).map({ folder[$0] }) {
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: StoreFiles.working(path), toPath: path)
      }
      let error = try #require(throws: CodedError.self) { _ = try FeatureStore.open(folder["x.npy"]) }
      #expect(error.code == .unfinished, "killed after \(killedAfter)")
      #expect(throws: CodedError.self) { _ = try Dataset.load(folder["x.npy"]) }
      try StorePublication(files: files).recover()
      let store = try FeatureStore.open(folder["x.npy"])
      #expect(store.count == 4 && store.map(3)[0, 0] == 2 && store.clips.allSatisfy { $0.label == "2.0" })
      #expect(try folder.names == ["new", "x.csv", "x.json", "x.npy"])
    }
  }

  @Test func theNextWriterRepairsFirst() throws {
    let folder = try TemporaryFolder(["new/keep": ""])
    try write(folder["x.npy"], 1)
    _ = try prepare(folder)
    try folder.write("rename x.csv\nrename x.json\nrename x.npy\n", to: ".x.npy.commit")
    do { _ = try FeatureStoreWriter(path: folder["x.npy"], binCount: 1, frameCount: 2, spec: nil) }
    #expect(try FeatureStore.open(folder["x.npy"]).count == 4)
  }

  @Test func aHostileListTouchesNothingElse() throws {
    let folder = try TemporaryFolder(["other.csv": "keep", "new/keep": ""])
    try write(folder["x.npy"], 1)
    try folder.write(
      "remove other.csv\nremove ../x\nrename /etc/passwd\nremove\n\n \nremove new\nx", to: ".x.npy.commit")
    try StorePublication(files: StoreFiles(folder["x.npy"])).recover()
    #expect(try folder.names == ["new", "other.csv", "x.csv", "x.json", "x.npy"])
    #expect(try FeatureStore.open(folder["x.npy"]).count == 3)
  }

  /// Readers that open the store while it is replaced again and again see one or the other.
  @Test func readersNeverSeeAMixture() async throws {
    let folder = try TemporaryFolder()
    let path = folder["x.npy"]
    try write(path, 1, count: 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 1...30 {
          var writer = try FeatureStoreWriter(path: path, binCount: 1, frameCount: 2, spec: nil)
          for _ in 0..<round {
            try writer.append(
              Tensor(repeating: Float(round), shape: [1, 2]), for: Clip(name: "t", label: "\(round)"))
          }
          try writer.finish()
        }
      }
      group.addTask {
        var seen = 0
        for _ in 0..<60 {
          let store: FeatureStore
          do {
            store = try FeatureStore.open(path)
          } catch let error as CodedError where error.code == .busy {
            // Where processors are short a writer may be in the middle for longer than a reader waits: that is said.
            continue
          }
          seen += 1
          #expect(store.clips.count == store.count)
          #expect(store.clips.allSatisfy { $0.label == "\(Int(store.map(0)[0, 0]))" || store.count == 1 })
        }
        #expect(seen > 0)
      }
      try await group.waitForAll()
    }
  }
}
