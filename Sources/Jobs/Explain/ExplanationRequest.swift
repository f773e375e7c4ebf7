public import Analysis
public import Datasets
public import Explanation
import Features
import Files
import Models
import Networks
public import Report
import Tensors

/// What to explain, and how.
///
/// ```swift
/// var request = ExplanationRequest()
/// (request.className, request.contrastClassName) = ("Folk", "Hip-Hop")     // why the one and not the other
/// let why = try model.explain("song.mp3", request, output: "Output/song")
/// ```
///
/// Properties left nil are determined by the track: the class that all of it was heard as, and the window that speaks most for
/// it. A window chosen by eye would be one that fits expectations.
public struct ExplanationRequest: Sendable {
  /// Which number of the network's output to explain.
  public enum Target: String, Sendable, CaseIterable {
    /// The class's logit.
    case logit
    /// The class's softmax probability.
    case probability
  }

  /// The method, with its options.
  public var method: any ExplanationMethod = GradCAM()
  /// Other methods, whose maps of the same input are shown next to that of ``method``.
  public var compared: [any ExplanationMethod] = []
  /// A layer's name; nil is the last convolution. Of several methods those take it that choose a layer.
  public var layer: String?
  /// A class's name; nil is the class that the whole track was heard as.
  public var className: String?
  /// A class to contrast with: why the one and not the other. The difference of the logits is then explained.
  public var contrastClassName: String?
  /// Which number to explain if there is no contrast.
  public var target = Target.logit
  /// Which window to explain.
  public var window = WindowChoice.strongest
  /// Whether to explain every other window too, and to write the evidence over the whole track.
  public var explainsEveryWindow = false
  /// The windows of the classification and how they are combined.
  public var scoring = ScoringOptions()
  /// When the class of a segment changes.
  public var segments = SegmentRule()
  /// A feature file whose training tracks are searched for neighbours; nil for none.
  public var neighbors: Dataset?
  /// What was made of ``neighbors`` for several tracks.
  var neighborSearch: NeighborSearch?
  /// The true class, for the title, if known.
  public var trueClass: String?
  /// Whether the page is also written as SVG and PDF.
  public var writesVectors = false
  /// The formats in which the regions of evidence are written for audio programs.
  public var annotations = [AnnotationFormat.audacity]
  /// Whether to write the kept, removed and highlighted sound and classify it again.
  public var writesSounds = true

  public init() {}

  /// Whether to explain the whole track, heard in one pass.
  public var isWhole: Bool { scoring.wholeTrack != nil }

  /// Throws ``CodedError`` `usage` for parts that only sound has.
  func requireSenseOfPictures() throws(CodedError) {
    let ofSound = [
      ("a chosen window", window != .strongest), ("every window", explainsEveryWindow),
      ("the whole track", isWhole),
      ("a hop", scoring.hopSeconds != nil), ("neighbours", neighbors != nil || neighborSearch != nil),
    ]
    if let (name, _) = ofSound.first(where: \.1) {
      throw CodedError(.usage, "\(name) is for sound: the model takes pictures")
    }
  }

  /// Throws ``CodedError`` `usage` for parts that do not go together.
  func requireSense() throws(CodedError) {
    guard isWhole else { return }
    try scoring.validate()
    let ofWindows = [
      ("a chosen window", window != .strongest), ("every window", explainsEveryWindow),
      ("neighbours, found by windows,", neighbors != nil || neighborSearch != nil),
    ]
    if let (name, _) = ofWindows.first(where: \.1) {
      throw CodedError(.usage, "\(name) and the whole track: ask for one of them")
    }
  }

  /// Copies of a whole track in one pass, of methods that make many: as many as the memory allows, 32 at most.
  func copiesPerPass(of model: GenreModel) -> Int {
    let limit = scoring.wholeTrack?.maximumByteCount ?? MemoryLimit.byteCount
    let cost = WholeTrackCost(model, kind: .gradients, limit: limit)
    let samples = model.featureSpec?.sampleCount ?? 1
    return [32, 16, 8, 4, 2].first { cost.fits(sampleCount: samples, copies: $0) } ?? 1
  }

  /// The same, with the training tracks heard once for many explanations. Throws for features that do not fit the model.
  func preparing(for model: GenreModel, job: Job = Job()) throws -> ExplanationRequest {
    var request = self
    if let dataset = neighbors {
      request.neighborSearch = NeighborSearch(try .heard(in: dataset, by: model, job: job.quiet))
      request.neighbors = nil
    }
    return request
  }
}
