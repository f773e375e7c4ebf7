public import Files
import Foundation

/// An open sound file that delivers its samples as mono, block by block, at the file's own sample rate.
///
/// ```swift
/// var reader = try AudioReader(path: "song.mp3")
/// var block = [Float](repeating: 0, count: 4096)
/// var span = block.mutableSpan
/// let count = try reader.read(into: &span)             // 0 at the end
/// ```
///
/// Its ``notes`` are complete only after the last sample, because damage shows when it is decoded. It cannot be copied: two readers of
/// one handle would each take samples from the other.
///
/// Memory does not grow with the file: one block of interleaved samples and one read buffer. The reader owns
/// the C library's handle and closes it when it goes out of scope.
public struct AudioReader: ~Copyable {
  /// The path, or the name given to bytes in memory.
  public let path: String
  /// The file's own rate, in Hz.
  public let sampleRateHz: Int
  /// Channels in the file; samples are their mean, or one of them.
  public let channelCount: Int
  /// The channel that is read, from 0; nil is the mean of all.
  public let channel: Int?

  private let decoder: Decoder
  private let source: ByteSource
  private var interleaved: [Float] = []
  private var tally: ChannelTally
  /// The key of the whole file, where all of it decided which channel is given.
  private let wholeKey: ContentKey?
  private var frame = 0
  private static let blockFrames = 8 * 1152

  /// Opens a file by its content. Throws ``CodedError``: `missing`, `empty`, `unknownFormat`, `damaged`,
  /// `unsupported` (beyond `limits`), `inputOutput`.
  ///
  /// - Parameters:
  ///   - mix: how channels are mixed to one. `loudest` decodes the whole file first.
  ///   - recordsContent: maintains ``contentKey``, at the cost of hashing the bytes read.
  public init(
    path: String, limits: AudioLimits = AudioLimits(), mix: ChannelMix = .mean, recordsContent: Bool = false
  ) throws(CodedError) {
    var found: Loudest?
    if mix == .loudest {
      found = try Loudest(AudioReader(path: path, limits: limits, recordsContent: recordsContent))
    }
    try self.init(ByteSource(path: path, recordsContent: recordsContent), limits: limits, mix, found)
  }

  /// Opens a whole file in memory; `name` is used as the path in errors.
  public init(
    bytes: [UInt8], name: String, limits: AudioLimits = AudioLimits(), mix: ChannelMix = .mean
  ) throws(CodedError) {
    var found: Loudest?
    if mix == .loudest { found = try Loudest(AudioReader(bytes: bytes, name: name, limits: limits)) }
    try self.init(ByteSource(bytes: bytes, name: name), limits: limits, mix, found)
  }

  /// What a first pass over the file found.
  private struct Loudest {
    let channel: Int
    let key: ContentKey?

    init(_ reader: consuming AudioReader) throws(CodedError) {
      let channels = reader.channelCount
      guard channels > 1 else {
        (channel, key) = (0, nil)
        return
      }
      var block = [Float](repeating: 0, count: AudioReader.blockFrames * channels)
      var power = [Double](repeating: 0, count: channels)
      while true {
        var span = block.mutableSpan
        let frames = try reader.readInterleaved(into: &span)
        if frames == 0 { break }
        for index in 0..<frames * channels {
          power[index % channels] += Double(block[index]) * Double(block[index])
        }
      }
      channel = power.indices.reduce(0) { power[$1] > power[$0] ? $1 : $0 }
      key = reader.contentKey
    }
  }

  private init(
    _ source: ByteSource, limits: AudioLimits, _ mix: ChannelMix, _ found: Loudest?
  ) throws(CodedError) {
    let opened = try Decoder.open(source)
    try limits.check(sampleRateHz: opened.sampleRateHz, channelCount: opened.channelCount, path: source.name)
    path = source.name
    sampleRateHz = opened.sampleRateHz
    channelCount = opened.channelCount
    let last = opened.channelCount - 1
    switch mix {
    case .mean: channel = nil
    case .loudest: channel = min(found?.channel ?? 0, last)
    case .left: channel = 0
    case .right: channel = min(1, last)
    }
    wholeKey = found?.key
    tally = ChannelTally(channelCount: opened.channelCount)
    decoder = opened
    self.source = source
  }

  /// The key of the part of the file read so far: a file that matches it gives the same samples. nil unless it was requested.
  public var contentKey: ContentKey? { wholeKey ?? source.contentKey }

  /// How much of the channels' power their mean has kept so far; nil if there is one channel or one is chosen.
  public var balance: ChannelBalance? { channel == nil && channelCount > 1 ? tally.balance : nil }

  /// Problems noticed in the sound decoded so far. After the last sample they cover the whole file.
  public var notes: [AudioNote] { source.notes.list }

  /// ``contentKey`` and ``notes`` together.
  public var reading: AudioReading { AudioReading(contentKey: contentKey, notes: notes) }

  /// Moves to the sample at `Int(seconds * sampleRateHz)`, exactly; reading returns 0 samples if the sound ends before it.
  public mutating func seek(toSeconds seconds: Double) throws(CodedError) {
    let target = seconds * Double(sampleRateHz)
    guard target >= 0, target < 0x1p53 else {
      throw CodedError(.unsupported, "cannot start at \(seconds) s", path: path)
    }
    frame = Int(target)
    guard decoder.seek(toFrame: frame) else {
      throw CodedError(.tooShort, "the sound ends before \(seconds) s", path: path)
    }
  }

  /// Decodes the next samples, the mean of the channels or the chosen one; returns their number, 0 at the end.
  ///
  /// A truncated file gives the samples that it has. Throws `unsupported` when a sample is not a finite number,
  /// `inputOutput` when the file cannot be read.
  public mutating func read(into samples: inout MutableSpan<Float>) throws(CodedError) -> Int {
    try unsafe samples.withUnsafeMutableBufferPointer { (target) throws(CodedError) in
      try unsafe read(into: target)
    }
  }

  mutating func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    var filled = 0
    while filled < target.count {
      let end = min(target.count, filled + Self.blockFrames)
      let block = unsafe UnsafeMutableBufferPointer(rebasing: target[filled..<end])
      let got = try unsafe channelCount == 1 ? decoder.read(into: block) : readMixed(into: block)
      if got == 0 {
        try requireRead()
        break
      }
      try unsafe requireFinite(UnsafeBufferPointer(rebasing: block[..<got]))
      filled += got
      frame += got
    }
    return filled
  }

  /// Decodes the next samples of all channels, interleaved; returns sample frames, 0 at the end. Only whole frames are
  /// written. Throws as ``read(into:)``.
  ///
  /// ``read(into:)`` continues where this stops, and vice versa.
  public mutating func readInterleaved(into samples: inout MutableSpan<Float>) throws(CodedError) -> Int {
    let channels = channelCount
    let got = try unsafe samples.withUnsafeMutableBufferPointer { (target) throws(CodedError) in
      let room = target.count / channels * channels
      return try unsafe decoder.read(into: .init(rebasing: target[..<room]))
    }
    try unsafe samples.withUnsafeMutableBufferPointer { (target) throws(CodedError) in
      try unsafe requireFinite(UnsafeBufferPointer(rebasing: target[..<(got * channels)]), channels: channels)
    }
    if got == 0, samples.count >= channels { try requireRead() }
    frame += got
    return got
  }

  /// An end that comes because the file cannot be read is none.
  private func requireRead() throws(CodedError) {
    guard source.hasFailed else { return }
    throw CodedError(.inputOutput, "reading failed", path: path)
  }

  private mutating func readMixed(into block: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    let channels = channelCount
    if interleaved.isEmpty { interleaved = [Float](repeating: 0, count: Self.blockFrames * channels) }
    let got = try unsafe interleaved.withUnsafeMutableBufferPointer { (buffer) throws(CodedError) in
      let got = try unsafe decoder.read(into: .init(rebasing: buffer[..<(block.count * channels)]))
      let mono = unsafe UnsafeMutableBufferPointer(rebasing: block[..<got])
      if let channel {
        for frame in 0..<got { unsafe mono[frame] = buffer[frame &* channels &+ channel] }
      } else {
        unsafe mixToMono(UnsafeBufferPointer(buffer), channels: channels, into: mono)
      }
      return got
    }
    if channel == nil {
      let samples = interleaved
      tally.add(samples.span, frames: got)
    }
    return got
  }

  /// Throws when a sample is infinite or not a number; says where.
  private func requireFinite(
    _ samples: UnsafeBufferPointer<Float>, channels: Int = 1
  ) throws(CodedError) {
    guard unsafe !allFinite(samples) else { return }
    let index = unsafe samples.firstIndex { !$0.isFinite } ?? 0
    throw CodedError(
      .unsupported, "sample \(frame + index / channels) is \(unsafe samples[index]), not a finite number",
      path: path)
  }
}

/// Mean over the channels of interleaved samples: `target.count` frames.
private func mixToMono(
  _ source: UnsafeBufferPointer<Float>, channels: Int, into target: UnsafeMutableBufferPointer<Float>
) {
  if channels == 2 {
    for frame in 0..<target.count {
      unsafe target[frame] = (source[2 &* frame] + source[2 &* frame &+ 1]) * 0.5
    }
    return
  }
  for frame in 0..<target.count {
    var sum: Float = 0
    for channel in 0..<channels { sum += unsafe source[frame &* channels &+ channel] }
    unsafe target[frame] = sum / Float(channels)
  }
}

/// Whether no sample is infinite or not a number: an exponent of all ones.
private func allFinite(_ samples: UnsafeBufferPointer<Float>) -> Bool {
  var found: UInt32 = 0
  for index in 0..<samples.count {
    // Adding one to the exponent carries into the sign bit exactly when all its bits are set.
    found |= unsafe (samples[index].bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000
  }
  return found & 0x8000_0000 == 0
}
