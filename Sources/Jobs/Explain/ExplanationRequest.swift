public import Analysis
public import Datasets
public import Explanation
import Features
import Files
import Models
import Networks
public import Report
import Tensors

/// What is to be explained, and how.
///
/// ```swift
/// var request = ExplanationRequest()
/// (request.className, request.contrastClassName) = ("Folk", "Hip-Hop")     // why the one and not the other
/// let why = try model.explain("song.mp3", request, output: "Output/song")
/// ```
///
/// What is left nil is chosen by the track itself: the class that the whole of it was heard as, and the window that speaks most for it. A
/// window chosen by eye would be the one that fits what one expects.
public struct ExplanationRequest: Sendable {
  /// Which number of the network's output is explained.
  public enum Target: String, Sendable, CaseIterable {
    /// The class's logit.
    case logit
    /// The class's softmax probability.
    case probability
  }

  /// How, with the method's options.
  public var method: any ExplanationMethod = GradCAM()
  /// A layer's name; nil is the last convolution.
  public var layer: String?
  /// A class's name; nil is the class that the whole track was heard as.
  public var className: String?
  /// A class to contrast with: why the one and not the other. The logits' difference is then explained.
  public var contrastClassName: String?
  /// Which number is explained where there is no contrast.
  public var target = Target.logit
  /// Which window is explained.
  public var window = WindowChoice.strongest
  /// Whether every other window is explained too, and the evidence of the whole track written.
  public var explainsEveryWindow = false
  /// Windows of the classification and what they are joined by.
  public var scoring = ScoringOptions()
  /// When the class of a segment changes.
  public var segments = SegmentRule()
  /// Feature file whose training tracks are looked for neighbours; nil looks for none.
  public var neighbors: Dataset?
  /// What was made of ``neighbors`` for several tracks.
  var neighborSearch: NeighborSearch?
  /// The true class, for the title, where it is known.
  public var trueClass: String?
  /// Whether the page is also written as SVG and PDF.
  public var writesVectors = false
  /// In which formats the regions of evidence are written for programs that show sound.
  public var annotations = [AnnotationFormat.audacity]
  /// Whether the kept, the removed and the highlighted sound are written and classified again.
  public var writesSounds = true

  public init() {}

  /// Whether the whole track is explained, as one stretch that was heard in one pass.
  public var isWhole: Bool { scoring.wholeTrack != nil }

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
