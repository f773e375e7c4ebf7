/// One line of the Free Music Archive's `tracks.csv`.
///
/// Source: Defferrard, Benzi, Vandergheynst, Bresson, "FMA: A Dataset for Music Analysis", ISMIR 2017, arXiv:1612.01840.
public struct FMATrack: Sendable, Equatable {
  /// The nested subsets; each contains those before it.
  public enum Subset: String, Sendable, CaseIterable, Comparable {
    case small, medium, large, full

    public static func < (left: Subset, right: Subset) -> Bool { left.rank < right.rank }

    private var rank: Int { Subset.allCases.firstIndex(of: self) ?? 0 }
  }

  public var id: Int
  /// The official split, artist-disjoint.
  public var split: Split
  /// The smallest subset that the track is in.
  public var subset: Subset
  /// The top genre; nil if the archive has none or several (about half of all tracks).
  public var topGenre: String?
  /// The archive's genre numbers, as `genres.csv` names them; empty if the cell is not a list of numbers.
  public var genres: [Int]
  public var title: String
  /// The group of the track: the official split keeps artists apart.
  public var artistID: Int
  public var artist: String
  public var albumID: String
  public var album: String
  /// Date of the album's release or else of the recording, as `YYYY-MM-DD`; empty if neither is known.
  public var date: String
  /// Bits per second of the original file, according to the archive. Unreliable for computing a length.
  public var bitRate: String
  /// Seconds of the original track (the clip has 30), according to the archive.
  public var duration: String
  /// The line of the file on which it starts.
  public var line: Int

  /// The folder and file of its clip: `012/012345.mp3`.
  public var relativePath: String {
    let digits = String(id)
    let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    return "\(name.prefix(3))/\(name).mp3"
  }

  /// `1990` for 1994-05-01; empty if the date is.
  public var decade: String { date.count >= 4 ? "\(date.prefix(3))0" : "" }

  /// Clips of `fma_small` that are known to be empty or about a second long.
  public static let knownBad: [Int: String] = [
    98565: "about 1 s long", 98567: "about 1 s long", 98569: "about 1 s long", 99134: "empty",
    108925: "empty",
    133297: "empty",
  ]
}
