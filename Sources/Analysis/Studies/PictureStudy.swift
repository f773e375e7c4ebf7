public import Images

/// A classified picture and its explanation, as a page shows them.
public struct PictureStudy: Sendable {
  /// A class with its probability.
  public struct Share: Sendable, Hashable {
    public let label: String
    public let probability: Double

    public init(label: String, probability: Double) { (self.label, self.probability) = (label, probability) }
  }

  /// One way of looking at the picture again: what of it is shown to the network, and what it makes of that.
  public struct Check: Sendable, Hashable {
    public let name: String
    /// Of the explained class; nil if there is nothing to show.
    public let probability: Double?
    public let remark: String

    public init(name: String, probability: Double?, remark: String) {
      (self.name, self.probability, self.remark) = (name, probability, remark)
    }
  }

  /// A part of the picture that holds much of the evidence.
  public struct Region: Sendable, Hashable {
    public let place: PictureRegion
    /// Share of the evidence.
    public let share: Double

    public init(place: PictureRegion, share: Double) { (self.place, self.share) = (place, share) }
  }

  public var path: String
  /// The path without its folders.
  public var name: String
  /// What was asked about it; the classes are answers then.
  public var question: String?
  /// The class with the highest probability.
  public var predicted: String
  /// The most probable classes, the first is ``predicted``.
  public var shares: [Share]
  public var classCount: Int
  /// What is explained: a class, or "A rather than B".
  public var explained: String
  /// The explained class's own name and probability.
  public var explainedClass: String
  public var explainedProbability: Double
  /// For example "grad-cam at conv10".
  public var mapName: String
  /// The picture's size in pixels.
  public var size: PictureSpec.Size
  /// What of it the network gets; nil for all of it.
  public var seen: PictureRegion?
  /// Where the evidence is, in a sentence; nil if there is none.
  public var sentence: String?
  public var regions: [Region]
  /// The picture, for ``PictureExplanationPage`` a PNG file.
  public var picture: AnalysisResult.Picture
  /// The evidence as a transparent layer over the picture, and alone.
  public var overlay: AnalysisResult.Picture
  public var heat: AnalysisResult.Picture
  /// Whether the picture is so small that its pixels are shown as squares.
  public var showsPixels: Bool
  /// The largest value of the map.
  public var peak: Double
  public var checks: [Check]
  /// What the parts become that are not shown.
  public var fill = "the colour that the network takes for the mean"
  /// What the checks say about the map.
  public var finding: String?
  /// Several methods side by side, if others were asked for too; each has an overlay.
  public var methods: [MethodRow] = []
  public var facts: [AnalysisResult.Fact]
  public var notes: [String]

  public init(
    path: String, name: String, question: String? = nil, predicted: String, shares: [Share], classCount: Int,
    explained: String,
    explainedClass: String, explainedProbability: Double, mapName: String, size: PictureSpec.Size,
    seen: PictureRegion?, sentence: String?, regions: [Region], picture: AnalysisResult.Picture,
    overlay: AnalysisResult.Picture, heat: AnalysisResult.Picture, showsPixels: Bool, peak: Double,
    checks: [Check], finding: String?, facts: [AnalysisResult.Fact], notes: [String]
  ) {
    (self.path, self.name, self.question, self.predicted) = (path, name, question, predicted)
    (self.shares, self.classCount, self.explained) = (shares, classCount, explained)
    (self.explainedClass, self.explainedProbability) = (explainedClass, explainedProbability)
    (self.mapName, self.size, self.seen) = (mapName, size, seen)
    (self.sentence, self.regions) = (sentence, regions)
    (self.picture, self.overlay, self.heat) = (picture, overlay, heat)
    (self.showsPixels, self.peak, self.checks) = (showsPixels, peak, checks)
    (self.finding, self.facts, self.notes) = (finding, facts, notes)
  }
}
