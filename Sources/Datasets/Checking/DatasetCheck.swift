public import Audio
import Features
import Foundation

/// Looks through a data set for what spoils a training or flatters its figures: files that cannot be used, the same
/// sound twice, artists on both sides of a split, too few clips. Reads everything, changes nothing.
///
/// Which findings are errors: ``Finding/Code/severity``.
public struct DatasetCheck: Sendable {
  /// A clip shorter than this many seconds is short. The default is the window of ``FeatureSpec/mfcc128``.
  public var windowSeconds = FeatureSpec.mfcc128.seconds
  /// Silent blocks from which on a clip is mostly silent.
  public var silentShare = 0.5
  /// Samples at full scale in runs from which on a clip is clipped.
  public var clippedShare = 0.001
  /// Clips of a genre in a split below which there are few.
  public var fewClips = 10
  /// Clips of the largest genre for each of the smallest from which on there is an imbalance.
  public var imbalance = 3.0
  /// Whether warnings are errors.
  public var isStrict = false
  /// Files worked on side by side.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  public var limits = AudioLimits()

  public init() {}

  /// How far the work is.
  public struct Progress: Sendable, Equatable {
    public var done = 0
    public var total: Int
    public var unreadable = 0
  }

  /// Checks sound files, or the maps of a feature file. Cost: decodes every file once, in bounded memory; what is kept
  /// of each is a few hundred bytes.
  ///
  /// `isCancelled` is asked, and `progress` called, on the calling thread. Throws `cancelled`, and what opening the
  /// feature file throws; a bad sound file is a finding.
  public func run(
    _ dataset: Dataset, isCancelled: () -> Bool = { false }, progress: (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> DatasetCheckReport {
    if let features = dataset.featuresPath {
      return try checkFeatures(dataset, path: features, isCancelled: isCancelled, progress: progress)
    }
    return try checkSound(dataset, isCancelled: isCancelled, progress: progress)
  }

  private enum Outcome: Sendable {
    case measured(SoundMeasurement)
    case failed(code: String, reason: String)
    case stopped
  }

  private func checkSound(
    _ dataset: Dataset, isCancelled: () -> Bool, progress: (Progress) -> Void
  ) throws(DatasetError) -> DatasetCheckReport {
    let paths = dataset.tracks.map { $0.path ?? "" }
    let limits = limits
    var state = Progress(total: paths.count)
    var outcomes = [Outcome](repeating: .stopped, count: paths.count)
    try ParallelWork(threads: threads, path: dataset.path).run(
      paths.count, isCancelled: isCancelled,
      { index, stop -> Outcome in
        do {
          return .measured(try SoundMeasurement(path: paths[index], limits: limits) { stop.isSet })
        } catch let error as AudioError {
          return .failed(code: error.code.rawValue, reason: error.message)
        } catch {
          return error is CancellationError ? .stopped : .failed(code: "internal", reason: "\(error)")
        }
      },
      collect: { index, outcome throws(DatasetError) in
        outcomes[index] = outcome
        state.done += 1
        if case .failed = outcome { state.unreadable += 1 }
        progress(state)
      })
    var sound = SoundFindings(self, dataset)
    let clips = dataset.tracks.enumerated().map { index, track in
      var clip = DatasetCheckReport.Clip(
        path: track.path ?? "", label: track.label, split: track.split?.rawValue, group: track.group)
      switch outcomes[index] {
      case .measured(let measurement):
        clip.measurement = measurement
        sound.add(measurement, index)
      case .failed(let code, let reason):
        clip.failure = reason
        sound.addFailure(code: code, reason: reason, clip.path)
      case .stopped: break
      }
      return clip
    }
    return DatasetCheckReport(
      dataset, findings: sound.findings() + structureFindings(dataset), isStrict: isStrict,
      seconds: sound.seconds, clips: clips)
  }
}

/// Collects what is wrong with single files, and which are the same.
private struct SoundFindings {
  private let check: DatasetCheck
  private let dataset: Dataset
  private(set) var seconds = 0.0
  private var items: [Finding.Code: [String]] = [:]
  private var rates: [Int: Int] = [:]
  private var equal = EqualContent()

  init(_ check: DatasetCheck, _ dataset: Dataset) { (self.check, self.dataset) = (check, dataset) }

  mutating func addFailure(code: String, reason: String, _ path: String) {
    let isMissing = code == AudioError.Code.missing.rawValue
    items[isMissing ? .missing : .unreadable, default: []].append(isMissing ? path : "\(path): \(reason)")
  }

  mutating func add(_ sound: SoundMeasurement, _ index: Int) {
    let path = dataset.tracks[index].path ?? ""
    func note(_ code: Finding.Code, _ text: String) { items[code, default: []].append("\(path): \(text)") }
    seconds += sound.seconds
    rates[sound.sampleRateHz, default: 0] += 1
    // What a resampler may round off is no shortness.
    if sound.seconds < check.windowSeconds - 0.002 { note(.short, "\(decimal(sound.seconds, 2)) s") }
    if sound.silentShare == 1 {
      note(.silent, "\(decimal(sound.seconds, 2)) s, peak \(decimal(Double(sound.peak), 4))")
    } else {
      // Silent files of one length are equal, which says nothing.
      equal.add(index, hash: sound.soundHash, bytes: sound.contentKey)
      if sound.silentShare > check.silentShare { note(.mostlySilent, "\(percent(sound.silentShare)) silent") }
    }
    if sound.clippedShare > check.clippedShare {
      note(.clipped, "\(percent(sound.clippedShare)) of the samples at full scale")
    }
    if sound.hasEqualChannels { items[.monoAsStereo, default: []].append(path) }
  }

  func findings() -> [Finding] {
    let window = decimal(check.windowSeconds, 2)
    let messages: [(Finding.Code, String)] = [
      (.missing, "listed, but there is no such file"),
      (.unreadable, "cannot be decoded"),
      (.silent, "only silence"),
      (.short, "shorter than a window of \(window) s: padded with silence in training"),
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
    return findings + equal.findings(dataset)
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
      let tracks = indices.map { dataset.tracks[$0] }
      // Windows of one recording may be equal: a loop, or a pause.
      if Set(tracks.map(\.recording)).count == 1 { continue }
      let (splits, labels) = (Set(tracks.map(\.split)), Set(tracks.map(\.label)))
      let item = describe(tracks, indices)
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

  private func describe(_ tracks: [Track], _ indices: [Int]) -> String {
    let names = tracks.map { track in
      let name = track.path ?? (track.row.map { "row \($0) (\(track.name))" } ?? track.name)
      return "\(name) [\([track.label, track.split?.rawValue].compactMap { $0 }.joined(separator: ", "))]"
    }
    let keys = indices.compactMap { bytes[$0] }
    let kind =
      keys.count < indices.count ? "" : Set(keys).count == 1 ? " (same bytes)" : " (other bytes)"
    return names.joined(separator: " = ") + kind
  }
}

/// For example 12.34.
func decimal(_ value: Double, _ digits: Int) -> String {
  value.formatted(
    .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
}

/// For example 0.5 %.
func percent(_ share: Double) -> String {
  "\(decimal(share * 100, share < 0.1 && share > 0 ? 2 : 0)) %"
}
