import Files
import Foundation

/// A sound that ffmpeg decodes, as a process of its own, for the formats that neither library reads.
///
/// It gives interleaved samples at the file's own rate through a pipe, so that memory is bounded and nothing is decoded
/// ahead of what is asked for. The process ends with its decoder, also when only the first window was wanted. It gets the
/// open file, no name: nothing in a name can mean something to it.
@safe final class ForeignDecoder {
  let format: ForeignFormat
  /// In Hz.
  private(set) var sampleRateHz = 0
  private(set) var channelCount = 0
  private(set) var log = FFmpegLog()

  private let source: ByteSource
  private let program: String
  private var process: ChildProcess
  /// The next sample frame that is given.
  private var frame = 0
  private var hasEnded = false
  private var messages = [UInt8](repeating: 0, count: 4096)

  private let patience: Duration
  /// Bytes that ffmpeg may ask for at once.
  private static let mostMemory = 256 << 20
  /// A sound that is longer is none.
  private static let mostSeconds = 86_400

  /// Starts ffmpeg and waits for the sound's rate and channels. Throws `damaged` when it finds no sound, `inputOutput` when it
  /// cannot be started or gives nothing.
  ///
  /// - Parameter patience: how long it may give neither sound nor messages.
  init(
    _ source: ByteSource, _ format: ForeignFormat, program: String, patience: Duration = .seconds(60)
  ) throws(CodedError) {
    (self.source, self.format, self.program, self.patience) = (source, format, program, patience)
    process = try Self.start(program, format, source)
    try readHeader()
  }

  private static func start(
    _ program: String, _ format: ForeignFormat, _ source: ByteSource
  ) throws(CodedError) -> ChildProcess {
    let input = [
      "-nostdin", "-nostats", "-loglevel", "level+info", "-max_alloc", "\(mostMemory)",
      "-protocol_whitelist", "file", "-threads", "1", "-vn", "-sn", "-dn", "-f", format.demuxer, "-i",
      "file:/proc/self/fd/3",
    ]
    let output = ["-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
    let (descriptor, isOwn) = try source.descriptorForReading()
    defer { if isOwn { close(descriptor) } }
    do { return try ChildProcess(program, input + output, file: descriptor) } catch {
      let reason = unsafe String(cString: strerror(error.status))
      throw CodedError(
        .inputOutput, "ffmpeg (\(program)) cannot be started: \(reason)", path: source.name,
        underlyingStatus: Int(error.status))
    }
  }

  /// The header of the format AU, in which the sound comes: a mark, the header's length, the data's (unknown), the encoding
  /// (6: 32-bit float), rate and channels, each four bytes.
  private func readHeader() throws(CodedError) {
    let head = try bytes(24)
    guard head.count == 24 else { throw failure() }
    func number(_ index: Int) -> Int { head[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (length, encoding, rate, channels) = (number(1), number(3), number(4), number(5))
    guard head.starts(with: Array(".snd".utf8)), (24...65_536).contains(length), encoding == 6, rate > 0,
      (1...1024).contains(channels), try bytes(length - 24).count == length - 24
    else {
      throw CodedError(.inputOutput, "what ffmpeg (\(program)) writes is no sound", path: source.name)
    }
    (sampleRateHz, channelCount) = (rate, channels)
  }

  private func bytes(_ count: Int) throws(CodedError) -> [UInt8] {
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { unsafe target.deallocate() }
    let got = try unsafe fill(target)
    return unsafe Array(target[..<got])
  }

  /// Reads until the target is full or the sound ends; returns how many bytes.
  private func fill(_ target: UnsafeMutableRawBufferPointer) throws(CodedError) -> Int {
    var filled = 0
    while filled < target.count, !hasEnded {
      let event = unsafe messages.withUnsafeMutableBytes { messages in
        unsafe process.read(
          into: UnsafeMutableRawBufferPointer(rebasing: target[filled...]), log: messages, patience: patience)
      }
      switch event {
      case .output(let count): filled += count
      case .errors(let count): log.take(messages[..<count])
      case .end: end(behind: filled)
      case .silence:
        process.kill()
        throw CodedError(
          .inputOutput,
          "ffmpeg (\(program)) has given nothing for \(patience.components.seconds) s and was stopped",
          path: source.name)
      case .failure(let status):
        throw CodedError(
          .inputOutput, "reading from ffmpeg failed", path: source.name, underlyingStatus: Int(status))
      }
    }
    return filled
  }

  /// Notes what ffmpeg complained about, once the sound is through, `byteCount` bytes after ``frame``.
  private func end(behind byteCount: Int) {
    hasEnded = true
    let status = process.wait()
    guard channelCount > 0 else { return }
    let complaint = log.decodingErrors.first.map { ": \($0)" } ?? ""
    let seconds = Double(frame + byteCount / (4 * channelCount)) / Double(sampleRateHz)
    if status != 0 {
      source.notes.add(AudioNote(.cutShort, "ffmpeg stopped before the end\(complaint)", seconds: seconds))
    } else if log.decodingErrorCount > 0 {
      let count = log.decodingErrorCount
      source.notes.add(
        AudioNote(
          .skipped, "ffmpeg passed over damage in \(count.counted("place"))\(complaint)"))
    }
  }

  private func failure() -> CodedError {
    CodedError(.damaged, "\(format.title): ffmpeg cannot decode it: \(log.reason)", path: source.name)
  }

  /// Moves to a sample frame counted from the start: what is before it is decoded and dropped, so that the place is exact.
  /// False when the sound ends before it.
  func seek(toFrame target: Int) -> Bool {
    do throws(CodedError) {
      if target < frame {
        process = try Self.start(program, format, source)
        (frame, hasEnded, log) = (0, false, FFmpegLog())
        try readHeader()
      }
      var dropped = [Float](repeating: 0, count: min(target - frame, 65_536) * channelCount)
      while frame < target {
        let wanted = min(target - frame, 65_536) * channelCount
        let got = try unsafe dropped.withUnsafeMutableBufferPointer { (buffer) throws(CodedError) in
          try unsafe read(into: .init(rebasing: buffer[..<wanted]))
        }
        if got == 0 { return false }
      }
      return true
    } catch { return false }
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    let frameBytes = channelCount * MemoryLayout<Float>.stride
    let wanted = target.count / channelCount * frameBytes
    let raw = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<wanted])
    let frames = try unsafe fill(raw) / frameBytes
    for index in 0..<frames * channelCount {
      unsafe target[index] = Float(bitPattern: UInt32(bigEndian: target[index].bitPattern))
    }
    frame += frames
    guard frame <= Self.mostSeconds * sampleRateHz else {
      throw CodedError(.unsupported, "longer than a day", path: source.name)
    }
    return frames
  }
}
