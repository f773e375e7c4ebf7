/// What readers of pages and figures call what files name by keys.
extension ExplanationBenchmark {
  /// "Grad-CAM" for `grad-cam`; the key for a method without another name.
  public static func methodWords(_ method: String) -> String {
    switch method {
    case "grad-cam": "Grad-CAM"
    case "grad-cam++": "Grad-CAM++"
    case "gradient-x-input": "gradient x input"
    case "random-map": "random map"
    case "energy-map": "energy of the input"
    case "center-map": "middle of the picture"
    default: method
    }
  }

  /// Which map: "Grad-CAM at conv3", "gradient x input at the input".
  public static func mapWords(_ method: String, _ layer: String) -> String {
    "\(methodWords(method)) at \(layer == "input" ? "the input" : layer)"
  }
}

extension ExplanationBenchmark.Subject {
  /// The subject whose map was shuffled; itself if none was.
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
    let masked = [Self.averageDrop(""), .increase(""), .averageGain("")].first { name.hasPrefix($0.name) }
    guard let masked else { return self == .road ? "ROAD score" : title }
    let (mask, threshold) = (String(name.dropFirst(masked.name.count)), "threshold-")
    let measure = title.dropLast(mask.count + 2)
    if mask.hasPrefix(threshold) { return "\(measure) at threshold \(mask.dropFirst(threshold.count))" }
    switch mask {
    case "hadamard": return "\(measure), the map as the mask (Hadamard)"
    case FoundingClaims.allThresholds: return "\(measure), mean over all thresholds"
    default: return title
    }
  }
}
