import Files
public import Tensors

/// An explanation on an axis that a musician can read: mel bands in Hz by frames.
public struct MelView: Sendable {
  /// The meaning of a cell of the map.
  public enum Quantity: String, Codable, Sendable {
    /// Change of the score per dB in this band and frame.
    case scorePerDecibel = "score-per-decibel"
    /// Contribution to the score, to first order, of this cell's difference from the training mean (for Integrated Gradients:
    /// from the baseline).
    case score
    /// dB above (+) or below (-) the training mean that the explanation's mask keeps.
    case decibels
  }

  /// Values with their signs, shape `[M, T]`, row 0 the lowest band.
  public let signedMap: Tensor
  public let quantity: Quantity
  /// Centre of each band in Hz.
  public let bandCentersHz: [Double]
  /// False if fewer coefficients than bands were kept and the map shows only their smooth part.
  public let isExact: Bool

  public init(signedMap: Tensor, quantity: Quantity, bandCentersHz: [Double], isExact: Bool) {
    demand(
      signedMap.shape.rank == 2 && signedMap.shape[0] == bandCentersHz.count,
      "map \(signedMap.shape) for \(bandCentersHz.count) bands")
    self.signedMap = signedMap
    self.quantity = quantity
    self.bandCentersHz = bandCentersHz
    self.isExact = isExact
  }

  /// |signedMap|.
  public var magnitude: Tensor { signedMap.map { abs($0) } }

  /// The evidence counted by profiles and sound masks: the positive part if cells are contributions to the score (negative ones
  /// speak against the class), otherwise the magnitude, since the sign of a slope or of a difference from the mean only
  /// distinguishes louder from quieter.
  public var evidence: Tensor { quantity == .score ? signedMap.map { max(0, $0) } : magnitude }

  /// The share of ``evidence`` in each band and in three regions.
  public var bandProfile: BandProfile { BandProfile(map: evidence, bandCentersHz: bandCentersHz) }

  /// The share of ``evidence`` in each frame.
  public var timeProfile: TimeProfile { TimeProfile(map: evidence) }
}
