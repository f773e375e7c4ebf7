public import Files

/// A group of measures that share their masked inferences; the raw value is the name on the command line.
public enum FaithfulnessMeasure: String, CaseIterable, Codable, Sendable {
  /// Average Drop, Increase in Confidence, Average Gain and the kept share, for each mask. See ``ProbabilityChange``.
  case masking
  /// Areas under the insertion and the deletion curve. See ``PerturbationCurve``.
  case curves
  /// ROAD. See ``RemovalScore``.
  case road
  /// See ``Infidelity``.
  case infidelity
  /// See ``MaxSensitivity``.
  case sensitivity
  /// The parameter-randomisation check. See ``ParameterRandomization``.
  case randomization
  /// Pointing game, inside energy and overlap on spliced clips. See ``TimeLocalization``.
  case localization
  /// Rank correlation with the occlusion map.
  case occlusion
  /// For pictures: whether the evidence is in the objects that people have marked. See ``ObjectLocalization``.
  case objects

  /// The measure of that name; an unknown one throws ``CodedError/Code/badOption`` with the list of names.
  public static func named(_ name: String) throws(CodedError) -> FaithfulnessMeasure {
    if let measure = FaithfulnessMeasure(rawValue: name) { return measure }
    let names = allCases.map(\.rawValue).joined(separator: ", ")
    throw CodedError(.badOption, "unknown metric \"\(name)\": choose of \(names)")
  }
}

/// How masked inputs are made when maps are measured.
public struct FaithfulnessOptions: Sendable, Hashable, Codable {
  /// What replaces masked cells.
  public var baseline = Baseline.mean
  /// Seed of ties, rectangles, noise, splices, new parameters and the random control.
  public var seed: UInt64 = 0
  /// Number of steps of the insertion and deletion curves.
  public var curveSteps = 20
  /// Shares of the cells that ROAD removes.
  public var removedShares = [0.2, 0.4, 0.6, 0.8]
  /// Standard deviation of ROAD's noise, in the standardised input's units.
  public var removalNoise: Float = 0.01
  /// Number of rectangles for infidelity.
  public var rectangleCount = 64
  public var maxSensitivity = MaxSensitivity()
  /// Number of masked copies per pass, which bounds the memory.
  public var copiesPerPass = 64

  public init() {}

  /// Throws ``CodedError/Code/badOption`` for an invalid number.
  public func validate() throws(CodedError) {
    try require((1...4096).contains(copiesPerPass), "copies per pass", copiesPerPass, "1 to 4096")
    try require((1...10_000).contains(curveSteps), "the number of curve steps", curveSteps, "1 to 10000")
    try require(
      !removedShares.isEmpty && removedShares.allSatisfy { $0 > 0 && $0 < 1 }, "ROAD's shares", removedShares,
      "above 0 and below 1")
    try require(
      removalNoise >= 0 && removalNoise.isFinite, "ROAD's noise", removalNoise, "0 or more")
    try require(
      (1...100_000).contains(rectangleCount), "the number of rectangles", rectangleCount, "1 to 100000")
    try require(
      maxSensitivity.radius > 0 && maxSensitivity.radius.isFinite, "the sensitivity's radius",
      maxSensitivity.radius, "above 0")
    try require(
      (1...1000).contains(maxSensitivity.sampleCount), "the sensitivity's samples",
      maxSensitivity.sampleCount, "1 to 1000")
  }
}
