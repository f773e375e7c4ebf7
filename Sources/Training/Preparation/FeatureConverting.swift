public import Datasets
public import Features
import Files
import Foundation
import Tensors

extension FeatureFiles {
  /// Writes the maps of a feature file as maps of another kind: fewer coefficients, smoothed mel rows or, of complete MFCC,
  /// mel bands. No sound is decoded. The index is copied; float16 stays float16.
  ///
  /// - Parameter source: how the maps were computed, if no sidecar file says so.
  ///
  /// Throws ``CodedError`` if the requested maps cannot be computed from these, or if it is not known how these were computed.
  ///
  /// - Returns: the number of maps.
  public static func convert(
    _ path: String, to output: String, spec: FeatureSpec, from source: FeatureSpec? = nil
  ) throws -> Int {
    guard hasEnding(output, ".npy") else {
      throw CodedError(.usage, "the name of a feature file ends in .npy", path: output)
    }
    let store = try FeatureStore.open(path, stating: source)
    guard let source = store.spec else {
      throw CodedError(
        .otherFeatures,
        "it is not known how its maps were computed: no .json beside it says so; state it with --from",
        path: path)
    }
    var spec = spec
    // No conversion can change which channel was heard.
    spec.mono = source.mono
    try spec.validate()
    let conversion = try FeatureConversion(from: source, to: spec, path: path)
    try WrittenFiles.features(output).requireApart(from: FeatureStore.files(readAt: path))
    try createFolder(folder(of: output))
    try store.writeCopy(
      to: output, mapShape: [spec.binCount, spec.frameCount], spec: spec,
      element: store.description?.element == NumpyElement.float16.rawValue ? .float16 : .float32,
      transform: conversion.convert)
    return store.count
  }
}
