public import Explanation
package import Files
public import Models

/// Options of the error analysis of a model.
public struct AnalysisOptions: Sendable {
  public var method: any ExplanationMethod = GradCAM()
  /// A layer's name; nil is the last convolution.
  public var layer: String?
  /// The tracks that the page shows with their maps, besides a typical one of each class; the figures count all tracks.
  public var shown: [ShownTracks] = [.errors, .ambiguous]
  /// The largest number of misclassified tracks shown, the most confident mistakes first, and of correct ones, the least
  /// confident first; tracks that are named are added.
  public var shownErrors = 500
  /// Whether to write the pictures as SVG and PDF too.
  public var writesVectors = false
  /// Heading of the page.
  public var title = "Error report"
  /// Notes for the reader, for example that the corpus is synthesised.
  public var notes: [String] = []
  /// How the model was trained, for a curve on the page.
  public var history: [EpochRecord] = []
  /// A store of the features of all tracks of a sound data set, as made by training; by default it is created as `features.npy`
  /// in the report's folder.
  public var featuresPath: String?
  /// A CSV file with additional columns to slice by; joined by `path`, `track_id` or `name`.
  public var slicesPath: String?
  /// A folder written by a cross-validation, whose held-out predictions are used to find wrong labels.
  public var crossValidationPath: String?
  /// Whether to write the sounds of the errors shown.
  public var writesSounds = true
  /// Whether to search the data set for wrong labels, copies and leaks.
  public var checksData = true
  /// Number of tracks on which robustness is measured; 0 for none.
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
