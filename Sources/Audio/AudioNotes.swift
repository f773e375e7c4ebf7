/// What decoders notice about one file, gathered into few notes however many places there are.
struct AudioNotes {
  /// Places of one kind; the first few are named.
  private struct Places {
    private(set) var count = 0
    private(set) var byteCount = 0
    /// Seconds of sound that were in these places, where that is known.
    private(set) var lost = 0.0
    private(set) var first: [Double] = []
    private var last = -1

    /// Adds a place unless it was passed before: a seek goes over the same bytes again.
    mutating func add(_ bytes: Int, at seconds: Double, offset: Int, lost: Double = 0) {
      guard offset > last else { return }
      last = offset
      count += 1
      byteCount += bytes
      self.lost += lost
      if first.count < 4 { first.append(seconds) }
    }

    /// For example `at 0.50 s, 3.25 s and 7 more places`.
    var text: String {
      let named = first.map { AudioNote.text($0) }.joined(separator: ", ")
      let more = count - first.count
      return "at \(named)" + (more == 0 ? "" : more == 1 ? " and 1 more place" : " and \(more) more places")
    }
  }

  private var skipped = Places()
  private var joined = Places()
  private var joinsAreResampled = false
  /// Other notes by kind: the first few of each, and how many there are.
  private var others: [(first: [AudioNote], count: Int)] = []

  /// Bytes at an offset in the file gave no sound; decoding continued at `seconds` of the sound. `lost` seconds of it were
  /// there, where that is known.
  mutating func skip(_ byteCount: Int, at seconds: Double, offset: Int, lost: Double = 0) {
    skipped.add(byteCount, at: seconds, offset: offset, lost: lost)
  }

  /// Another recording begins at `seconds` of the sound.
  mutating func join(at seconds: Double, offset: Int, isResampled: Bool) {
    joined.add(0, at: seconds, offset: offset)
    if isResampled { joinsAreResampled = true }
  }

  mutating func add(_ note: AudioNote) {
    guard let index = others.firstIndex(where: { $0.first[0].code == note.code }) else {
      others.append(([note], 1))
      return
    }
    guard !others[index].first.contains(note) else { return }
    others[index].count += 1
    if others[index].first.count < 3 { others[index].first.append(note) }
  }

  var list: [AudioNote] {
    var list: [AudioNote] = []
    if skipped.count > 0 {
      let lost = skipped.lost > 0 ? "; \(AudioNote.text(skipped.lost)) of sound are lost" : ""
      list.append(
        AudioNote(
          .skipped,
          skipped.byteCount > 0
            ? "skipped \(AudioNote.text(bytes: skipped.byteCount)) without sound, \(skipped.text)\(lost)"
            : "skipped damaged frames, \(skipped.text)\(lost)",
          seconds: skipped.first.first, byteCount: skipped.byteCount > 0 ? skipped.byteCount : nil,
          missingSeconds: skipped.lost > 0 ? skipped.lost : nil))
    }
    if joined.count > 0 {
      let change = joinsAreResampled ? "; rate and channels are made those of the first" : ""
      list.append(
        AudioNote(
          .joined,
          "holds \(joined.count + 1) recordings, one after the other; the next begins \(joined.text)\(change)",
          seconds: joined.first.first))
    }
    for kind in others {
      list += kind.first
      if kind.count > kind.first.count {
        list[list.count - 1].message += " (\(kind.count - kind.first.count) more such places)"
      }
    }
    return list
  }
}
