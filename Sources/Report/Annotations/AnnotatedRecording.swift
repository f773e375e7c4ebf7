import Files

/// The recording that annotations belong to.
public struct AnnotatedRecording: Sendable, Hashable {
  /// The sound file's name without folders.
  public var name: String
  public var seconds: Double
  /// The highest frequency that was heard, in Hz: half the sample rate of the features.
  public var highestHz: Double
  /// Of what program and model the annotations are, in words.
  public var source: String

  public init(name: String, seconds: Double, highestHz: Double, source: String) {
    (self.name, self.seconds, self.highestHz, self.source) = (name, seconds, highestHz, source)
  }
}
