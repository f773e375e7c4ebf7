import Audio
import Features
import Files
import Foundation

/// Collects what is wrong with single files, and which are the same.
struct SoundFindings {
  private let check: DatasetCheck
  private let dataset: Dataset
  private(set) var seconds = 0.0
  private var items: [Finding.Code: [String]] = [:]
  private var rates: [Int: Int] = [:]
  private var equal = EqualContent()
  private var hashes: [Int: String] = [:]
  private var prints: [AcousticFingerprint?]

  init(_ check: DatasetCheck, _ dataset: Dataset) {
    (self.check, self.dataset) = (check, dataset)
    prints = Array(repeating: nil, count: dataset.clips.count)
  }

  mutating func addFailure(code: String, reason: String, _ index: Int) {
    let clip = dataset.clips[index]
    let isMissing = code == CodedError.Code.missing.rawValue
    let isBehind = clip.segment != nil && code == CodedError.Code.tooShort.rawValue
    items[isMissing ? .missing : isBehind ? .segmentBeyondEnd : .unreadable, default: []].append(
      isMissing ? clip.identity : "\(clip.identity): \(reason)")
  }

  mutating func add(_ sound: SoundMeasurement, _ print: AcousticFingerprint?, _ index: Int) {
    let (path, segment) = (dataset.clips[index].identity, dataset.clips[index].segment)
    func note(_ code: Finding.Code, _ text: String) { items[code, default: []].append("\(path): \(text)") }
    seconds += sound.seconds
    rates[sound.sampleRateHz, default: 0] += 1
    // What a resampler may round off is no shortness.
    if PaddedWindow.isMostlyPadding(
      paddedSeconds: check.windowSeconds - sound.seconds, windowSeconds: check.windowSeconds)
    {
      note(.mostlyPadding, "\(decimal(sound.seconds, sound.seconds < 0.1 ? 5 : 2)) s")
    } else if sound.seconds < check.windowSeconds - 0.002 {
      note(.short, "\(decimal(sound.seconds, 2)) s")
    }
    if let segment, let end = segment.endSeconds, segment.startSeconds + sound.seconds < end - 0.002 {
      note(.segmentBeyondEnd, "the sound ends at \(decimal(segment.startSeconds + sound.seconds, 2)) s")
    }
    if let level = sound.meanDecibels, level <= ChannelBalance.cancelledDecibels {
      note(.channelsCancel, "the mean is \(decimal(-level, 0)) dB below the louder channel")
    } else if sound.silentShare == 1 {
      note(.silent, "\(decimal(sound.seconds, 2)) s, peak \(decimal(Double(sound.peak), 4))")
    } else {
      // Silent files of one length are equal, which says nothing.
      equal.add(index, hash: sound.soundHash, bytes: sound.contentKey)
      (hashes[index], prints[index]) = (sound.soundHash, print)
      if sound.silentShare > check.silentShare { note(.mostlySilent, "\(percent(sound.silentShare)) silent") }
    }
    if let level = sound.meanDecibels, level <= ChannelBalance.weakenedDecibels,
      level > ChannelBalance.cancelledDecibels
    {
      note(.channelsWeaken, "the mean is \(decimal(-level, 0)) dB below the louder channel")
    }
    if sound.clippedShare > check.clippedShare {
      note(.clipped, "\(percent(sound.clippedShare)) of the samples at full scale")
    }
    for found in sound.notes { note(Self.code(of: found, heard: sound.seconds), found.message) }
    if sound.hasEqualChannels { items[.monoAsStereo, default: []].append(path) }
  }

  private static func code(of note: AudioNote, heard seconds: Double) -> Finding.Code {
    if note.missingSeconds ?? 0 > seconds { return .incomplete }
    switch note.code {
    case .joined: return .joined
    case .headerLength: return .wrongLength
    default: return .damaged
    }
  }

  func findings() -> [Finding] {
    let window = decimal(check.windowSeconds, 2)
    let messages: [(Finding.Code, String)] = [
      (.missing, "listed, but there is no such file"),
      (.unreadable, "cannot be decoded"),
      (.silent, "only silence"),
      (
        .channelsCancel,
        "the channels cancel each other: nothing is left in their mean (--mono loudest, left or right hears one channel)"
      ),
      (
        .channelsWeaken,
        "much of the sound is lost in the mean of the channels (--mono loudest, left or right hears one channel)"
      ),
      (.mostlyPadding, "shorter than half a window of \(window) s: mostly added silence in training"),
      (.segmentBeyondEnd, "segments that end after the end of their file"),
      (.short, "shorter than a window of \(window) s: padded with silence in training"),
      (.incomplete, "more than half of the sound that the file promises is missing"),
      (.damaged, "damaged or cut: the sound that is left is used"),
      (.joined, "several recordings in one file: does the label hold for all of them?"),
      (.wrongLength, "the header has another length than the sound"),
      (.mostlySilent, "more than \(percent(check.silentShare)) of the time below -60 dB"),
      (.clipped, "more than \(percent(check.clippedShare)) of the samples at full scale, in runs"),
      (.monoAsStereo, "all channels are the same"),
    ]
    var findings = messages.compactMap { code, message in
      items[code].map { Finding(code, message, items: $0) }
    }
    if rates.count > 1 {
      findings.append(
        Finding(
          .mixedRates, "files of several sample rates; all are resampled",
          items: rates.sorted { $0.key < $1.key }.map { "\($0.key) Hz: \($0.value) files" }))
    }
    return findings + equal.findings(dataset) + similar()
  }

  /// Pairs of clips that sound the same and are not equal.
  private func similar() -> [Finding] {
    var items: [Finding.Code: [String]] = [:]
    for match in SimilarSounds.matches(prints) where hashes[match.first] != hashes[match.second] {
      let (first, second) = (dataset.clips[match.first], dataset.clips[match.second])
      let code = first.split == second.split ? Finding.Code.similarSound : .similarLeak
      items[code, default: []].append(
        "\(named(first)) ~ \(named(second)) (\(decimal(match.seconds, 0)) s in common, from "
          + "\(decimal(match.shift > 0 ? match.shift : 0, 1)) s and \(decimal(match.shift < 0 ? -match.shift : 0, 1)) s on, "
          + "\(percent(match.distance)) of the fingerprint differ)")
    }
    let messages: [(Finding.Code, String)] = [
      (.similarLeak, "much the same sound in several splits: figures will be too good"),
      (.similarSound, "much the same sound: another encoding, or overlapping excerpts"),
    ]
    return messages.compactMap { code, message in items[code].map { Finding(code, message, items: $0) } }
  }
}

/// Finds clips with the same content.
struct EqualContent {
  private var members: [String: [Int]] = [:]
  private var bytes: [Int: String] = [:]

  /// `bytes` tells equal files from equal sound in different files; empty where that is not known.
  mutating func add(_ index: Int, hash: String, bytes: String = "") {
    members[hash, default: []].append(index)
    if !bytes.isEmpty { self.bytes[index] = bytes }
  }

  /// Equal clips across splits, across labels, and the others, each set of them one item.
  func findings(_ dataset: Dataset) -> [Finding] {
    var items: [Finding.Code: [String]] = [:]
    for indices in members.values.filter({ $0.count > 1 }).sorted(by: { $0[0] < $1[0] }) {
      let clips = indices.map { dataset.clips[$0] }
      // Windows of one recording may be equal: a loop, or a pause.
      if Set(clips.map { Spelling($0.identity) }).count == 1 { continue }
      let (splits, labels) = (Set(clips.map(\.split)), Set(clips.map(\.label)))
      let item = describe(clips, indices)
      if splits.count > 1 { items[.soundLeak, default: []].append(item) }
      if labels.count > 1 { items[.labelConflict, default: []].append(item) }
      if splits.count == 1 && labels.count == 1 { items[.duplicate, default: []].append(item) }
    }
    let messages: [(Finding.Code, String)] = [
      (.soundLeak, "the same sound stands in several splits: figures will be too good"),
      (.labelConflict, "the same sound stands under several labels"),
      (.duplicate, "the same sound is there more than once"),
    ]
    return messages.compactMap { code, message in items[code].map { Finding(code, message, items: $0) } }
  }

  private func describe(_ clips: [Clip], _ indices: [Int]) -> String {
    let names = clips.map(named)
    let keys = indices.compactMap { bytes[$0] }
    let kind =
      keys.count < indices.count ? "" : Set(keys).count == 1 ? " (same bytes)" : " (other bytes)"
    return names.joined(separator: " = ") + kind
  }
}

/// For example `a.mp3 [Folk, train]`.
private func named(_ clip: Clip) -> String {
  let name =
    clip.path == nil ? clip.row.map { "row \($0) (\(clip.name))" } ?? clip.name : clip.identity
  return "\(name) [\([clip.label, clip.split?.rawValue].compactMap { $0 }.joined(separator: ", "))]"
}

/// For example 12.34.
func decimal(_ value: Double, _ digits: Int) -> String {
  value.decimalText(digits)
}

/// For example 0.5 %.
func percent(_ share: Double) -> String {
  share.percentText(decimals: share < 0.1 && share > 0 ? 2 : 0)
}
