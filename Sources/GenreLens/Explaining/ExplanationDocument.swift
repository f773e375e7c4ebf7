/// What `explanation.json` says: one explanation and where its pictures and maps are.
public struct ExplanationDocument: Sendable, Codable, Equatable {
  /// Names relative to the folder of the document.
  public struct Files: Sendable, Codable, Equatable {
    /// The raw signed map at the layer's resolution, `.npy`, row 0 = feature bin 0.
    public let map: String
    /// What the picture shows at the input's resolution, bins x frames, `.npy`.
    public let upsampled: String
    /// The page as PNG.
    public let picture: String
    /// The same page as SVG and PDF, where they were asked for.
    public let vectorPictures: [String]
  }

  /// The sound file.
  public let path: String
  /// For example `grad-cam`.
  public let method: String
  public let layer: String
  /// The explained class.
  public let explainedClass: String
  /// What was differentiated: by default the class's logit.
  public let score: Double
  /// The explained class's softmax probability in this window.
  public let probability: Double
  /// Warnings, such as `no-positive-evidence`.
  public let flags: [String]
  public let files: Files
  /// The class of highest probability in this window.
  public let predictedClass: String
  /// The true class, where it is known.
  public let trueClass: String?
  /// Where the window starts in the track.
  public let startSeconds: Double
  /// Seconds of silence behind a short clip.
  public let paddedSeconds: Double

  private enum CodingKeys: String, CodingKey {
    case path, method, layer
    case explainedClass = "class"
    case score, probability, flags, files, predictedClass, trueClass, startSeconds, paddedSeconds
  }
}
