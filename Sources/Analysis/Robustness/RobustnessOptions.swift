import Audio
public import Explanation
public import Features
package import Files
import Tensors

/// The changes against which robustness is measured, and the number of tracks.
public struct RobustnessOptions: Sendable {
  /// Largest number of tracks; from more, a sample is drawn that is balanced over genres as far as possible.
  public var trackLimit = 60
  /// Changes of the sound, each measured separately.
  public var changes = SoundChange.standard
  /// Sizes of the attacks on the feature map, in standard deviations of the training set; empty for none.
  public var epsilons: [Float] = [0.01, 0.03, 0.1]
  /// Number of PGD steps.
  public var attackSteps = 10
  /// Number of tracks whose maps before and after an attack are kept, from the most to the least confident correct one.
  public var exampleCount = 3
  /// The method whose maps are compared. For a method that needs many passes per map, Grad-CAM's maps are compared instead, with
  /// a note: about twenty maps are made for each track.
  public var method: any ExplanationMethod = GradCAM()
  /// A layer's name; nil is the method's default.
  public var layer: String?
  /// Seed of the choice of tracks, noise, random starts, pairs of tracks and resamples.
  public var seed: UInt64 = 0
  /// Number of resamples of the intervals.
  public var resampleCount = 1_000
  /// Number of files processed in parallel; nil is the number of processors.
  public var threads: Int?

  public init() {}

  /// Throws `usage` for a number without meaning.
  package func validate() throws(CodedError) {
    func require(_ holds: Bool, _ message: String) throws(CodedError) {
      if !holds { throw CodedError(.usage, message) }
    }
    try require(trackLimit > 0, "robustness on \(trackLimit) tracks: at least 1 is needed")
    try require(
      epsilons.allSatisfy { $0 >= 0 && $0.isFinite }, "epsilons must be at least 0: \(epsilons)")
    try require((1...10_000).contains(attackSteps), "\(attackSteps) steps of PGD: 1 to 10000 are possible")
    try require(exampleCount >= 0, "\(exampleCount) examples: at least 0 are possible")
    try require(resampleCount > 0, "\(resampleCount) resamples: at least 1 is needed")
    try require(threads ?? 1 > 0, "\(threads ?? 1) threads: at least 1 is needed")
  }
}

/// The measurements, and the values for pictures of a few tracks.
public struct RobustnessMeasurement: Sendable {
  public let report: RobustnessReport
  /// For each example track one of FGSM and one of PGD: at the smallest epsilon that changes the label, otherwise at the largest.
  public let examples: [AttackExample]
}
