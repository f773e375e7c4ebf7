import Foundation

/// One sentence on why a track was heard as what it is not, made of where its evidence lies and where it lies for tracks that
/// the model got right.
public struct EvidenceSentence: Sendable, Hashable {
  /// The three regions of frequency, in words.
  enum Region: CaseIterable {
    case low, middle, high

    var words: String {
      switch self {
      case .low: "below 250 Hz"
      case .middle: "between 250 Hz and 2 kHz"
      case .high: "above 2 kHz"
      }
    }

    func share(_ shares: TrackStudy.Shares) -> Double {
      switch self {
      case .low: shares.low
      case .middle: shares.middle
      case .high: shares.high
      }
    }
  }

  /// The sentence.
  public let text: String

  /// - Parameters:
  ///   - shares: of the track's evidence for the class it was heard as.
  ///   - predicted: mean shares of the correct tracks of that class; nil where there are none.
  ///   - truth: those of the true class.
  ///
  /// It speaks of the region in which the two classes differ most. The track is like the class whose mean is the nearer
  /// one there, and unlike the other, if the means differ by five points or more; otherwise the sentence says that the
  /// region tells nothing. Where it is further from the nearer mean than half the way between both, it is only said to
  /// be nearer.
  public init(
    heardAs: String, label: String, shares: TrackStudy.Shares?, predicted: TrackStudy.Shares?,
    truth: TrackStudy.Shares?
  ) {
    guard let shares, shares.low + shares.middle + shares.high > 0 else {
      text =
        shares == nil
        ? "Heard as \(heardAs); where in frequency is not known, since the features are of unknown origin."
        : "Heard as \(heardAs) without any positive evidence in this layer."
      return
    }
    guard let predicted, let truth else {
      let region = Region.allCases.max { $0.share(shares) < $1.share(shares) } ?? .low
      let missing = predicted == nil ? heardAs : label
      text =
        "Heard as \(heardAs): \(Self.percent(region.share(shares))) of the evidence \(region.words); there are no correct "
        + "\(missing) tracks to compare with."
      return
    }
    let gap = { (region: Region) in abs(region.share(predicted) - region.share(truth)) }
    let region = Region.allCases.max { gap($0) < gap($1) } ?? .low
    let (own, one, other) = (region.share(shares), region.share(predicted), region.share(truth))
    let start = "Heard as \(heardAs): \(Self.percent(own)) of the evidence \(region.words), "
    let (first, second) = (
      "correct \(heardAs) tracks (\(Self.percent(one)))", "correct \(label) (\(Self.percent(other)))"
    )
    if gap(region) < 0.05 {
      text = start + "as in \(first) and in \(second): frequency does not tell the two apart here."
      return
    }
    let (near, far) = (abs(own - one), abs(own - other))
    let isClear = 2 * min(near, far) <= gap(region)
    if near <= far {
      text = start + (isClear ? "like \(first), unlike \(second)." : "nearer to \(first) than to \(second).")
    } else {
      let likeness = isClear ? "unlike \(first), more like \(second)" : "nearer to \(second) than to \(first)"
      text = start + likeness + ": frequency does not explain this mistake."
    }
  }

  private static func percent(_ share: Double) -> String { String(format: "%.0f\u{A0}%%", 100 * share) }
}
