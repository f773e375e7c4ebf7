import Audio
import Files

/// Which rows of a feature file are windows of the same recordings, according to its index.
public struct RowKinship: Sendable {
  private let clips: [Clip]
  /// Places in `tracks` by what they have in common.
  private let identities: [Spelling: [Int]]
  private let files: [Spelling: [Int]]
  private let stated: [Spelling: [Int]]
  private let keys: RecordingKeys
  private let places: [Int: Int]

  /// - Parameter tracks: all rows of one feature file. Cost: linear.
  public init(_ clips: [Clip]) {
    self.clips = clips
    let keys = RecordingKeys(clips)
    self.keys = keys
    identities = Dictionary(grouping: clips.indices) { Spelling(clips[$0].identity) }
    files = Dictionary(grouping: clips.indices.filter { clips[$0].path != nil }) {
      Spelling(clips[$0].recording)
    }
    stated = Dictionary(grouping: clips.indices) { keys.stated(of: clips[$0]) }
    places = Dictionary(
      clips.indices.compactMap { index in clips[index].row.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The given rows and all that are proved to be from the same recordings, or are from the same file; of segments, those that
  /// share some sound.
  public func windows(of rows: Set<Int>) -> Set<Int> {
    let proved = gathered(
      rows, by: { [Spelling($0.identity)] }, { identities[Spelling($0.identity)] ?? [] })
    let ofFiles = gathered(
      rows, by: { [Spelling($0.recording), Spelling($0.segmented(""))] },
      { clip in
        guard clip.path != nil else { return [] }
        return (files[Spelling(clip.recording)] ?? []).filter { clips[$0].sharesSound(with: clip) }
      })
    return proved.union(ofFiles)
  }

  /// The given rows and all that have the same identifier in the index, or the same name, group and genre, even if nothing proves
  /// that they are one recording.
  public func possibleWindows(of rows: Set<Int>) -> Set<Int> {
    gathered(
      rows, by: { [keys.stated(of: $0), Spelling($0.segmented(""))] },
      { clip in clip.segment == nil ? stated[keys.stated(of: clip)] ?? [] : [] })
  }

  /// Some rows and their kin. Of tracks with one key the kin is the same.
  private func gathered(
    _ rows: Set<Int>, by key: (Clip) -> [Spelling], _ kin: (Clip) -> [Int]
  ) -> Set<Int> {
    var (result, seen) = (rows, Set<[Spelling]>())
    for row in rows {
      guard let place = places[row], seen.insert(key(clips[place])).inserted else { continue }
      result.formUnion(kin(clips[place]).compactMap { clips[$0].row })
    }
    return result
  }
}

extension Clip {
  /// Whether two clips of one file have some of its sound in common.
  fileprivate func sharesSound(with other: Clip) -> Bool {
    guard let segment, let theirs = other.segment else { return true }
    return segment.overlaps(theirs)
  }
}
