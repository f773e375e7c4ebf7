public import Files
public import Statistics

/// How alike the maps of several networks are for the same class of the same pictures: the consistency across backbones.
public struct NetworkAgreement: Sendable, Codable, Equatable {
  /// A measure of two maps, over the pictures.
  public struct Figure: Sendable, Codable, Equatable {
    /// Mean over the pictures.
    public let mean: Double
    /// 95 % bootstrap interval over the pictures.
    public let interval: ConfidenceInterval?
    /// The same of maps of two different pictures: what all maps have in common, such as a strong middle.
    public let control: Double
    public let controlInterval: ConfidenceInterval?
    /// ``mean`` - ``control``, paired by picture.
    public let difference: Double
    public let differenceInterval: ConfidenceInterval?
    /// Two-sided p of no difference, by Student's t; nil for one picture.
    public let p: Double?
    /// Pictures that have a value.
    public let count: Int

    /// Nil without values; NaN is left out.
    init?(_ values: [Double], control: [Double], _ bootstrap: Bootstrap) {
      let present = values.indices.filter { values[$0].isFinite && control[$0].isFinite }
      guard !present.isEmpty else { return nil }
      func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
      let (own, others) = (present.map { values[$0] }, present.map { control[$0] })
      let differences = zip(own, others).map { $0 - $1 }
      (self.mean, self.control, difference) = (mean(own), mean(others), mean(differences))
      interval = bootstrap.interval(ofMean: own)
      controlInterval = bootstrap.interval(ofMean: others)
      differenceInterval = bootstrap.interval(ofMean: differences)
      p = GroupedMean(differences, groups: differences.indices.map(String.init))?.p
      count = own.count
    }
  }

  /// Two of the networks, or all pairs of them.
  public struct Pair: Sendable, Codable, Equatable {
    /// Names of the two; nil for the mean over all pairs.
    public let first: String?
    public let second: String?
    /// Spearman's correlation of the signed maps.
    public let rank: Figure?
    /// Intersection over union of the strongest cells of each.
    public let overlap: Figure?
  }

  /// One of the networks.
  public struct Network: Sendable, Codable, Equatable {
    public let name: String
    public let architecture: String
    public let layer: String
    /// Spearman's correlation of its maps with a spot in the middle of the picture, the mean over the pictures.
    public let middle: Double?
    public let middleInterval: ConfidenceInterval?
    /// Maps in which nothing speaks for the class.
    public let emptyCount: Int
  }

  /// One of the pictures.
  public struct Picture: Sendable, Codable, Equatable {
    public let path: String
    /// The explained class.
    public let label: String
    /// Its probability by each network.
    public let probabilities: [Double]
    /// Means over all pairs of networks; nil if no pair has a value.
    public let rank: Double?
    public let overlap: Double?
  }

  public let method: String
  public let networks: [Network]
  /// All pairs together, then each pair.
  public let pairs: [Pair]
  public let pictures: [Picture]
  /// Share of the cells that are the strongest.
  public let topShare: Double
  /// Cells on each side of the grid over the part of a picture that all networks see.
  public let gridSide: Int
  /// Other pictures of each control.
  public let controlCount: Int
  public let seed: UInt64
  public let leftOut: [LeftOutInput]
  public let notes: [String]

  /// The overlap of two sets of cells drawn at random.
  public var chanceOverlap: Double { topShare / (2 - topShare) }

  /// What the figures say, as sentences.
  public var sentences: [String] {
    guard let all = pairs.first, let rank = all.rank else { return [aloneSentence] }
    func text(_ value: Double) -> String { value.decimalText(2) }
    func interval(_ interval: ConfidenceInterval?) -> String {
      interval.map { " (\(text($0.low)) to \(text($0.high)))" } ?? ""
    }
    var sentences = [
      "Maps of two networks for the same class of a picture have a rank correlation of \(text(rank.mean))"
        + "\(interval(rank.interval)) on average; maps of two different pictures \(text(rank.control))"
        + "\(interval(rank.controlInterval))."
    ]
    if let overlap = all.overlap {
      sentences.append(
        "Their strongest \(topShare.percentText(decimals: 0)) overlap with an IoU of \(text(overlap.mean))"
          + "\(interval(overlap.interval)); those of different pictures \(text(overlap.control))"
          + "\(interval(overlap.controlInterval)), random cells \(text(chanceOverlap)).")
    }
    let shown = [rank, all.overlap].map { ($0?.differenceInterval?.low ?? -1) > 0 }
    let what = "the networks agree on more than on what all pictures have in common"
    sentences.append(
      shown[0] == shown[1]
        ? (shown[0] ? "So \(what)." : "It is not shown that \(what).")
        : "By the \(shown[0] ? "rank correlation" : "IoU") \(what); by the \(shown[0] ? "IoU" : "rank correlation") this is not shown."
    )
    return sentences
  }

  /// Where no picture has another one for its control.
  private var aloneSentence: String {
    guard let picture = pictures.first(where: { $0.rank != nil }), let rank = picture.rank else {
      return "No two maps can be compared."
    }
    let overlap = picture.overlap.map { ", an IoU of \($0.decimalText(2))" } ?? ""
    return
      "Maps of two networks for the same class of one picture have a rank correlation of \(rank.decimalText(2))\(overlap); without another picture it cannot be told how much of this all maps have in common."
  }
}
