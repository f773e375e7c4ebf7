import Files
import Foundation
import Statistics

/// One sentence on why a track was misclassified, based on where its evidence is and where it is for tracks that the model got
/// right.
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
  ///   - shares: those of the track's evidence for the class that it was heard as.
  ///   - predicted: mean shares of the correct tracks of that class; nil if there are none.
  ///   - controls: shares of each correct track of the true class, explained for the class that was heard as well: the
  ///     evidence for one class differs from that for another in any track.
  ///
  /// It is about the region in which the correct tracks of the two classes differ most. The track is like the class whose mean is
  /// nearer there, and unlike the other, if the means differ by five points or more; otherwise the sentence says that the region
  /// explains nothing. If the track's distance from the nearer mean is more than half the distance between both, it is only said
  /// to be nearer. The sentence also says how many correct tracks of the true class would be described in the same way; if at
  /// least half of them would, frequency explains nothing.
  public init(
    heardAs: String, label: String, shares: TrackStudy.Shares?, predicted: TrackStudy.Shares?,
    controls: [TrackStudy.Shares]
  ) {
    guard let shares, shares.low + shares.middle + shares.high > 0 else {
      text =
        shares == nil
        ? "Heard as \(heardAs); where in frequency is not known, since the features are of unknown origin."
        : "Heard as \(heardAs) without any positive evidence in this layer."
      return
    }
    guard let predicted, let truth = Self.mean(controls) else {
      let region = Region.allCases.max { $0.share(shares) < $1.share(shares) } ?? .low
      let missing = predicted == nil ? heardAs : label
      text =
        "Heard as \(heardAs): \(Self.percent(region.share(shares))) of the evidence \(region.words); there are no correct "
        + "\(missing) tracks to compare with."
      return
    }
    let gap = { (region: Region) in abs(region.share(predicted) - region.share(truth)) }
    let region = Region.allCases.max { gap($0) < gap($1) } ?? .low
    let (one, other) = (region.share(predicted), region.share(truth))
    let start =
      "Heard as \(heardAs): \(Self.percent(region.share(shares))) of the evidence for it \(region.words), "
    let (first, second) = (
      "correct \(heardAs) tracks (\(Self.percent(one)))",
      "correct \(label) explained for it too (\(Self.percent(other)))"
    )
    if gap(region) < 0.05 {
      text =
        start + "correct \(heardAs) tracks \(Self.percent(one)), correct \(label) explained for it too "
        + "\(Self.percent(other)): frequency does not tell the two apart here."
      return
    }
    let verdict = Self.likeness(region.share(shares), one, other)
    guard verdict.isNear else {
      let likeness =
        verdict.isClear ? "unlike \(first), more like \(second)" : "nearer to \(second) than to \(first)"
      text = start + likeness + ": frequency does not explain this mistake."
      return
    }
    let alike = controls.count { control in
      let own = Self.likeness(region.share(control), one, other)
      return own.isNear && (own.isClear || !verdict.isClear)
    }
    text =
      start + (verdict.isClear ? "like \(first), unlike \(second)" : "nearer to \(first) than to \(second)")
      + "; so are \(alike) of these \(controls.count)"
      + (2 * alike >= controls.count ? ": frequency does not explain this mistake." : ".")
  }

  /// Whether a share is nearer to `one` than to `other`, and whether it lies within half the way of the nearer one.
  private static func likeness(
    _ share: Double, _ one: Double, _ other: Double
  ) -> (isNear: Bool, isClear: Bool) {
    let (near, far) = (abs(share - one), abs(share - other))
    return (near <= far, 2 * min(near, far) <= abs(one - other))
  }

  private static func mean(_ shares: [TrackStudy.Shares]) -> TrackStudy.Shares? {
    guard !shares.isEmpty else { return nil }
    let mean = { (value: (TrackStudy.Shares) -> Double) in
      shares.map(value).orderlessSum / Double(shares.count)
    }
    return TrackStudy.Shares(low: mean(\.low), middle: mean(\.middle), high: mean(\.high))
  }

  private static func percent(_ share: Double) -> String {
    share.percentText(decimals: 0, space: "\u{A0}")
  }
}
