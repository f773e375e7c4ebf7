import Files
public import Tensors

/// One window of sound as a two-dimensional map: `[F, T]` feature bins by frames, not normalised.
public struct FeatureMap: Sendable {
  /// Values, shape `[F, T]`.
  public let values: Tensor
  /// How they were computed.
  public let spec: FeatureSpec
  /// Where the window starts in the track, in seconds.
  public let startSeconds: Double
  /// Seconds of silence added after a clip that was too short; 0 for a full window.
  public let paddedSeconds: Double

  /// Whether more than half of the window is added silence: see ``PaddedWindow``.
  public var isMostlyPadding: Bool {
    PaddedWindow.isMostlyPadding(paddedSeconds: paddedSeconds, windowSeconds: spec.seconds)
  }

  /// Traps unless `values` is `[binCount, frameCount]`.
  public init(values: Tensor, spec: FeatureSpec, startSeconds: Double = 0, paddedSeconds: Double = 0) {
    demand(
      values.shape == [spec.binCount, spec.frameCount],
      "map \(values.shape) for a spec of [\(spec.binCount), \(spec.frameCount)]")
    self.values = values
    self.spec = spec
    self.startSeconds = startSeconds
    self.paddedSeconds = paddedSeconds
  }
}
