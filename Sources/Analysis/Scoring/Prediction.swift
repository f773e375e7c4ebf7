public import Files
import Foundation
import Statistics

/// A model's prediction for one labelled track.
public struct Prediction: Sendable, Codable, Hashable {
  /// The track's path as named in the data set; identifies the track.
  public var path: String
  /// The track's name for people; shown in figures and pages.
  public var name: String
  /// The true label.
  public var label: String
  /// The label the model chose.
  public var predicted: String
  /// Part of the data set (train, valid, test).
  public var split: String?
  /// The group that splits keep together: artist or album.
  public var group: String?
  /// Softmax probabilities in the model's label order; empty when they are not known.
  public var probabilities: [Double]
  /// The row of the feature file that distinguishes the track from others with its name, which ``path`` then ends with; nil if
  /// the data set's own path, number or name is enough.
  public var row: Int?

  /// Seconds of silence added after its sound; nil if there are none.
  public var paddedSeconds: Double?

  /// `name` is the last part of `path` unless given.
  public init(
    path: String, name: String? = nil, label: String, predicted: String, split: String? = nil,
    group: String? = nil, probabilities: [Double] = [], row: Int? = nil
  ) {
    self.path = path
    self.name = name ?? lastName(path)
    self.label = label
    self.predicted = predicted
    self.split = split
    self.group = group
    self.probabilities = probabilities
    self.row = row
  }

  /// Whether the model was right.
  public var isCorrect: Bool { label == predicted }

  /// The largest probability: the model's confidence in its choice; nil if probabilities are not known.
  public var confidence: Double? { probabilities.max() }

  /// The probability of one label under the model's label order; nil when it is not known.
  public func probability(of name: String, labels: [String]) -> Double? {
    guard let index = labels.firstIndex(of: name), index < probabilities.count else { return nil }
    return probabilities[index]
  }

  /// Cross-entropy in nats, -ln p of the true label, with p clipped to within 2.2e-16 of 0 and 1: the log loss is its mean over
  /// tracks. Nil when probabilities are not known.
  public func loss(labels: [String]) -> Double? {
    probability(of: label, labels: labels).map { Calibration.loss(ofProbability: $0) }
  }

  /// Throws ``CodedError`` unless both labels are among `labels` and the probabilities are one for each label within 0 and 1.
  func check(labels: [String]) throws(CodedError) {
    for name in [label, predicted] where !labels.contains(name) {
      throw CodedError(
        .unknownLabel, "label “\(name)” is not one of the model's: \(labels.joined(separator: ", "))",
        path: path)
    }
    guard probabilities.isEmpty || probabilities.count == labels.count else {
      throw CodedError(
        .badProbabilities, "\(probabilities.count) probabilities for \(labels.count) labels", path: path)
    }
    // A softmax in single precision may pass 1 by its last digits.
    guard probabilities.allSatisfy({ $0.isFinite && $0 >= -1e-6 && $0 <= 1 + 1e-6 }) else {
      throw CodedError(.badProbabilities, "probabilities must lie within 0 and 1", path: path)
    }
  }
}

extension Prediction {
  /// By how much the most probable class leads the second one; nil when probabilities are not known.
  public var margin: Double? {
    guard probabilities.count > 1 else { return nil }
    let sorted = probabilities.sorted(by: >)
    return sorted[0] - sorted[1]
  }

  /// The correct predictions with the smallest ``margin``, the smallest first; ties are ordered by path.
  public static func mostAmbiguous(_ predictions: [Prediction], count: Int) -> [Prediction] {
    let right = predictions.filter { $0.isCorrect && $0.margin != nil }
    let sorted = right.sorted { ($0.margin ?? 0, $0.path) < ($1.margin ?? 0, $1.path) }
    return Array(sorted.prefix(count))
  }

  /// Divides predictions into those that can be counted under `labels` and those that cannot, each with its reason.
  public static func partition(
    _ predictions: [Prediction], labels: [String]
  ) -> (usable: [Prediction], leftOut: [LeftOutInput]) {
    var usable: [Prediction] = []
    var leftOut: [LeftOutInput] = []
    for prediction in predictions {
      do {
        try prediction.check(labels: labels)
        usable.append(prediction)
      } catch {
        leftOut.append(
          LeftOutInput(path: prediction.path, code: error.code.rawValue, reason: error.message))
      }
    }
    return (usable, leftOut)
  }
}
