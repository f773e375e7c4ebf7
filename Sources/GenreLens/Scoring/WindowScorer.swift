import Tensors
import Training

/// Where a window's map came from.
enum WindowPlace: Sendable, Hashable {
  /// Second of the sound file.
  case at(Double)
  /// Row of the feature file.
  case row(Int)
}

/// A track's probabilities, window by window and over all.
struct TrackScores: Sendable {
  /// Probabilities of each window, in time order.
  let windows: [(place: WindowPlace, probabilities: [Double])]
  /// Their mean, in the model's label order.
  let probabilities: [Double]

  /// The class of highest mean probability (the first of equals).
  var predicted: Int { probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0 }

  /// The window that speaks most for a class.
  func strongestWindow(for classIndex: Int) -> WindowPlace? {
    windows.max { $0.probabilities[classIndex] < $1.probabilities[classIndex] }?.place
  }
}

/// Runs a track's windows through a model, some at a time, so that a long track needs no more memory than a short one.
struct WindowScorer {
  let model: GenreModel
  /// Windows of one forward pass.
  var batchSize = 16

  /// Scores the windows that `windows` hands over, in order. Throws when there is none or the model gives values that
  /// are no numbers, and whatever `windows` throws.
  func scores(
    of name: String, _ windows: ((Tensor, WindowPlace) throws -> Void) throws -> Void
  ) throws -> TrackScores {
    var results: [(place: WindowPlace, probabilities: [Double])] = []
    var waiting: [(map: Tensor, place: WindowPlace)] = []
    func flush() {
      guard !waiting.isEmpty else { return }
      let stacked = Tensor.stack(waiting.map { model.normalization.apply(to: $0.map) })
      let shape = Shape([waiting.count, 1] + waiting[0].map.shape.dimensions)
      let probabilities = model.network.forward(stacked.reshaped(shape)).probabilities
      for (index, item) in waiting.enumerated() {
        results.append((item.place, probabilities.item(index).values.map { Double($0) }))
      }
      waiting.removeAll(keepingCapacity: true)
    }
    try windows { map, place in
      waiting.append((map, place))
      if waiting.count == batchSize { flush() }
    }
    flush()
    guard !results.isEmpty else { throw GenreLensError(.badInput, "nothing in it to classify", path: name) }
    guard results.allSatisfy({ $0.probabilities.allSatisfy(\.isFinite) }) else {
      throw GenreLensError(.badInput, "the model's output for it is not a number", path: name)
    }
    let mean = model.labels.indices.map { index in
      results.reduce(0) { $0 + $1.probabilities[index] } / Double(results.count)
    }
    return TrackScores(windows: results, probabilities: mean)
  }
}
