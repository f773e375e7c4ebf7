import Files
public import Tensors

/// The distribution of a map's evidence over frequency: shares that sum to 1.
///
/// A band belongs to the region that contains its centre. A map that is even over mel bands has the shares
/// ``bandShares(bandCentersHz:)``, not thirds: compare with these before calling a region favoured.
public struct BandProfile: Sendable, Equatable, Codable {
  /// Upper edge of the low region and lower edge of the high one, in Hz.
  public static let edgesHz = (low: 250.0, high: 2000.0)

  /// Share of the evidence in bands centred below 250 Hz.
  public let low: Double
  /// Share from 250 to 2 000 Hz.
  public let middle: Double
  /// Share above 2 000 Hz.
  public let high: Double
  /// Share of each mel band, lowest first.
  public let perBand: [Double]
  /// Whether there was no evidence at all; every share is then 0.
  public let isEmpty: Bool

  /// Only the three regions.
  public var shares: BandShares { BandShares(low: low, middle: middle, high: high) }

  /// The profile of a map `[M, T]`; negative cells count as no evidence. Traps unless there is one centre for each row.
  public init(map: Tensor, bandCentersHz: [Double]) {
    demand(
      map.shape.rank == 2 && map.shape[0] == bandCentersHz.count,
      "map \(map.shape) for \(bandCentersHz.count) bands")
    let frames = map.shape[1]
    let sums = (0..<map.shape[0]).map { band in
      map.values[band * frames..<(band + 1) * frames].reduce(0) { $0 + Double(max(0, $1)) }
    }
    self.init(sums: sums, bandCentersHz: bandCentersHz)
  }

  private init(sums: [Double], bandCentersHz: [Double]) {
    let total = sums.reduce(0, +)
    isEmpty = !(total > 0)
    let shares = total > 0 ? sums.map { $0 / total } : sums.map { _ in 0 }
    func share(where contains: (Double) -> Bool) -> Double {
      zip(shares, bandCentersHz).reduce(0) { $0 + (contains($1.1) ? $1.0 : 0) }
    }
    perBand = shares
    low = share { $0 < Self.edgesHz.low }
    middle = share { $0 >= Self.edgesHz.low && $0 <= Self.edgesHz.high }
    high = share { $0 > Self.edgesHz.high }
  }

  /// The profile of even evidence: the shares of the bands themselves.
  public static func bandShares(bandCentersHz: [Double]) -> BandProfile {
    BandProfile(sums: bandCentersHz.map { _ in 1 }, bandCentersHz: bandCentersHz)
  }
}
