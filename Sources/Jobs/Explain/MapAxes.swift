import Features
import Models
import Networks
import Report
import Tensors

/// What the rows and columns of a model's maps are.
struct MapAxes {
  /// Rows of the input: quefrency for MFCC, Hz for mel bands.
  let bins: FigureAxis
  /// Columns of the input, in seconds where the features are known, else in frames.
  let time: FigureAxis
  /// `[F, T]` of the input.
  let inputShape: Shape

  /// - Parameter startSeconds: where the window starts in its track.
  init(of model: GenreModel, startSeconds: Double = 0) {
    let shape = Shape(Array(model.network.inputShape.dimensions.dropFirst()))
    inputShape = shape
    if let spec = model.featureSpec {
      time = .seconds(
        frameCount: shape[1], secondsPerFrame: Double(spec.hopLength) / Double(spec.sampleRateHz),
        start: startSeconds)
    } else {
      let step = max(1, shape[1] / 6)
      time = FigureAxis(
        label: "frame",
        ticks: stride(from: 0, to: shape[1], by: step).map {
          AxisTick(position: Double($0) + 0.5, label: "\($0)")
        })
    }
    if let centers = model.featureSpec?.rowCentersHz {
      bins = .mel(centersHz: centers)
    } else {
      bins = .quefrency(binCount: shape[0])
    }
  }

  /// The axes of a map of another resolution that covers the whole input.
  func resampled(to shape: Shape) -> (time: FigureAxis, bins: FigureAxis) {
    (time.resampled(from: inputShape[1], to: shape[1]), bins.resampled(from: inputShape[0], to: shape[0]))
  }
}
