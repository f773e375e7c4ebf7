public import Files
import Foundation
import Tensors

extension FeatureSpec {
  /// Most values of one map.
  static let maximumValueCount = 1 << 26

  /// Upper edge of the mel bank in Hz: ``maximumHz``, or half the sample rate.
  public var upperHz: Double { maximumHz ?? Double(sampleRateHz) / 2 }

  /// Throws ``CodedError`` (`futureVersion`, `invalidSpec`) for the first invalid value. Its `properties` name this value and
  /// those with which it conflicts.
  public func validate() throws(CodedError) {
    try requireKnownVersion()
    func require(
      _ holds: Bool, of keys: [Key], _ message: @autoclosure () -> String
    ) throws(CodedError) {
      if !holds { throw CodedError(.invalidSpec, message(), properties: keys.map(\.rawValue)) }
    }
    func require(
      _ key: Key, _ value: Int, in range: ClosedRange<Int>, _ note: String = ""
    ) throws(CodedError) {
      try require(
        range.contains(value), of: [key],
        "\(key.rawValue)\(note) is \(value), must be \(range.lowerBound) to \(range.upperBound)")
    }
    try require(.sampleRateHz, sampleRateHz, in: 1_000...384_000)
    try require(.fftLength, fftLength, in: 32...65_536)
    try require(.hopLength, hopLength, in: 1...65_536)
    try require(.sampleCount, sampleCount, in: 1...3_600 * sampleRateHz)
    try require(
      (1...fftLength / 2).contains(melBandCount), of: [.melBandCount, .fftLength],
      "melBandCount is \(melBandCount), must be 1 to \(fftLength / 2) (half of fftLength)")
    switch kind {
    case .mfcc: try require(.binCount, binCount, in: 1...melBandCount, " (coefficients of an mfcc map)")
    case .melDecibels:
      try require(
        binCount == melBandCount, of: [.binCount, .melBandCount],
        "binCount is \(binCount), must equal melBandCount (\(melBandCount)) in a mel map")
    case .logMel:
      try require(
        binCount == melBandCount, of: [.binCount, .melBandCount],
        "binCount is \(binCount), must equal melBandCount (\(melBandCount)) in a mel map")
    case .smoothedMelDecibels:
      try require(.binCount, binCount, in: 1...melBandCount, " (rows of a smoothed mel map)")
      try require(
        .coefficientCount, coefficientCount ?? 0, in: 1...binCount, " (of a smoothed mel map)")
    }
    try require(
      coefficientCount == nil || kind == .smoothedMelDecibels, of: [.coefficientCount, .kind, .binCount],
      "coefficientCount belongs to kind smoothedMelDecibels; an mfcc map keeps binCount coefficients")
    try require(
      binCount * frameCount <= Self.maximumValueCount, of: [],
      "a map of \(binCount) x \(frameCount) values is too large; use a shorter window or a longer hop")
    let half = Double(sampleRateHz) / 2
    try require(
      minimumHz >= 0 && minimumHz < upperHz && upperHz <= half, of: [.minimumHz, .maximumHz],
      "mel bands from \(minimumHz) to \(upperHz) Hz: they must rise and lie within 0 to \(half) Hz")
    if let topDecibels {
      try require(
        topDecibels > 0 && topDecibels <= 1_000, of: [.topDecibels],
        "topDecibels is \(topDecibels), must be above 0 and at most 1000")
    }
    if let problem = frontEndProblem {
      throw CodedError(.invalidSpec, problem.message, properties: problem.keys.map(\.rawValue))
    }
  }

  /// The first invalid value among the properties of other programs' front ends.
  private var frontEndProblem: (keys: [Key], message: String)? {
    if let windowLength, !(2...fftLength).contains(windowLength) {
      return (
        [.windowLength, .fftLength], "windowLength is \(windowLength), must be 2 to fftLength (\(fftLength))"
      )
    }
    if !framing.isCentered, sampleCount < leastSampleCount {
      return (
        [.framing, .sampleCount, framing == .inside ? .windowLength : .fftLength],
        "a window of \(sampleCount) samples has no frame of \(leastSampleCount) inside"
      )
    }
    if framing == .mirrored || framing == .symmetric, sampleCount <= fftLength / 2 {
      return (
        [.framing, .sampleCount, .fftLength],
        "a window of \(sampleCount) samples is too short to be mirrored: more than half of fftLength (\(fftLength))"
      )
    }
    guard preemphasis >= 0 && preemphasis <= 1 else {
      return ([.preemphasis], "preemphasis is \(preemphasis), must be 0 to 1")
    }
    guard logarithm.isValid else {
      return (
        [.logarithm], "logarithm is \(logarithm): its number must be positive, and one of single precision"
      )
    }
    guard logarithm.isDecibels == (kind != .logMel) || kind == .mfcc else {
      return (
        [.kind, .logarithm],
        "\(logarithm) is \(logarithm.isDecibels ? "decibels" : "no decibels"): the kind of its mel bands is "
          + (logarithm.isDecibels ? "melDecibels" : "logMel")
      )
    }
    guard logarithm.isDecibels || topDecibels == nil else {
      return ([.topDecibels, .logarithm], "topDecibels must be null: \(logarithm) is no decibels")
    }
    guard cosineScaling == .orthonormal || kind == .mfcc else {
      return ([.cosineScaling, .kind], "cosineScaling belongs to kind mfcc")
    }
    return nil
  }

  /// Throws ``CodedError`` (`tooLarge`) where the map of one window needs more than `MemoryLimit`: samples, mel values of
  /// all frames, the map, the matrices that make it, and the multiplications of the transforms.
  package func requireMemory() throws(CodedError) {
    let (frames, bands, rows) = (Double(frameCount), Double(melBandCount), Double(binCount))
    let parts = memoryParts
    let length = Double(fftLength)
    let transforms = frames * (2.5 * length * log2(length) + 2 * length + bands)
    let operations = transforms + (rowsAreBands ? 0 : rows * bands * frames)
    let largest = parts.max { $0.byteCount < $1.byteCount }
    let refusal = MemoryLimit.refusal(
      of: "the map of one window", byteCount: mapByteCount, operations: operations,
      part: largest)
    if let refusal { throw CodedError(.tooLarge, refusal) }
  }

  /// What the map of one window needs.
  private var memoryParts: [(name: String, byteCount: Double)] {
    let (frames, bands, rows) = (Double(frameCount), Double(melBandCount), Double(binCount))
    return [
      ("the window's samples", 4 * Double(sampleCount)), ("mel bands", 4 * frames * bands),
      ("the map", 4 * frames * rows),
      ("its matrix", rowsAreBands ? 0 : 8 * rows * bands),
    ]
  }

  /// Bytes that the map of one window needs: its samples, mel values, the map and the matrix that makes it.
  package var mapByteCount: Double { memoryParts.reduce(0) { $0 + $1.byteCount } }

  func requireKnownVersion() throws(CodedError) {
    guard (1...Self.currentVersion).contains(version) else {
      throw CodedError(
        .futureVersion,
        "feature spec version \(version): this software knows versions 1 to \(Self.currentVersion); update it",
        properties: [Key.version.rawValue])
    }
  }
}
