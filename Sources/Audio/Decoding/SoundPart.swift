import Files

/// One recording of a file, which may hold several of them, one after the other.
protocol SoundPart: AnyObject {
  /// In Hz.
  var sampleRateHz: Int { get }
  var channelCount: Int { get }

  /// Decodes interleaved samples; returns sample frames, 0 at the end of the part.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int

  /// Moves to a sample frame counted from the part's start, or to its end; returns how far it came.
  func seek(toFrame frame: Int) -> Int

  /// The part after this one, which was read to its end; nil after the last. `seconds` of sound are before it.
  func next(after seconds: Double) -> (any SoundPart)?
}

/// The parts of a file as one sound, with the rate and the channels of the first.
final class JoinedSound {
  let sampleRateHz: Int
  let channelCount: Int
  private let first: any SoundPart
  private var part: (any SoundPart)?
  /// Of a part of another format.
  private var converter: PartConverter?
  /// Sample frames given or passed over.
  private var position = 0
  private var partCount = 1
  private let source: ByteSource
  /// A file of more parts is no recording of anything; its rest is left.
  static let mostParts = 10_000

  init(_ first: any SoundPart, of source: ByteSource) {
    self.source = source
    self.first = first
    part = first
    (sampleRateHz, channelCount) = (first.sampleRateHz, first.channelCount)
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    let wanted = target.count / channelCount
    var filled = 0
    while filled < wanted, let part {
      let room = unsafe UnsafeMutableBufferPointer(
        rebasing: target[(filled * channelCount)..<(wanted * channelCount)])
      let got =
        if let converter {
          try unsafe converter.read(from: part, into: room)
        } else {
          try unsafe part.read(into: room)
        }
      if got == 0 { moveOn() }
      filled += got
      position += got
    }
    return filled
  }

  static func tooMany(after seconds: Double) -> AudioNote {
    AudioNote(
      .cutShort,
      "it holds more than \(mostParts) recordings; those after \(AudioNote.text(seconds)) are not used",
      seconds: seconds)
  }

  /// Moves to the next part that can be used, from one that was read to its end.
  private func moveOn() {
    let seconds = Double(position) / Double(sampleRateHz)
    converter = nil
    while let last = part {
      partCount += 1
      guard partCount <= Self.mostParts else {
        source.notes.add(Self.tooMany(after: seconds))
        part = nil
        return
      }
      part = last.next(after: seconds)
      guard let part, part.sampleRateHz != sampleRateHz || part.channelCount != channelCount else { return }
      converter = PartConverter(part, toHz: sampleRateHz, channels: channelCount)
      if converter != nil { return }
      source.notes.add(
        AudioNote(
          .skipped,
          "the recording that follows at \(AudioNote.text(seconds)) is not used: its header says "
            + "\(part.channelCount) channels at \(part.sampleRateHz) Hz", seconds: seconds))
      passOver(part)
    }
  }

  /// Decodes a part for nothing.
  private func passOver(_ part: any SoundPart) {
    var buffer = [Float](repeating: 0, count: 4096 * part.channelCount)
    while let got = unsafe buffer.withUnsafeMutableBufferPointer({ try? unsafe part.read(into: $0) }), got > 0
    {}
  }

  /// Moves to a sample frame counted from the start. False when the sound ends before it.
  func seek(toFrame frame: Int) -> Bool {
    (part, converter, position, partCount) = (first, nil, 0, 1)
    while let part {
      if converter == nil {
        position += part.seek(toFrame: frame - position)
      } else {
        discard(frame - position)
      }
      if position == frame { return true }
      moveOn()
    }
    return false
  }

  /// Decodes sample frames of a part for nothing, up to its end.
  private func discard(_ count: Int) {
    guard let part, let converter else { return }
    var (left, buffer) = (count, [Float](repeating: 0, count: 4096 * channelCount))
    while left > 0 {
      let room = min(left, 4096) * channelCount
      let got =
        unsafe buffer.withUnsafeMutableBufferPointer { buffer in
          try? unsafe converter.read(from: part, into: .init(rebasing: buffer[..<room]))
        } ?? 0
      if got == 0 { return }
      left -= got
      position += got
    }
  }
}

/// Brings a part to another rate and another number of channels.
///
/// Mono goes to every channel, any number of channels to mono by their mean; otherwise channels are taken in order and
/// missing ones are their mean. `ceil(n toHz / fromHz)` sample frames come out of n.
final class PartConverter {
  private let (source, target): (channels: Int, Int)
  private var resampler: Resampler
  private var input: [Float] = []
  private var mixed: [Float] = []
  private var range = 0..<0
  private var (taken, given, hasEnded) = (0, 0, false)
  private static let blockFrames = 4096

  /// nil when the part's format is beyond the limits for files: a second of sound at 1 Hz would become hours.
  init?(_ part: any SoundPart, toHz rate: Int, channels: Int) {
    (source, target) = (part.channelCount, channels)
    do {
      try AudioLimits().check(sampleRateHz: part.sampleRateHz, channelCount: part.channelCount, path: "")
      resampler = try Resampler(fromHz: part.sampleRateHz, toHz: rate, channelCount: channels)
    } catch {
      return nil
    }
  }

  /// Converted sample frames of the part; 0 at its end.
  func read(
    from part: any SoundPart, into output: UnsafeMutableBufferPointer<Float>
  ) throws(CodedError) -> Int {
    let wanted = output.count / target
    var filled = 0
    while filled < wanted {
      if range.isEmpty, !hasEnded { try refill(from: part) }
      let room = unsafe UnsafeMutableBufferPointer(rebasing: output[(filled * target)..<(wanted * target)])
      let (consumed, produced) = unsafe mixed.withUnsafeBufferPointer { input in
        let part = unsafe UnsafeBufferPointer(
          rebasing: input[(range.lowerBound * target)..<(range.upperBound * target)])
        return unsafe resampler.process(part, isLast: hasEnded, into: room)
      }
      range = range.lowerBound + consumed..<range.upperBound
      filled += produced
      if consumed == 0, produced == 0, hasEnded { break }
    }
    guard hasEnded else {
      given += filled
      return filled
    }
    // At the end the rounding decides, not what the resampler held back.
    let left = max(0, resampler.outputCount(for: taken) - given)
    let count = filled < wanted || left < filled ? min(left, wanted) : filled
    if filled < count { unsafe output[(filled * target)..<(count * target)].update(repeating: 0) }
    given += count
    return count
  }

  private func refill(from part: any SoundPart) throws(CodedError) {
    if input.isEmpty { input = [Float](repeating: 0, count: Self.blockFrames * source) }
    let got = try unsafe input.withUnsafeMutableBufferPointer { (buffer) throws(CodedError) in
      try unsafe part.read(into: buffer)
    }
    mixed.removeAll(keepingCapacity: true)
    for frame in 0..<got {
      let samples = input[(frame * source)..<(frame * source + source)]
      let mean = samples.reduce(0, +) / Float(source)
      for channel in 0..<target {
        mixed.append(
          source > 1 && target > 1 && channel < source ? samples[samples.startIndex + channel] : mean)
      }
    }
    range = 0..<got
    taken += got
    if got == 0 { hasEnded = true }
  }
}
