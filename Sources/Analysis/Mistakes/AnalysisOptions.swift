public import Explanation
package import Files
public import Models

/// How a model's errors are looked at.
public struct AnalysisOptions: Sendable {
  public var method: any ExplanationMethod = GradCAM()
  /// A layer's name; nil is the last convolution.
  public var layer: String?
  /// Tracks that the page shows with their maps, beside a typical one of each class; the figures count all.
  public var shown: [ShownTracks] = [.errors, .ambiguous]
  /// The most misclassified tracks that it shows, the surest mistakes first, and the most correct ones, the least sure first; tracks
  /// that are named come on top.
  public var shownErrors = 500
  /// Whether the pictures are also written as SVG and PDF.
  public var writesVectors = false
  /// Heading of the page.
  public var title = "Error report"
  /// What a reader must know, such as that the corpus is synthesised.
  public var notes: [String] = []
  /// How the model was trained, for a curve on the page.
  public var history: [EpochRecord] = []
  /// A store of the features of all tracks of a sound data set, as training makes it; made at `features.npy` in the
  /// report's folder unless given.
  public var featuresPath: String?
  /// A CSV file with further columns to slice by; joined by `path`, `track_id` or `name`.
  public var slicesPath: String?
  /// A folder that a cross-validation wrote: its held-out predictions look for wrong labels.
  public var crossValidationPath: String?
  /// Whether the shown errors' sounds are written.
  public var writesSounds = true
  /// Whether the data set is looked through for wrong labels, copies and leaks.
  public var checksData = true
  /// Tracks on which robustness is measured; 0 measures none.
  public var robustnessTracks = 60
  public var seed: UInt64 = 1

  public init() {}

  /// Throws for a layer or method that the model's network does not have.
  package func checkLayer(of model: GenreModel) throws(CodedError) {
    _ = try method.layer(layer, of: model.network)
  }

  /// Throws ``CodedError`` for numbers without a meaning.
  package func validate() throws(CodedError) {
    guard checksData || crossValidationPath == nil else {
      throw CodedError(.usage, "a cross-validation serves the check of the data, which is turned off")
    }
    guard (0...100_000).contains(shownErrors) else {
      throw CodedError(.usage, "the number of shown errors must be 0 to 100000, not \(shownErrors)")
    }
    guard (0...100_000).contains(robustnessTracks) else {
      throw CodedError(
        .usage, "the number of tracks for robustness must be 0 to 100000, not \(robustnessTracks)")
    }
  }
}
