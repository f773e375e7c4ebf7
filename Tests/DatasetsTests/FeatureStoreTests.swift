import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand, .hostile)) struct FeatureStoreTests {
  let maps = (0..<4).map { row in Tensor((0..<6).map { Float(10 * row + $0) }, shape: [2, 3]) }

  func write(_ path: String, element: NumpyElement = .float32, spec: FeatureSpec? = nil) throws {
    var writer = try FeatureStoreWriter(path: path, binCount: 2, frameCount: 3, spec: spec, element: element)
    for (index, map) in maps.enumerated() {
      let clip = Clip(
        name: "t\(index)", path: "/music/\(index).mp3", label: index < 2 ? "A" : "B", split: .train,
        group: "g\(index)",
        startSeconds: Double(index) / 3, paddedSeconds: 0)
      try writer.append(map, for: clip)
    }
    try writer.finish()
  }

  /// A spec whose maps are 2 x 3.
  var smallSpec: FeatureSpec {
    var spec = FeatureSpec()
    (spec.binCount, spec.melBandCount, spec.fftLength, spec.hopLength, spec.sampleCount) = (
      2, 4, 512, 512, 1024
    )
    return spec
  }

  @Test(arguments: [NumpyElement.float32, .float16]) func writtenIsReadBack(element: NumpyElement) throws {
    let folder = try TemporaryFolder()
    try write(folder["x.npy"], element: element, spec: smallSpec)
    #expect(try folder.names == ["x.csv", "x.json", "x.npy"])
    let store = try FeatureStore.open(folder["x.npy"])
    #expect(store.count == 4 && store.mapShape == [2, 3] && store.spec == smallSpec)
    #expect((0..<4).map(store.map) == maps)
    #expect(store.batch([3, 0]) == Tensor(maps[3].values + maps[0].values, shape: [2, 1, 2, 3]))
    #expect(store.clips.map(\.path) == (0..<4).map { "/music/\($0).mp3" })
    #expect(store.clips.map(\.startSeconds) == [0, 0.333333, 0.666667, 1])
    #expect(try Dataset.load(folder["x.npy"]).clips == store.clips)
  }

  @Test func pathsAreRelativeToTheStore() throws {
    let folder = try TemporaryFolder(["in/a.mp3": ""])
    try FileManager.default.createDirectory(atPath: folder["out"], withIntermediateDirectories: true)
    var writer = try FeatureStoreWriter(path: folder["out/x.npy"], binCount: 2, frameCount: 3, spec: nil)
    try writer.append(maps[0], for: Clip(name: "a", path: folder["in/a.mp3"], label: "A"))
    try writer.finish()
    let index = try String(contentsOfFile: folder["out/x.csv"], encoding: .utf8)
    #expect(index == "row,path,label,split,group,start_seconds,padded_seconds,name\n0,../in/a.mp3,A,,,,,a\n")
    #expect(try FeatureStore.open(folder["out/x.npy"]).clips[0].path == folder["in/a.mp3"])
  }

  @Test func aDroppedOrFailedWriterLeavesNothing() throws {
    let folder = try TemporaryFolder()
    do {
      var writer = try FeatureStoreWriter(path: folder["x.npy"], binCount: 2, frameCount: 3, spec: nil)
      try writer.append(maps[0], for: Clip(name: "a", label: "A"))
    }
    #expect(try folder.names.isEmpty)
    #expect(throws: CodedError.self) {
      _ = try FeatureStoreWriter(path: folder["none/x.npy"], binCount: 2, frameCount: 3, spec: nil)
    }
    #expect(throws: CodedError.self) {
      _ = try FeatureStoreWriter(path: folder["x.bin"], binCount: 2, frameCount: 3, spec: nil)
    }
  }

  @Test func aCopyIsTransformedMapByMap() throws {
    let folder = try TemporaryFolder()
    try write(folder["x.npy"])
    let store = try FeatureStore.open(folder["x.npy"])
    let dct = DiscreteCosineTransform(coefficientCount: 1, bandCount: 2)
    try store.writeCopy(to: folder["y.npy"], mapShape: [1, 3], spec: nil) { dct.forward($0) }
    let copy = try FeatureStore.open(folder["y.npy"])
    #expect(copy.clips == store.clips && copy.map(2) == dct.forward(maps[2]))
  }

  @Test func wrongFilesThrow() throws {
    let folder = try TemporaryFolder()
    func code() throws -> CodedError.Code {
      try #require(throws: CodedError.self) { _ = try FeatureStore.open(folder["x.npy"]) }.code
    }
    #expect(try code() == .missing)
    try NumpyFile.write(Tensor(shape: [4, 6]), to: folder["x.npy"])
    #expect(try code() == .incompatible)
    try NumpyFile.write(Tensor(shape: [4, 2, 3]), to: folder["x.npy"])
    for (sidecar, expected) in [
      ("{", .damaged), ("{\"rows\":4}", .damaged),
      ("{\"version\":2,\"rows\":4,\"element\":\"<f4\"}", .incompatible),
      ("{\"version\":1,\"rows\":5,\"element\":\"<f4\"}", .incompatible),
      ("{\"version\":1,\"rows\":4,\"element\":\"<f4\",\"spec\":{\"version\":1}}", .incompatible),
    ] as [(String, CodedError.Code)] {
      try folder.write(sidecar, to: "x.json")
      #expect(try code() == expected, "\(sidecar)")
    }
    try folder.write("{\"version\":1,\"rows\":4,\"element\":\"<f4\",\"scale\":2,\"offset\":1}", to: "x.json")
    try NumpyFile.write(Tensor(repeating: 3, shape: [4, 2, 3]), to: folder["x.npy"])
    #expect(try FeatureStore.open(folder["x.npy"]).map(0) == Tensor(repeating: 7, shape: [2, 3]))
    try folder.write("row,label\n4,A\n", to: "x.csv")
    #expect(try code() == .invalidRow)
  }
}
