public import Audio
public import Datasets
public import Files
public import Models

/// A model with the name shown with its verdicts.
public struct NamedModel: Sendable {
  public let name: String
  public let model: GenreModel

  public init(name: String, model: GenreModel) { (self.name, self.model) = (name, model) }
}

/// The verdicts of several models on one sound file.
public struct ComparedTrack: Sendable, Codable, Equatable {
  /// The verdict of one of them.
  public struct Verdict: Sendable, Codable, Equatable {
    /// The model's name.
    public let model: String
    /// The class with the highest probability.
    public let label: String
    /// By class, over the whole track.
    public let probabilities: [String: Double]
    /// Number of windows heard; for a whole track, of its pieces.
    public let windowCount: Int
    /// How the model used the file.
    public let training: TrainingRole?
    /// How the track was heard as a whole; nil if windows were heard.
    public let wholeTrack: WholeTrackPass?
  }

  public let path: String
  /// The section of the file that was heard; nil is the whole file.
  public let segment: SoundSegment?
  /// In the order of the models.
  public let verdicts: [Verdict]
  /// Whether all models chose a class with the same name.
  public let agree: Bool
  /// Problems noticed in the file while it was heard.
  public let notes: [AudioNote]

  /// The file, or the section of it.
  public var input: SoundInput { SoundInput(path: path, segment: segment) }

  package init(_ tracks: [TrackClassification], by models: [NamedModel]) {
    (path, segment, notes) = (tracks[0].path, tracks[0].segment, tracks[0].notes)
    verdicts = zip(models, tracks).map { model, track in
      Verdict(
        model: model.name, label: track.label, probabilities: track.probabilities,
        windowCount: track.windows.count, training: track.training,
        wholeTrack: track.wholeTrack)
    }
    agree = tracks.allSatisfy { Spelling($0.label) == Spelling(tracks[0].label) }
  }
}

extension [NamedModel] {
  /// Classifies sound files with several models, side by side; see `GenreModel.classify`.
  ///
  /// A file that one of the models cannot hear counts as failed. Traps without a model.
  public func classify(
    _ inputs: [SoundInput], options: ScoringOptions = ScoringOptions(),
    hearing: HearingOptions = HearingOptions(), job: Job = Job(),
    each: (Int, Result<ComparedTrack, FailedTrack>) throws -> Void
  ) throws {
    demand(!isEmpty, "no model")
    try TrackHearing(hearing) { try map { try TrackClassifier($0.model, options) } }.run(
      inputs, job: job,
      { classifiers, input in
        ComparedTrack(try classifiers.map { try $0.classify(input, job: job) }, by: self)
      }, each: each)
  }
}
