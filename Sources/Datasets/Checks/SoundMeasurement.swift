public import Audio
import Files

/// What one pass over a sound file reveals about its quality. Silence and content are those of the mean of the channels, or of
/// the chosen one: the sound from which features are computed.
public struct SoundMeasurement: Sendable, Codable, Equatable {
  /// Decoded seconds.
  public var seconds: Double
  /// The file's own sample rate, in Hz.
  public var sampleRateHz: Int
  public var channels: Int
  /// The largest magnitude of a sample of any channel; 1 is full scale; decoded MP3 may exceed it.
  public var peak: Float
  /// Share of the time, in blocks of 50 ms, that is quieter than -60 dB of full scale (standard deviation of their samples, so a
  /// constant offset counts as silence).
  public var silentShare: Double
  /// Share of the samples that are at full scale (32 767 / 32 768 or more) in runs of three or more in one channel.
  public var clippedShare: Double
  /// Level of the mean of the channels in dB relative to the loudest channel, at least -200; nil if there is only one channel, if
  /// one is chosen, or if the sound is silent.
  public var meanDecibels: Double?
  /// Whether several channels all have the same samples: mono stored as stereo.
  public var hasEqualChannels: Bool
  /// SHA-1 of the decoded samples and their rate: the same for the same sound, whatever the container, tags or number of equal
  /// channels.
  public var soundHash: String
  /// The key of what was read from the file: equal for equal bytes.
  public var contentKey: String
  /// Problems noticed while the file was decoded to its end.
  public var notes: [AudioNote]

  /// Samples at or beyond this are at full scale.
  public static let fullScale: Float = 32_767 / 32_768
  /// Number of samples at full scale that form a run.
  public static let clippedRun = 3
  /// Mean power below which a block is silent: -60 dB.
  static let silentPower = 1e-6
  /// Seconds of a block.
  static let blockSeconds = 0.05

  /// Decodes a file, or a segment of it, once from beginning to end in bounded memory. Throws `CodedError`: `empty` if there is
  /// no sample, `tooShort` if the file ends before the segment.
  ///
  /// - Parameters:
  ///   - mix: how the channels are mixed; `loudest` costs an additional pass.
  ///   - isStopped: called for each block; if it returns true, the call throws `CancellationError`.
  public init(
    path: String, segment: SoundSegment? = nil, limits: AudioLimits = AudioLimits(), mix: ChannelMix = .mean,
    isStopped: () -> Bool = { false }
  ) throws {
    var reader = try AudioReader(path: path, limits: limits, mix: mix, recordsContent: true)
    let channels = reader.channelCount
    var tally = try SoundTally(sampleRateHz: reader.sampleRateHz, channels: channels, heard: reader.channel)
    let range = segment?.samples(atHz: reader.sampleRateHz) ?? 0..<Int.max
    if range.lowerBound > 0 { try reader.seek(toSeconds: segment?.startSeconds ?? 0) }
    var block = [Float](repeating: 0, count: 8 * 1152 * channels)
    while tally.frames < range.count {
      if isStopped() { throw CancellationError() }
      var span = block.mutableSpan
      let frames = min(try reader.readInterleaved(into: &span), range.count - tally.frames)
      if frames == 0 { break }
      tally.add(block, frames: frames)
    }
    tally.closeBlock()
    guard tally.frames > 0 else {
      throw segment.map {
        CodedError(.tooShort, "the sound ends before \($0.startSeconds) s", path: path)
      } ?? CodedError(.empty, "no samples in it", path: path)
    }
    seconds = Double(tally.frames) / Double(reader.sampleRateHz)
    sampleRateHz = reader.sampleRateHz
    self.channels = channels
    peak = tally.peak
    silentShare = tally.silentShare
    clippedShare = Double(tally.clipped) / Double(tally.frames * channels)
    hasEqualChannels = channels > 1 && tally.isEqual
    meanDecibels = tally.balance.meanDecibels.map { max(-200, (100 * $0).rounded() / 100) }
    contentKey = reader.contentKey.map(\.description) ?? ""
    notes = reader.notes
    soundHash = tally.finish()
  }
}

/// The sums that a measurement is made of.
private struct SoundTally: ~Copyable {
  private(set) var frames = 0
  private(set) var peak: Float = 0
  private(set) var clipped = 0
  private(set) var isEqual = true
  private let channels: Int
  /// The channel that is heard; nil is the mean of all.
  private let heard: Int?
  private let blockFrames: Int
  private var runs: [Int]
  private var mono: [Float] = []
  private var (inBlock, sum, power) = (0, 0.0, 0.0)
  private var silentFrames = 0
  private var powers: [Double]
  private var mixPower = 0.0
  private var digest: SHA1

  init(sampleRateHz: Int, channels: Int, heard: Int?) throws {
    (self.channels, self.heard) = (channels, heard)
    blockFrames = max(1, Int(SoundMeasurement.blockSeconds * Double(sampleRateHz)))
    runs = Array(repeating: 0, count: channels)
    powers = Array(repeating: 0, count: channels)
    digest = try SHA1()
    digest.update("\(sampleRateHz)\n")
  }

  /// Nothing to say of one channel, or where one is heard.
  var balance: ChannelBalance {
    ChannelBalance(channelPower: channels > 1 && heard == nil ? powers : [], meanPower: mixPower)
      .scaled(by: 1 / Double(max(1, frames)))
  }

  var silentShare: Double { frames == 0 ? 0 : Double(silentFrames) / Double(frames) }

  mutating func add(_ samples: [Float], frames count: Int) {
    if mono.count < count { mono = [Float](repeating: 0, count: count) }
    unsafe samples.withUnsafeBufferPointer { samples in
      for channel in 0..<channels { unsafe countClipped(samples, channel, count) }
      unsafe mix(samples, count)
    }
    addBlocks(count)
    unsafe mono.withUnsafeBytes { bytes in
      unsafe digest.update(UnsafeRawBufferPointer(rebasing: bytes[..<(4 * count)]))
    }
    frames += count
  }

  private mutating func countClipped(_ samples: UnsafeBufferPointer<Float>, _ channel: Int, _ count: Int) {
    var (run, found, peak, power) = (runs[channel], 0, peak, Float(0))
    let channels = channels
    var index = channel
    for _ in 0..<count {
      let magnitude = unsafe abs(samples[index])
      if magnitude > peak { peak = magnitude }
      power += magnitude * magnitude
      if magnitude >= SoundMeasurement.fullScale {
        run &+= 1
        // The first of a run count when it turns out to be one.
        if run == SoundMeasurement.clippedRun {
          found &+= run
        } else if run > SoundMeasurement.clippedRun {
          found &+= 1
        }
      } else {
        run = 0
      }
      index &+= channels
    }
    (runs[channel], self.peak) = (run, peak)
    powers[channel] += Double(power)
    clipped += found
  }

  private mutating func mix(_ samples: UnsafeBufferPointer<Float>, _ count: Int) {
    let (channels, heard) = (channels, heard)
    var isEqual = isEqual
    unsafe mono.withUnsafeMutableBufferPointer { mono in
      for frame in 0..<count {
        let first = unsafe samples[frame &* channels]
        var sum = first
        for channel in 1..<max(1, channels) {
          let sample = unsafe samples[frame &* channels &+ channel]
          if sample != first { isEqual = false }
          sum += sample
        }
        // Equal channels give exactly the samples of the mono file.
        unsafe mono[frame] = channels == 1 || isEqual ? first : sum / Float(channels)
        if let heard { unsafe mono[frame] = samples[frame &* channels &+ heard] }
      }
    }
    self.isEqual = isEqual
  }

  private mutating func addBlocks(_ count: Int) {
    var frame = 0
    while frame < count {
      let end = min(count, frame + blockFrames - inBlock)
      unsafe mono.withUnsafeBufferPointer { mono in
        for index in frame..<end {
          let sample = unsafe Double(mono[index])
          sum += sample
          power += sample * sample
        }
      }
      inBlock += end - frame
      frame = end
      if inBlock == blockFrames { closeBlock() }
    }
  }

  /// Judges the samples since the last block, at the end of the sound fewer than a block.
  mutating func closeBlock() {
    guard inBlock > 0 else { return }
    let mean = sum / Double(inBlock)
    mixPower += power
    if power / Double(inBlock) - mean * mean < SoundMeasurement.silentPower { silentFrames += inBlock }
    (inBlock, sum, power) = (0, 0, 0)
  }

  /// Closes the hash.
  consuming func finish() -> String { digest.finish() }
}
