package import Audio
import Files

/// What one recording was heard as: all that is made of it in one reading, but its maps.
package struct HeardRecording: Sendable, Codable {
  package let scores: TrackScores
  /// The window that speaks most for the class that was chosen.
  package let place: WindowPlace
  /// What the recording was to the model.
  package let role: TrainingRole
  /// What was noticed about its sound.
  package let notes: [AudioNote]
  /// Silence that was added after its last window, in seconds.
  package let paddedSeconds: Double
  /// What else the analysis needs of the window at ``place``; nil where it was not asked for.
  package internal(set) var vectors: Vectors?

  /// What simpler methods and the last hidden layer see of a window.
  package struct Vectors: Sendable, Codable {
    /// The network's last hidden layer, `[D]`; empty until it is made.
    package internal(set) var embedding: [Float]
    /// ``MapSummary`` of the map, `[3 F]`.
    package let summary: [Double]
    /// Mean of the map's mel spectrogram in dB; nil for features of unknown origin.
    package let meanDecibels: Double?
  }
}
