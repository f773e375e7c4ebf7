import Features
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// A shape says nothing of what numbers are.
@Suite(.tags(.hand)) struct FeatureOriginTests {
  private func folder(_ shape: Shape, sidecar: FeatureSpec? = nil) throws -> TemporaryFolder {
    let folder = try TemporaryFolder(["x.csv": "row,label\n0,A\n"])
    try NumpyFile.write(Tensor(shape: shape), to: folder["x.npy"])
    if let sidecar {
      let description = FeatureStoreDescription(spec: sidecar, rows: shape[0], element: "<f4")
      try JSONEncoder().encode(description).write(to: URL(fileURLWithPath: folder["x.json"]))
    }
    return folder
  }

  @Test(arguments: [[1, 20, 130], [1, 128, 431], [1, 128, 128]] as [Shape])
  func unknownOriginStaysUnknown(_ shape: Shape) throws {
    let folder = try folder(shape)
    let store = try FeatureStore.open(folder["x.npy"])
    #expect(store.spec == nil && store.origin == .unknown)
    #expect(try Dataset.load(folder["x.npy"]).warnings.map(\.code) == [.unknownFeatures])
    let report = try DatasetCheck().run(try Dataset.load(folder["x.npy"]))
    #expect(report.findings.contains { $0.code == .unknownFeatures && $0.severity == .note })
  }

  @Test func aUserStatesIt() throws {
    let folder = try folder([1, 20, 130])
    let dataset = try Dataset.load(folder["x.npy"]).stating(.mfcc20)
    let store = try #require(try dataset.featureStore())
    #expect(store.spec == .mfcc20 && store.origin == .stated && dataset.warnings.isEmpty)
    #expect(try DatasetCheck().run(dataset).findings.allSatisfy { $0.code != .unknownFeatures })
  }

  @Test func aStatementMustFit() throws {
    func message(_ shape: Shape, sidecar: FeatureSpec? = nil, stated: FeatureSpec) throws -> String {
      let folder = try folder(shape, sidecar: sidecar)
      let error = try #require(throws: CodedError.self) {
        _ = try Dataset.load(folder["x.npy"]).stating(stated)
      }
      #expect(error.code == .incompatible)
      return error.message
    }
    #expect(
      try message([1, 128, 431], stated: .mfcc20).contains(
        "128 x 431 (bins x frames), stated are 20 MFCC x 130"))
    #expect(try message([1, 130, 20], stated: .mfcc20).contains("swapped"))
    #expect(
      try message([1, 128, 431], sidecar: .mfcc128, stated: .mel128).contains("kind is mfcc, not melDecibels")
    )
    var broken = FeatureSpec.mfcc20
    broken.hopLength = 0
    #expect(try message([1, 20, 130], stated: broken).contains("hopLength"))
    // What the sidecar says may be said again, and stays what GenreLens wrote.
    let described = try folder([1, 20, 130], sidecar: .mfcc20)
    let same = try Dataset.load(described["x.npy"]).stating(.mfcc20)
    #expect(try same.featureStore()?.origin == .described)
    let sound = Dataset(path: "music", clips: [Clip(name: "a", path: "a.mp3", label: "A")])
    #expect(throws: CodedError.self) { try sound.stating(.mfcc20) }
  }

  @Test func aChannelAxisOfOneIsNoAxis() throws {
    let values = (0..<24).map(Float.init)
    for shape in [[2, 3, 4], [2, 3, 4, 1], [2, 1, 3, 4]] as [Shape] {
      let folder = try folder(shape)
      try NumpyFile.write(Tensor(values, shape: shape), to: folder["x.npy"])
      let store = try FeatureStore.open(folder["x.npy"])
      #expect(store.mapShape == [3, 4] && store.count == 2)
      #expect(store.map(1) == Tensor(Array(values[12...]), shape: [3, 4]))
    }
    // One bin, or one frame.
    for (shape, map) in [([2, 1, 1, 4], [1, 4]), ([2, 3, 1, 1], [3, 1])] as [(Shape, Shape)] {
      let folder = try folder(shape)
      #expect(try FeatureStore.open(folder["x.npy"]).mapShape == map)
    }
    for shape in [[2, 1, 3, 1], [2, 2, 3, 4], [2, 3, 4, 2], [2, 1, 3, 4, 1], [2, 3]] as [Shape] {
      let folder = try folder(shape)
      let error = #expect(throws: CodedError.self) { try FeatureStore.open(folder["x.npy"]) }
      #expect(error?.code == .incompatible, "\(shape)")
    }
  }

  @Test func aCopyOfStatedMapsIsStated() throws {
    let folder = try folder([1, 20, 130])
    let store = try FeatureStore.open(folder["x.npy"], stating: .mfcc20)
    let conversion = try FeatureConversion(from: .mfcc20, to: .smel20, path: store.path)
    try store.writeCopy(to: folder["y.npy"], spec: .smel20, transform: conversion.convert)
    let copy = try FeatureStore.open(folder["y.npy"])
    #expect(copy.spec == .smel20 && copy.origin == .stated)
    try store.writeCopy(to: folder["z.npy"], spec: nil) { $0 }
    #expect(try FeatureStore.open(folder["z.npy"]).origin == .unknown)
  }
}
