import Features
import Files
package import Models
import Networks
package import Tensors

/// Where a window's map came from.
package enum WindowPlace: Sendable, Hashable, Codable {
  /// Second of the sound file.
  case at(Double)
  /// Row of the feature file, and the frame of it at which the window begins.
  case row(Int, frame: Int = 0)
}

/// A track's probabilities, window by window and over all.
package struct TrackScores: Sendable, Codable {
  /// A window and what is said of it alone.
  package struct Window: Sendable, Codable {
    package let place: WindowPlace
    package let probabilities: [Double]
  }

  /// In time order.
  package let windows: [Window]
  /// What the windows say together, in the model's label order.
  package let probabilities: [Double]
  /// The class that they choose (the first of equals).
  package let predicted: Int

  package init(windows: [Window], average: WindowAverage) {
    self.windows = windows
    let all = windows.map(\.probabilities)
    (probabilities, predicted) = (average.combined(all), average.choice(of: all))
  }

  /// The window that speaks most for a class; one that is in good part added silence only where all are.
  ///
  /// - Parameter isPaddedInGoodPart: whether more than a tenth of a window is silence that was added after the sound.
  func strongestWindow(for classIndex: Int, isPaddedInGoodPart: (WindowPlace) -> Bool) -> WindowPlace? {
    let heard = windows.filter { !isPaddedInGoodPart($0.place) }
    return (heard.isEmpty ? windows : heard).max {
      $0.probabilities[classIndex] < $1.probabilities[classIndex]
    }?.place
  }

  /// Windows that choose this class by themselves.
  package func windowCount(choosing classIndex: Int) -> Int {
    windows.count { $0.probabilities.indexOfLargest == classIndex }
  }
}

/// Runs a track's windows through a model, some at a time, so that a long track needs no more memory than a short one.
package struct WindowScorer: Sendable {
  package let model: GenreModel
  package var average = WindowAverage.probability
  /// Copies of each window, shifted in time by up to a sixteenth of it, whose mean probability is the window's.
  package var shiftCount = 1
  /// What logits are divided by.
  package var temperature = 1.0
  /// Windows of one forward pass.
  package var batchSize: Int

  package init(
    model: GenreModel, average: WindowAverage = .probability, shiftCount: Int = 1, temperature: Double = 1
  ) {
    (self.model, self.average) = (model, average)
    (self.shiftCount, self.temperature) = (shiftCount, temperature)
    batchSize = model.network.passSize(upTo: 16)
  }

  /// Scores the windows that `windows` hands over, in order. Throws when there is none or the model gives values that
  /// are no numbers, and whatever `windows` throws.
  package func scores(
    of name: String, _ windows: ((Tensor, WindowPlace) throws -> Void) throws -> Void
  ) throws -> TrackScores {
    try scores(of: name, observing: [], looking: { _ in }, windows)
  }

  /// The same with values of the network that each pass keeps for `look`.
  func scores(
    of name: String, observing observed: [String], looking look: @escaping (ForwardTrace) -> Void,
    _ windows: ((Tensor, WindowPlace) throws -> Void) throws -> Void
  ) throws -> TrackScores {
    var results: [TrackScores.Window] = []
    var waiting: [(map: Tensor, place: WindowPlace)] = []
    func flush() {
      guard !waiting.isEmpty else { return }
      results += zip(waiting, probabilities(of: waiting.map(\.map), observed, look)).map {
        TrackScores.Window(place: $0.place, probabilities: $1)
      }
      waiting.removeAll(keepingCapacity: true)
    }
    try windows { map, place in
      waiting.append((map, place))
      if waiting.count * shiftCount >= batchSize { flush() }
    }
    flush()
    guard !results.isEmpty else { throw CodedError(.badInput, "nothing in it to classify", path: name) }
    guard results.allSatisfy({ $0.probabilities.allSatisfy(\.isFinite) }) else {
      throw CodedError(.badInput, "the model's output for it is not a number", path: name)
    }
    return TrackScores(windows: results, average: average)
  }

  /// The probabilities of each map: the mean over its shifted copies.
  private func probabilities(
    of maps: [Tensor], _ observed: [String], _ look: (ForwardTrace) -> Void
  ) -> [[Double]] {
    let standardized = maps.map { model.normalization.apply(to: $0) }
    let copies = standardized.flatMap { map in shifts(of: map).map { map.shiftedInTime(by: $0) } }
    let shape = Shape([copies.count] + model.network.inputShape.dimensions)
    let trace = model.network.forward(Tensor.stack(copies).reshaped(shape), observing: observed)
    look(trace)
    let logits = trace.logits
    let divisor = Float(temperature)
    let scores = model.network.architecture.outputFunction.probabilities(
      divisor == 1 ? logits : logits.map { $0 / divisor })
    let rows = (0..<copies.count).map { scores.item($0).values.map { Double($0) } }
    return maps.indices.map { index in
      WindowAverage.probability.combined(Array(rows[index * shiftCount..<(index + 1) * shiftCount]))
    }
  }

  /// Evenly spaced from minus to plus a sixteenth of the frames.
  private func shifts(of map: Tensor) -> [Int] {
    guard shiftCount > 1 else { return [0] }
    let reach = Double(max(1, map.shape[1] / 16))
    return (0..<shiftCount).map { index in
      Int((reach * (2 * Double(index) / Double(shiftCount - 1) - 1)).rounded())
    }
  }
}

extension Tensor {
  /// A map `[F, T]` that begins `frames` later; what moves out at one end comes in at the other.
  func shiftedInTime(by frames: Int) -> Tensor {
    guard frames != 0 else { return self }
    let (bins, count) = (shape[0], shape[1])
    var result = self
    result.withMutableSpan { target in
      for bin in 0..<bins {
        for frame in 0..<count {
          let source = ((frame + frames) % count + count) % count
          target[bin * count + frame] = values[bin * count + source]
        }
      }
    }
    return result
  }

  /// The frames `start ..< start + count` of a map `[F, T]`.
  package func frames(from start: Int, count: Int) -> Tensor {
    guard start != 0 || count != shape[1] else { return self }
    var result: [Float] = []
    result.reserveCapacity(shape[0] * count)
    for bin in 0..<shape[0] {
      let first = bin * shape[1] + start
      result += values[first..<first + count]
    }
    return Tensor(result, shape: [shape[0], count])
  }
}
