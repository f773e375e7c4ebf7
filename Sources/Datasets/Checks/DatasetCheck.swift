public import Audio
import Features
public import Files
import Foundation

/// Checks a data set for problems that spoil a training or make its figures too good: files that cannot be used, the same sound
/// twice, artists on both sides of a split, too few clips. It reads everything and changes nothing.
///
/// ``Finding/Code/severity`` says which findings are errors.
public struct DatasetCheck: Sendable {
  /// A clip shorter than this many seconds is short. The default is the window of ``FeatureSpec/mfcc128``.
  public var windowSeconds = FeatureSpec.mfcc128.seconds
  /// How the channels of a file are mixed.
  public var mix = ChannelMix.mean
  /// Share of silent blocks from which a clip is mostly silent.
  public var silentShare = 0.5
  /// Share of samples at full scale in runs from which a clip is clipped.
  public var clippedShare = 0.001
  /// Number of clips of a genre in a split below which there are too few.
  public var fewClips = 10
  /// Ratio of the clips of the largest genre to those of the smallest from which there is an imbalance.
  public var imbalance = 3.0
  /// Whether to search for copies whose samples differ: other encodings, excerpts that overlap by five seconds or more. This
  /// decodes the first two minutes of each file a second time, and keeps about 90 bytes for each second.
  public var findsSimilar = false
  /// Whether warnings count as errors.
  public var isStrict = false
  /// Number of files processed in parallel.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  public var limits = AudioLimits()

  public init() {}

  /// Checks sound files, or the maps of a feature file. Cost: decodes every file once, in bounded memory; a few hundred bytes are
  /// kept for each.
  ///
  /// Throws `cancelled`, and the errors of opening the feature file; a bad sound file is a finding.
  public func run(
    _ dataset: Dataset, job: Job = Job()
  ) throws(CodedError) -> DatasetCheckReport {
    if let store = try dataset.featureStore() {
      return try checkFeatures(dataset, store, job: job)
    }
    return try checkSound(dataset, job: job)
  }

  private enum Outcome: Sendable, Codable {
    case measured(SoundMeasurement, AcousticFingerprint?)
    case failed(code: String, reason: String)
    case stopped
  }

  private func checkSound(
    _ dataset: Dataset, job: Job
  ) throws(CodedError) -> DatasetCheckReport {
    let paths = dataset.clips.map { $0.path ?? "" }
    let segments = dataset.clips.map(\.segment)
    let (limits, mix, findsSimilar) = (limits, mix, findsSimilar)
    var (done, unreadable) = (0, 0)
    var outcomes = [Outcome](repeating: .stopped, count: paths.count)
    try ParallelWork(threads: threads, path: dataset.path).run(
      paths.count, job: job,
      { index, stop -> Outcome in
        do {
          return try job.step(
            "\(paths[index]) \(String(describing: segments[index])) \(FileStamp.words(of: paths[index]))"
          ) {
            let sound = try SoundMeasurement(
              path: paths[index], segment: segments[index], limits: limits, mix: mix
            ) { stop.isSet }
            let print =
              findsSimilar
              ? try AcousticFingerprint(
                path: paths[index], segment: segments[index], limits: limits, mix: mix)
              : nil
            return .measured(sound, print)
          }
        } catch let error as CodedError where error.isOfSound {
          return .failed(code: error.code.rawValue, reason: error.message)
        } catch {
          return error is CancellationError ? .stopped : .failed(code: "internal", reason: "\(error)")
        }
      },
      collect: { index, outcome throws(CodedError) in
        outcomes[index] = outcome
        done += 1
        if case .failed = outcome { unreadable += 1 }
        job.tell(
          StageProgress(
            "check", completed: done, of: paths.count,
            note: unreadable > 0 ? "\(unreadable) unreadable" : ""))
      })
    var sound = SoundFindings(self, dataset)
    let clips = dataset.clips.enumerated().map { index, clip in
      var clip = DatasetCheckReport.Clip(
        path: clip.segment == nil ? clip.path ?? "" : clip.identity, label: clip.label,
        split: clip.split?.rawValue, group: clip.group)
      switch outcomes[index] {
      case .measured(let measurement, let print):
        clip.measurement = measurement
        sound.add(measurement, print, index)
      case .failed(let code, let reason):
        clip.failure = reason
        sound.addFailure(code: code, reason: reason, index)
      case .stopped: break
      }
      return clip
    }
    return DatasetCheckReport(
      dataset, findings: sound.findings() + structureFindings(dataset), isStrict: isStrict,
      seconds: sound.seconds, clips: clips)
  }
}
