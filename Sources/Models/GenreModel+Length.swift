import Features
public import Networks
import Tensors

/// A model over another stretch of time than the windows it was trained on.
///
/// ```swift
/// let model = try GenreModel(path: "model.safetensors")
/// // Where `model.acceptsAnyLength`; `model.fixedLengthReason` says why not.
/// let logits = try model.wholeTrack.network.forward(Tensor.stack([model.wholeTrack.input(map)])).logits
/// ```
extension GenreModel {
  /// Whether maps of any length can be classified: no array of the network and no standardisation depends on the length.
  ///
  /// True for networks that pool over all frames, read a recurrent layer's last state or use attention; false if a dense layer
  /// reads every frame.
  public var acceptsAnyLength: Bool { fixedLengthReason == nil }

  /// Why only windows of one length can be classified, as a clause; nil if maps of any length can. Cost: shapes only.
  public var fixedLengthReason: String? {
    if let problem = network.architecture.fixedLengthProblem {
      return problem.node.isEmpty ? problem.message : "layer '\(problem.node)': \(problem.message)"
    }
    if normalization.granularity == .perFeature {
      return
        "its standardisation (per-feature) has a mean of its own for each of the \(normalization.mean.shape[1]) frames of a window"
    }
    return nil
  }

  /// The same model for maps of any length from ``shortestFrameCount``: the same weights, and the same bytes for a map of the
  /// usual length. Throws ``fixedLengthReason``.
  public var wholeTrack: GenreModel {
    get throws(ArchitectureError) { try with(network.withFreeLength(), frontEnd) }
  }

  /// The same model with a window of this many samples. Throws if it does not accept that length.
  public func withWindow(sampleCount: Int) throws(ArchitectureError) -> GenreModel {
    guard var spec = featureSpec else {
      throw ArchitectureError("features of unknown origin have no samples")
    }
    spec.sampleCount = sampleCount
    return try with(network.withLength(spec.frameCount), .sound(spec))
  }

  /// The shortest map that the network accepts, in frames: pooling and kernels must fit.
  public var shortestFrameCount: Int { network.architecture.length(atLeast: 1) ?? network.inputShape[2] }

  private func with(_ network: Network, _ frontEnd: FrontEnd?) throws(ArchitectureError) -> GenreModel {
    if let fixedLengthReason { throw ArchitectureError(fixedLengthReason) }
    return GenreModel(
      network: network, labels: labels, frontEnd: frontEnd, normalization: normalization,
      provenance: provenance, temperature: temperature
    ).takingOver(self)
  }
}
