/// The header of a WAV (also RF64 and W64), AIFF or AU file, read for its lengths: a recorder that was interrupted, a stream and
/// a broken copy leave wrong ones.
struct ChunkedHeader {
  /// What libsndfile is to see: from the first byte of the file, tags in front left out.
  let view: ByteView
  /// Where the bytes of sound are.
  let sound: Range<Int>
  /// Of a WAV file, the number of its codec.
  private let waveFormat: Int?
  /// Whether a WAV file holds MPEG audio.
  var holdsMPEG: Bool { waveFormat == 0x50 || waveFormat == 0x55 }
  /// What is wrong with the lengths, if anything is.
  let note: AudioNote?

  /// Reads the header at an offset; nil for another kind of file, or one without a chunk of sound.
  init?(_ source: ByteSource, at start: Int) {
    let head = source.peek(at: start, count: 32)
    func isForm(_ name: String, _ kind: String) -> Bool {
      head.starts(with: Array(name.utf8)) && head.dropFirst(8).starts(with: Array(kind.utf8))
    }
    if isForm("RIFF", "WAVE") || isForm("RIFX", "WAVE") || isForm("FORM", "AIF") {
      self.init(
        chunks: source, at: start, isAIFF: isForm("FORM", "AIF"), isBigEndian: !isForm("RIFF", "WAVE"))
    } else if isForm("RF64", "WAVE") {
      self.init(source, at: start, wide: Self.rf64(source, at: start))
    } else if head.starts(with: Array("riff".utf8)), head.dropFirst(24).starts(with: Array("wave".utf8)) {
      self.init(source, at: start, wide: Self.w64(source, at: start))
    } else if head.starts(with: Array(".snd".utf8)), head.count >= 24 {
      self.init(au: head, source, at: start)
    } else {
      return nil
    }
  }

  private init?(chunks source: ByteSource, at start: Int, isAIFF: Bool, isBigEndian: Bool) {
    guard
      let chunks = Self.chunks(
        source, from: start + 12, isBigEndian: isBigEndian, upTo: isAIFF ? "SSND" : "data"),
      let sound = chunks.last
    else { return nil }
    let format = chunks.first { $0.name == (isAIFF ? "COMM" : "fmt ") }.map {
      source.peek(at: $0.start, count: min($0.count, 40))
    }
    let rate = format.flatMap { isAIFF ? Self.aiffByteRate($0) : Self.waveByteRate($0, isBigEndian) }
    // An AIFF chunk of sound begins with two numbers.
    let inner = isAIFF ? 8 : 0
    let lengths = Lengths(source, sound, inner: inner, isBigEndian: isBigEndian, bytesPerSecond: rate)
    note = lengths.note
    self.sound = min(sound.start + inner, lengths.end)..<lengths.end
    waveFormat = isBigEndian ? nil : format.flatMap(Self.waveFormat)
    guard lengths.isUnknown, sound.start - start <= 1 << 20 else {
      view = ByteView(source, range: start..<source.count)
      return
    }
    var prefix = source.peek(at: start, count: sound.start - start)
    let count = UInt32(clamping: lengths.end - sound.start)
    prefix.replace(at: prefix.count - 4, with: count, isBigEndian: isBigEndian)
    if isAIFF, let common = chunks.first(where: { $0.name == "COMM" }), let format,
      let frame = Self.aiffFrame(format)
    {
      prefix.replace(
        at: common.start - start + 2, with: (max(count, 8) - 8) / UInt32(frame), isBigEndian: true)
    }
    view = ByteView(source, prefix: prefix, range: sound.start..<lengths.end)
  }

  /// A file whose lengths have 64 bits. An unknown length libsndfile takes from the size of a W64 file; that of RF64 is set.
  private init?(_ source: ByteSource, at start: Int, wide chunks: WideChunks?) {
    guard let chunks else { return nil }
    let sound = chunks.sound
    let rate = Self.waveByteRate(source.peek(at: chunks.format, count: 16), false)
    let lengths = Lengths(source, sound, inner: 0, isBigEndian: false, bytesPerSecond: rate, isWide: true)
    note = lengths.note
    (self.sound, waveFormat) = (sound.start..<lengths.end, nil)
    guard lengths.isUnknown, let size = chunks.size, sound.start - start <= 1 << 20 else {
      view = ByteView(source, range: start..<source.count)
      return
    }
    var prefix = source.peek(at: start, count: sound.start - start)
    let count = UInt64(lengths.end - sound.start)
    prefix.replace(at: size - start, with: UInt32(truncatingIfNeeded: count), isBigEndian: false)
    prefix.replace(at: size - start + 4, with: UInt32(truncatingIfNeeded: count >> 32), isBigEndian: false)
    prefix.replace(at: prefix.count - 4, with: .max, isBigEndian: false)
    view = ByteView(source, prefix: prefix, range: sound.start..<lengths.end)
  }

  private init?(au head: [UInt8], _ source: ByteSource, at start: Int) {
    func number(_ index: Int) -> Int { head[index..<index + 4].reduce(0) { $0 << 8 | Int($1) } }
    let chunk = Chunk(name: ".snd", start: start + number(4), count: number(8))
    guard number(4) >= 24, number(4) <= 1 << 20, chunk.start < source.count else { return nil }
    let bytes = [1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1][number(12)]
    let rate = bytes.map { Double($0) * Double(number(16)) * Double(number(20)) }.flatMap {
      $0 > 0 ? $0 : nil
    }
    let lengths = Lengths(source, chunk, inner: 0, isBigEndian: true, bytesPerSecond: rate)
    (note, waveFormat, sound) = (lengths.note, nil, chunk.start..<lengths.end)
    var prefix = source.peek(at: start, count: number(4))
    if lengths.isUnknown { prefix.replace(at: 8, with: UInt32.max, isBigEndian: true) }
    view = ByteView(
      source, prefix: prefix, range: chunk.start..<(lengths.isUnknown ? lengths.end : source.count))
  }

  // MARK: - Chunks

  private struct Chunk {
    let name: String
    /// Its first byte after name and length.
    let start: Int
    let count: Int
  }

  /// The chunks up to one of a name; nil when it is not there.
  private static func chunks(
    _ source: ByteSource, from start: Int, isBigEndian: Bool, upTo name: String
  ) -> [Chunk]? {
    var (offset, chunks) = (start, [Chunk]())
    while chunks.count < 4096, let chunk = chunk(source, at: offset, isBigEndian) {
      chunks.append(chunk)
      if chunk.name == name { return chunks }
      offset = chunk.start + chunk.count + chunk.count % 2
    }
    return nil
  }

  private static func chunk(_ source: ByteSource, at offset: Int, _ isBigEndian: Bool) -> Chunk? {
    let head = source.scan(offset..<offset + 8)
    guard head.count == 8, head[..<4].allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
    let size = isBigEndian ? Array(head[4...]) : head[4...].reversed()
    return Chunk(
      name: String(decoding: head[..<4], as: UTF8.self), start: offset + 8,
      count: size.reduce(0) { $0 << 8 | Int($1) })
  }

  private struct WideChunks {
    /// Where the format is.
    let format: Int
    let sound: Chunk
    /// Where the length of the sound is, if not beside it.
    var size: Int?
  }

  /// The chunks of an RF64 file: the length of the sound is in one of its own.
  private static func rf64(_ source: ByteSource, at start: Int) -> WideChunks? {
    guard let chunks = chunks(source, from: start + 12, isBigEndian: false, upTo: "data"),
      let data = chunks.last,
      let sizes = chunks.first(where: { $0.name == "ds64" }), sizes.count >= 16,
      let format = chunks.first(where: { $0.name == "fmt " })
    else { return nil }
    let size = sizes.start + 8
    return WideChunks(
      format: format.start,
      sound: Chunk(name: data.name, start: data.start, count: wideNumber(source, at: size)), size: size)
  }

  /// The same of a W64 file: chunks have names of 16 bytes, and lengths that count name and length too.
  private static func w64(_ source: ByteSource, at start: Int) -> WideChunks? {
    var (offset, format) = (start + 40, Int?.none)
    for _ in 0..<4096 {
      let name = String(decoding: source.scan(offset..<offset + 4), as: UTF8.self)
      let count = wideNumber(source, at: offset + 16)
      if name == "fmt " { format = offset + 24 }
      if name == "data", offset + 24 <= source.count {
        let sound = Chunk(
          name: name, start: offset + 24, count: count == largestWideNumber ? count : max(0, count - 24))
        return format.map { WideChunks(format: $0, sound: sound) }
      }
      guard count >= 24, count < source.count else { return nil }
      offset += (count + 7) / 8 * 8
    }
    return nil
  }

  /// A number of 64 bits, at most ``largestWideNumber``; 0 after the end.
  private static func wideNumber(_ source: ByteSource, at offset: Int) -> Int {
    let bytes = source.scan(offset..<offset + 8)
    return Int(min(bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, UInt64(largestWideNumber)))
  }

  /// From here on a length is none: a stream's writer did not know it.
  private static let largestWideNumber = 0x3FFF_FFFF_FFFF_FFFF

  /// What the declared length of a chunk of sound is worth.
  private struct Lengths {
    /// Where the sound ends.
    let end: Int
    /// Whether the header does not tell it.
    let isUnknown: Bool
    let note: AudioNote?

    init(
      _ source: ByteSource, _ chunk: Chunk, inner: Int, isBigEndian: Bool, bytesPerSecond: Double?,
      isWide: Bool = false
    ) {
      let last = TagExtents.trailingStart(source, from: chunk.start)
      func text(_ bytes: Int) -> String {
        bytesPerSecond.map { AudioNote.text(Double(max(0, bytes)) / $0) }
          ?? AudioNote.text(bytes: max(0, bytes))
      }
      func seconds(_ bytes: Int) -> Double? { bytesPerSecond.map { Double(max(0, bytes)) / $0 } }
      let (declared, available) = (chunk.count, last - chunk.start)
      let isStreamed = declared >= (isWide ? ChunkedHeader.largestWideNumber : 0xFFFF_FFFE)
      if isStreamed || declared <= inner {
        let start = min(last, chunk.start + (isStreamed ? 0 : declared))
        let isEmpty = !isStreamed && Self.areChunks(source, start..<last, isBigEndian)
        (end, isUnknown) = (isEmpty ? start : last, !isEmpty)
        note =
          isStreamed || isEmpty || available <= inner
          ? nil
          : AudioNote(
            .headerLength,
            "its header says that it holds no sound; the \(AudioNote.text(bytes: available - inner)) after it "
              + "(\(text(available - inner))) are used")
      } else if declared > source.count - chunk.start {
        (end, isUnknown) = (last, false)
        note = AudioNote(
          .cutShort,
          "the sound ends at \(text(available - inner)), its header promises \(text(declared - inner))",
          seconds: seconds(available - inner), missingSeconds: seconds(declared - available))
      } else {
        (end, isUnknown) = (chunk.start + declared, false)
        let rest = min(last, end + declared % 2)..<last
        note =
          rest.isEmpty || source.isZero(rest) || Self.areChunks(source, rest, isBigEndian)
          ? nil
          : AudioNote(
            .headerLength,
            "its header promises \(text(declared - inner)); \(AudioNote.text(bytes: rest.count)) after that are not used",
            seconds: seconds(declared - inner), byteCount: rest.count)
      }
    }

    /// Whether bytes are whole chunks.
    private static func areChunks(_ source: ByteSource, _ range: Range<Int>, _ isBigEndian: Bool) -> Bool {
      guard !range.isEmpty else { return true }
      var offset = range.lowerBound
      for _ in 0..<4096 {
        guard let chunk = ChunkedHeader.chunk(source, at: offset, isBigEndian) else { return false }
        offset = chunk.start + chunk.count
        if offset >= range.upperBound { return offset <= range.upperBound + 1 }
        offset += chunk.count % 2
        if offset >= range.upperBound { return true }
      }
      return false
    }
  }

  // MARK: - Formats

  private static func waveFormat(_ format: [UInt8]) -> Int? {
    guard format.count >= 16 else { return nil }
    let number = Int(format[0]) | Int(format[1]) << 8
    // Of the extensible format, the number is in a longer one.
    return number == 0xFFFE && format.count >= 26 ? Int(format[24]) | Int(format[25]) << 8 : number
  }

  private static func waveByteRate(_ format: [UInt8], _ isBigEndian: Bool) -> Double? {
    guard format.count >= 16 else { return nil }
    let bytes = isBigEndian ? Array(format[8..<12]) : format[8..<12].reversed()
    let rate = bytes.reduce(0) { $0 << 8 | Int($1) }
    return rate > 0 ? Double(rate) : nil
  }

  /// Bytes of one sample of all channels.
  private static func aiffFrame(_ format: [UInt8]) -> Int? {
    guard format.count >= 18 else { return nil }
    let frame = (Int(format[0]) << 8 | Int(format[1])) * (((Int(format[6]) << 8 | Int(format[7])) + 7) / 8)
    return frame > 0 ? frame : nil
  }

  private static func aiffByteRate(_ format: [UInt8]) -> Double? {
    guard let frame = aiffFrame(format) else { return nil }
    // The rate is an 80-bit number; its integer part is enough.
    let exponent = (Int(format[8] & 0x7F) << 8 | Int(format[9])) - 16_383
    let mantissa = format[10..<18].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard (0..<32).contains(exponent) else { return nil }
    let rate = Double(mantissa >> UInt64(63 - exponent))
    return rate > 0 ? rate * Double(frame) : nil
  }
}

extension [UInt8] {
  /// Writes four bytes at an index.
  fileprivate mutating func replace(at index: Int, with value: UInt32, isBigEndian: Bool) {
    for byte in 0..<4 {
      self[index + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (isBigEndian ? 3 - byte : byte)))
    }
  }
}
