import Audio
public import Explanation
public import Features
package import Files
import Tensors

/// What robustness is measured against, and on how much.
public struct RobustnessOptions: Sendable {
  /// Most tracks; more are sampled, as many of each genre as there are.
  public var trackLimit = 60
  /// Changes of the sound, each measured alone.
  public var changes = SoundChange.standard
  /// Sizes of the attacks on the feature map, in standard deviations of the training set; empty makes none.
  public var epsilons: [Float] = [0.01, 0.03, 0.1]
  /// Steps of PGD.
  public var attackSteps = 10
  /// Tracks whose maps before and after an attack are kept, from the surest right one to the least sure.
  public var exampleCount = 3
  /// Whose maps are compared. In place of a method that needs many passes for one map Grad-CAM's are, and a note says so: some
  /// twenty maps of each track are made.
  public var method: any ExplanationMethod = GradCAM()
  /// A layer's name; nil is the method's default.
  public var layer: String?
  /// Seeds the choice of tracks, noise, random starts, pairs of tracks and resamples.
  public var seed: UInt64 = 0
  /// Resamples of the intervals.
  public var resampleCount = 1_000
  /// Files worked on side by side; nil is the number of processors.
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

/// What was measured, and pictures' numbers for a few tracks.
public struct RobustnessMeasurement: Sendable {
  public let report: RobustnessReport
  /// For each example track one of FGSM and one of PGD: at the smallest epsilon that changes the label, else at the largest.
  public let examples: [AttackExample]
}
