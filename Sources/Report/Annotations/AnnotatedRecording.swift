import Files

/// The recording that annotations belong to.
public struct AnnotatedRecording: Sendable, Hashable {
  /// The sound file's name without folders.
  public var name: String
  public var seconds: Double
  /// The highest frequency of the features, in Hz: half their sample rate.
  public var highestHz: Double
  /// The program and model that made the annotations, as text.
  public var source: String

  public init(name: String, seconds: Double, highestHz: Double, source: String) {
    (self.name, self.seconds, self.highestHz, self.source) = (name, seconds, highestHz, source)
  }
}
