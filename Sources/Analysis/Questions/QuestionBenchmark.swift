public import Files
public import Statistics

/// How well a model answers questions about pictures of one shape each, and how often its maps peak in the shape.
///
/// The pointing game (Zhang et al. 2018, doi:10.1007/s11263-017-1059-x): a map hits if its largest value is in the shape, whose
/// pixels are all that differ from the picture's most frequent colour. A map without a positive value misses.
public struct QuestionBenchmark: Sendable, Codable {
  /// Right answers among the questions of one kind.
  public struct Answers: Sendable, Codable {
    /// nil for all.
    public let kind: PictureQuestionList.Kind?
    public let count: Int
    public let pictureCount: Int
    public let correct: Int
    /// 95 %, over pictures.
    public let interval: ConfidenceInterval
    public var share: Double { Double(correct) / Double(count) }
  }

  /// The hits of one method at one layer, or of a control, among the questions of one kind.
  public struct Pointing: Sendable, Codable {
    public let method: String
    public let layer: String
    public let control: Control?
    public let kind: PictureQuestionList.Kind?
    public let count: Int
    public let hits: Int
    public let interval: ConfidenceInterval
    /// Maps without a positive value.
    public let empty: Int
    /// Mean share of the map that is in the shape; nil for the map of another picture, of which only the peak is laid on this one.
    public let inside: Double?
    /// 95 %, over pictures; nil where they do not differ.
    public let insideInterval: ConfidenceInterval?
    /// Difference of the hits from those of the same maps laid on another picture, with its interval.
    public let aboveOtherPicture: Double?
    public let aboveOtherPictureInterval: ConfidenceInterval?
    public var share: Double { Double(hits) / Double(count) }
  }

  /// Maps that need no answer.
  public enum Control: String, Sendable, Codable, CaseIterable {
    /// Uniform random numbers at the layer's resolution.
    case random = "random map"
    /// How far each pixel is from the most frequent colour: in the shape by definition.
    case energy = "energy map"
    /// The method's map of another picture.
    case otherPicture = "map of another picture"
    /// The method's map of the same answer to no question: a bag without a word.
    case noQuestion = "map without a question"
  }

  /// How much a question changes the map: the correlation of the map of an answer with that of the same answer to no question.
  public struct Likeness: Sendable, Codable {
    public let method: String
    public let layer: String
    public let toNoQuestion: Double
    /// 95 %, over pictures.
    public let interval: ConfidenceInterval?
  }

  public var answers: [Answers] = []
  public var pointing: [Pointing] = []
  public var likeness: [Likeness] = []
  /// Mean share of a picture that its shape takes: what a random place hits.
  public var area = 0.0
  public var pictureCount = 0
  /// Questions with words that the model does not know, and pictures that could not be read.
  public var leftOut: [LeftOutInput] = []
  public var notes: [String] = []

  public init() {}
}
