import Features
package import Files
import Models

/// Something in the settings that no training can use.
package struct ConfigurationProblem {
  /// The keys it is about, the likeliest cause first.
  let keys: [String]
  /// Numbers of list items from 1, names in a mapping.
  var items: [String] = []
  /// The end of a sentence that begins with the key: "must be 1 to 8, not 9".
  let message: String

  init(_ keys: [String], items: [String] = [], _ message: String) {
    (self.keys, self.items, self.message) = (keys, items, message)
  }

  /// From an error of decoding: the part that does not fit, as far as the error says.
  init(in error: any Error) {
    if let error = error as? CodedError, error.isOfFeatures {
      self.init(features: error)
      return
    }
    guard let error = error as? DecodingError else {
      self.init([], "these settings cannot be used: \(error)")
      return
    }
    let context: DecodingError.Context? =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context),
        .keyNotFound(_, let context):
        context
      @unknown default: nil
      }
    let name =
      context?.codingPath.filter { $0.intValue == nil }.map(\.stringValue).joined(separator: ".") ?? ""
    self.init(name.isEmpty ? [] : [name], "cannot be used: \(context?.debugDescription ?? "")")
  }

  /// From an error of a feature spec.
  init(features error: CodedError) {
    self.init(error.properties.map { "features." + $0 }, "does not fit: \(error.message)")
  }
}

extension TrainingPlan {
  /// The first value that is out of its range; nil when none is.
  var rangeProblem: ConfigurationProblem? {
    guard let tree = try? ConfigurationTree(of: self) else {
      return ConfigurationProblem([], "these settings cannot be encoded")
    }
    for key in ConfigurationKey.all {
      let value = tree.value(at: key.path) ?? .none
      if let problem = key.kind.problem(with: value) {
        return ConfigurationProblem([key.name], items: problem.items, problem.message)
      }
    }
    return nil
  }

  /// Throws ``CodedError`` `usage` for a setting that only sound has, in a training on pictures.
  ///
  /// - Parameter place: where features of sound were to be kept.
  package func requireSenseOfPictures(featuresPath place: String?) throws(CodedError) {
    let ofSound: [(String, Bool)] = [
      ("features", statesFeatures), ("a place for features", place != nil),
      ("windows", windows != WindowSettings()),
      ("windowsPerRecording", training.windowsPerRecording != 0), ("cropFrames", training.cropFrames != 0),
      ("augmentation", training.augmentation != Augmentation()),
    ]
    if let (name, _) = ofSound.first(where: \.1) {
      throw CodedError(
        .usage, "\(name): only for sound; these are pictures (pictures.mirror and pictures.shift move them)")
    }
    if training.normalization == .perFeature {
      throw CodedError(.usage, "normalization: per-feature is for maps; pictures are standardised by channel")
    }
  }

  /// The first value that is out of its range, else the first values that do not fit each other; nil when all is well.
  ///
  /// Whether this processor has the precision is not asked: a checkpoint of a machine that can more is no mistake.
  package func firstProblem() -> ConfigurationProblem? {
    if let problem = rangeProblem { return problem }
    if Set(genres).count < genres.count { return ConfigurationProblem(["genres"], "names a genre twice") }
    if let problem = split.problem {
      return ConfigurationProblem([problem.key, "split.validFraction"], problem.message)
    }
    if windows.taken == .first, windows.hopSeconds != nil || windows.most > 0 {
      return ConfigurationProblem(
        [windows.hopSeconds != nil ? "windows.hopSeconds" : "windows.most"],
        "needs windows.taken: all; the first window has no next one")
    }
    if let problem = training.relationProblem { return problem }
    do { try features.validate() } catch { return ConfigurationProblem(features: error) }
    return nil
  }
}
