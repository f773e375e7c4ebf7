/// What readers of pages and figures call what files name by keys.
extension ExplanationBenchmark {
  /// "Grad-CAM" for `grad-cam`; the key of a method that has no other name.
  public static func methodWords(_ method: String) -> String {
    switch method {
    case "grad-cam": "Grad-CAM"
    case "grad-cam++": "Grad-CAM++"
    case "gradient-x-input": "gradient x input"
    case "random-map": "random map"
    case "energy-map": "energy of the input"
    default: method
    }
  }
}

extension ExplanationBenchmark.Subject {
  /// The subject whose map was shuffled; itself where none was.
  public var original: Self {
    isShuffled ? Self(method: String(method.dropFirst(Self.shuffledPrefix.count)), layer: layer) : self
  }

  /// "Grad-CAM", "Grad-CAM, shuffled", "random map".
  public var words: String {
    ExplanationBenchmark.methodWords(original.method) + (isShuffled ? ", shuffled" : "")
  }
}

extension FaithfulnessMetric {
  /// "Average Drop at threshold 10": the title with its mask in words.
  public var words: String {
    let (drop, threshold) = (Self.averageDrop("").name, "threshold-")
    guard name.hasPrefix(drop) else { return self == .road ? "ROAD score" : title }
    let mask = String(name.dropFirst(drop.count))
    if mask.hasPrefix(threshold) { return "Average Drop at threshold \(mask.dropFirst(threshold.count))" }
    switch mask {
    case "hadamard": return "Average Drop, the map as the mask (Hadamard)"
    case FoundingClaims.allThresholds: return "Average Drop, mean over all thresholds"
    default: return title
    }
  }
}
