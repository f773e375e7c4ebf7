import Files

/// What clips have in common that are, or may be, one recording: the identifier, and the path or name.
///
/// Track numbers are no identifiers: on each album they begin anew. A number below 1000 that stands in several groups is read
/// as one of these where its rows are of different files or sounds in each group; where neither is known, when three groups
/// have it, or when most such numbers of the table stand in several groups. Then it identifies within its group only. One file or one sound in two
/// groups is one recording, whatever the groups say, as is any other identifier.
struct RecordingKeys {
  /// Identifiers that begin anew in each group.
  private let restarting: Set<Spelling>

  /// Cost: linear.
  init(_ clips: [Clip]) {
    var rows: [Spelling: [Clip]] = [:]
    for clip in clips {
      guard let identifier = clip.identifier, Self.isSmallNumber(identifier) else { continue }
      rows[Spelling(identifier), default: []].append(clip)
    }
    let repeated = rows.filter { Set($0.value.compactMap(\.group)).count > 1 }
    let evidence = repeated.mapValues(Self.evidence)
    let open = evidence.filter { $0.value == nil }.keys
    // One number in two groups may be a slip; many are a habit.
    let isHabit = repeated.count > 2 && 2 * repeated.count >= rows.count
    restarting = Set(
      evidence.filter { $0.value == true }.keys
        + open.filter { isHabit || Set((repeated[$0] ?? []).compactMap(\.group)).count > 2 })
  }

  /// Whether nothing tells the identifier's rows in one group from those in another but the group.
  func isRestarting(_ clip: Clip) -> Bool {
    guard clip.group != nil, let identifier = clip.identifier else { return false }
    return restarting.contains(Spelling(identifier))
  }

  /// The identifier, within its group where it begins anew in each.
  func identifier(of clip: Clip) -> Spelling? {
    clip.identifier.map { Spelling("i\(scope(of: clip))\($0)") }
  }

  /// The path or the name, which is of no other group's where the identifier is not.
  func name(of clip: Clip) -> Spelling {
    Spelling("r\(clip.path == nil ? scope(of: clip) : "")\(clip.recording)")
  }

  /// What says that clips are of one recording: the identifier, else the path, else the name within its group and genre.
  func stated(of clip: Clip) -> Spelling {
    if let identifier = identifier(of: clip) { return identifier }
    guard clip.path == nil else { return name(of: clip) }
    return Spelling("n\(clip.group ?? "")\u{0}\(clip.label)\u{0}\(clip.recording)")
  }

  private func scope(of clip: Clip) -> String {
    isRestarting(clip) ? "\(clip.group ?? "")\u{0}" : ""
  }

  private static func isSmallNumber(_ text: String) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      && Int(text).map { $0 < 1000 } == true
  }

  /// Whether the rows of one number are different recordings in each group; nil where neither files nor sounds tell.
  private static func evidence(_ clips: [Clip]) -> Bool? {
    var groups: (files: [Spelling: Set<String>], sounds: [String: Set<String>]) = ([:], [:])
    for clip in clips {
      guard let group = clip.group else { continue }
      if let path = clip.path { groups.files[Spelling(path), default: []].insert(group) }
      if let sound = clip.sound { groups.sounds["\(sound)", default: []].insert(group) }
    }
    if groups.files.values.contains(where: { $0.count > 1 })
      || groups.sounds.values.contains(where: { $0.count > 1 })
    {
      return false
    }
    let isTold = clips.allSatisfy { $0.path != nil } || clips.allSatisfy { $0.sound != nil }
    return isTold ? true : nil
  }
}
