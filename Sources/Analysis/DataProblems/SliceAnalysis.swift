public import Files
import Statistics

/// Where mistakes cluster in the data set: each column's values, ranges or decades with their error rate.
///
/// Every slice is tested against all other tracks (Fisher's exact test, two-sided), and since many are tested, p values are
/// adjusted by Holm's method over all of them and intervals hold simultaneously, at the level `1 - 0.05 / m` for m slices. A
/// slice that stands out is a place to look, not a cause. If groups (artists, albums) are known, a slice must also differ by a
/// test over them: many tracks of one artist are not independent. The order of the tracks does not matter.
public struct SliceAnalysis: Sendable, Codable, Hashable {
  /// A column of values, one for each track.
  public struct Column: Sendable, Hashable {
    public var name: String
    /// nil or blank if it is missing.
    public var values: [String?]

    public init(name: String, values: [String?]) { (self.name, self.values) = (name, values) }
  }

  /// The limits for too few and too many.
  public struct Options: Sendable, Codable, Hashable {
    /// Smaller slices are not tested; rarer values are pooled.
    public var minimumCount = 10
    /// Columns with more values (other than numbers and dates) are left out.
    public var maximumValues = 50
    /// Columns with at least this many different numbers are divided into quartiles; with fewer, each number is a slice.
    public var minimumNumbers = 9
    /// The probability that any slice stands out if the columns are unrelated to the mistakes; between 0 and 1.
    public var level = 0.05

    public init() {}
  }

  /// How a column was divided.
  public enum Kind: String, Sendable, Codable, Hashable {
    case values
    case quartiles
    case decades
  }

  /// Counts of tracks and of mistakes among them.
  public struct Tally: Sendable, Codable, Hashable {
    public let count: Int
    public let errorCount: Int
    /// 0 without tracks.
    public var errorRate: Double { count == 0 ? 0 : Double(errorCount) / Double(count) }

    init(_ isCorrect: [Bool], _ members: [Int]) {
      (count, errorCount) = (members.count, members.count { !isCorrect[$0] })
    }

    init(count: Int, errorCount: Int) { (self.count, self.errorCount) = (count, errorCount) }
  }

  /// A column from which no slice was made.
  public struct LeftOutColumn: Sendable, Codable, Hashable {
    public let name: String
    public let reason: String
  }

  /// A column that was divided.
  public struct CutColumn: Sendable, Codable, Hashable {
    public let name: String
    public let kind: Kind
    /// Ranges and decades in ascending order, values by their number of tracks.
    public let slices: [Slice]
    /// Tracks without a value: they are in no slice, but count among the other tracks for each.
    public let missing: Tally
  }

  /// All tracks.
  public let all: Tally
  public let columns: [CutColumn]
  public let leftOut: [LeftOutColumn]
  /// m: the number of slices tested.
  public let testCount: Int
  /// Number of groups that tests and intervals keep together; nil if none are known and each track counts separately.
  public let groupCount: Int?
  public let options: Options

  /// - Parameters:
  ///   - isCorrect: whether the model was right, for each track.
  ///   - columns: names may repeat.
  ///   - groups: the artist or album of each track, if known; nil treats each track separately.
  ///
  /// Throws ``CodedError`` for no tracks and for columns of a different length. Traps for a level outside 0 and 1.
  public init(
    isCorrect: [Bool], columns: [Column], groups: [String]? = nil, options: Options = Options()
  ) throws(CodedError) {
    demand(options.level > 0 && options.level < 1, "level \(options.level)")
    if let groups, groups.count != isCorrect.count {
      throw CodedError(.shapeMismatch, "\(groups.count) groups for \(isCorrect.count) tracks")
    }
    guard !isCorrect.isEmpty else { throw CodedError(.empty, "no tracks to slice") }
    var cuts: [(column: Column, cut: ColumnCut)] = []
    var leftOut: [LeftOutColumn] = []
    for column in columns {
      guard column.values.count == isCorrect.count else {
        throw CodedError(
          .shapeMismatch,
          "column “\(column.name)” has \(column.values.count) values for \(isCorrect.count) tracks")
      }
      switch ColumnCut.cut(column, options: options) {
      case .cut(let cut): cuts.append((column, cut))
      case .leftOut(let reason): leftOut.append(LeftOutColumn(name: column.name, reason: reason))
      }
    }
    let all = Tally(isCorrect, Array(isCorrect.indices))
    var slices = cuts.flatMap { column, cut in
      cut.parts.map { Slice.Draft(column: column.name, part: $0, tally: Tally(isCorrect, $0.members)) }
    }
    let tested = slices.indices.compactMap { index -> (index: Int, p: Double)? in
      let count = slices[index].tally.count
      guard count >= options.minimumCount, count < all.count else { return nil }
      return Slice.p(slices[index], all: all, isCorrect: isCorrect, groups: groups).map { (index, $0) }
    }
    for (test, adjusted) in zip(tested, ExactTests.holm(tested.map(\.p))) {
      slices[test.index].p = (test.p, adjusted)
    }
    let finished = slices.map {
      Slice(
        $0, all: all, isCorrect: isCorrect, groups: groups, testCount: tested.count, level: options.level)
    }
    (self.all, self.leftOut, self.options, testCount) = (all, leftOut, options, tested.count)
    groupCount = groups.map { Set($0).count }
    var start = 0
    self.columns = cuts.map { column, cut in
      defer { start += cut.parts.count }
      return CutColumn(
        name: column.name, kind: cut.kind, slices: Array(finished[start..<start + cut.parts.count]),
        missing: Tally(isCorrect, cut.missing))
    }
  }

  /// Slices that stand out, the smallest adjusted p first.
  public var standingOut: [Slice] {
    columns.flatMap(\.slices).filter(\.standsOut).sorted {
      ($0.adjustedP ?? 1, $0.p ?? 1) < ($1.adjustedP ?? 1, $1.p ?? 1)
    }
  }
}
