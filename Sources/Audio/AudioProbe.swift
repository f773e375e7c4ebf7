import CSndfile
public import Files
import Foundation

/// A description of a sound file, made without decoding it.
public struct AudioProbe: Codable, Sendable, Equatable {
  /// Where a length comes from.
  public enum LengthSource: String, Codable, Sendable {
    /// Counted over all frames: exact.
    case counted
    /// Stated in the file's header.
    case header
    /// Estimated from the size of the file.
    case estimated
  }

  /// The path, or the name given to bytes in memory.
  public let path: String
  /// For example `mpeg`, `wav`, `flac`, `ogg`, `mp4`.
  public let container: String
  /// For example `mp3`, `pcm-16`, `float`, `flac`, `vorbis`, `aac`.
  public let codec: String
  /// The decoder: `libmpg123`, libsndfile with its version, or ffmpeg with its version, for example
  /// `ffmpeg 5.1.9-0+deb12u1`.
  public let decoder: String
  public let sampleRateHz: Int
  public let channels: Int
  /// Length in seconds.
  public let seconds: Double
  public let lengthSource: LengthSource
  /// Mean bits per second of the sound; nil if there is no sound, as in a file that is cut off in its header.
  public let bitRate: Int?
  public let tags: AudioTags
  /// Whether there is album art; nil if pictures are not supported for the container.
  public let hasPicture: Bool?
  /// Problems noticed in the file: parts that are not sound, an early end, a wrong header.
  public let notes: [AudioNote]

  /// Opens a file by its content and describes it. Throws as ``AudioReader``.
  ///
  /// MPEG frames are counted when the file is at most `countedBytes` long, otherwise the length is an
  /// estimate. A file read by ffmpeg is decoded and counted when it is no longer than that and, by its header, no longer than 20
  /// minutes; otherwise its header is trusted.
  public init(
    path: String, limits: AudioLimits = AudioLimits(), countedBytes: Int = 1 << 28
  ) throws(CodedError) {
    try self.init(ByteSource(path: path), limits: limits, countedBytes: countedBytes)
  }

  /// Describes a whole file in memory; `name` is used as the path.
  public init(bytes: [UInt8], name: String, limits: AudioLimits = AudioLimits()) throws(CodedError) {
    try self.init(ByteSource(bytes: bytes, name: name), limits: limits, countedBytes: Int.max)
  }

  private init(_ source: ByteSource, limits: AudioLimits, countedBytes: Int) throws(CodedError) {
    let tagCount = TagExtents.leadingByteCount(source)
    let counts = source.count <= countedBytes
    let opened = try Decoder.open(source, checkingLength: counts)
    try limits.check(
      sampleRateHz: opened.sampleRateHz, channelCount: opened.channelCount, path: source.name)
    path = source.name
    sampleRateHz = opened.sampleRateHz
    channels = opened.channelCount
    let frames: Int
    var (found, hasPicture): (AudioTags, Bool?)
    switch opened {
    case .mp3(let mp3):
      decoder = "libmpg123"
      container = mp3.isEmbedded ? "wav" : "mpeg"
      codec = "mp\(mp3.layer)"
      (found, hasPicture) = AudioTags.read(source, isMPEG: !mp3.isEmbedded)
      frames = mp3.length(counting: counts)
      lengthSource = counts ? .counted : .estimated
    case .soundFile(let file):
      decoder = SoundFileHandle.version
      container = Self.name(file.format & Int32(SF_FORMAT_TYPEMASK), Self.containers)
      codec = Self.name(file.format & Int32(SF_FORMAT_SUBMASK), Self.codecs)
      (found, hasPicture) = AudioTags.read(source, isMPEG: false)
      found.fill(from: file.strings())
      if let count = file.frameCount {
        (frames, lengthSource) = (count, .header)
      } else {
        (frames, lengthSource) = try Self.count(opened, limits)
      }
    case .foreign(let foreign):
      decoder = "ffmpeg \(foreign.log.version ?? "")".trimmingCharacters(in: .whitespaces)
      container = foreign.format.container
      codec = foreign.log.codec ?? "unknown"
      (found, hasPicture) = AudioTags.read(source, isMPEG: false)
      let promised = foreign.log.seconds
      if counts, promised ?? 0 <= 1_200 {
        (frames, lengthSource) = try Self.count(opened, limits)
      } else {
        frames = Int((promised ?? 0) * Double(sampleRateHz))
        lengthSource = promised == nil ? .estimated : .header
      }
    }
    (tags, self.hasPicture) = (found, hasPicture)
    seconds = Double(frames) / Double(sampleRateHz)
    let soundBytes = max(0, source.count - tagCount)
    bitRate = seconds > 0 ? Int(min(1e12, 8 * Double(soundBytes) / seconds)) : nil
    notes = source.notes.list
  }

  /// Decodes what is there, up to the longest sound that the limits allow.
  private static func count(
    _ decoder: Decoder, _ limits: AudioLimits
  ) throws(CodedError) -> (Int, LengthSource) {
    let most = Int(min(limits.maximumSeconds, 1e6) * Double(decoder.sampleRateHz))
    var (count, block) = (0, [Float](repeating: 0, count: 8192 * decoder.channelCount))
    while count < most {
      let got = try unsafe block.withUnsafeMutableBufferPointer { (target) throws(CodedError) in
        try unsafe decoder.read(into: target)
      }
      if got == 0 { return (count, .counted) }
      count += got
    }
    return (count, .estimated)
  }

  private static func name(_ code: Int32, _ names: [Int: String]) -> String {
    names[Int(code)] ?? "format-\(code)"
  }

  private static let containers: [Int: String] = [
    SF_FORMAT_WAV: "wav", SF_FORMAT_WAVEX: "wav", SF_FORMAT_RF64: "rf64",
    SF_FORMAT_W64: "w64", SF_FORMAT_AIFF: "aiff", SF_FORMAT_AU: "au",
    SF_FORMAT_CAF: "caf", SF_FORMAT_FLAC: "flac", SF_FORMAT_OGG: "ogg",
    SF_FORMAT_VOC: "voc", SF_FORMAT_NIST: "nist", SF_FORMAT_SVX: "svx",
  ]

  private static let codecs: [Int: String] = [
    SF_FORMAT_PCM_S8: "pcm-8", SF_FORMAT_PCM_U8: "pcm-u8", SF_FORMAT_PCM_16: "pcm-16",
    SF_FORMAT_PCM_24: "pcm-24", SF_FORMAT_PCM_32: "pcm-32", SF_FORMAT_FLOAT: "float",
    SF_FORMAT_DOUBLE: "double", SF_FORMAT_ULAW: "mu-law", SF_FORMAT_ALAW: "a-law",
    SF_FORMAT_IMA_ADPCM: "ima-adpcm", SF_FORMAT_MS_ADPCM: "ms-adpcm",
    SF_FORMAT_GSM610: "gsm", SF_FORMAT_VORBIS: "vorbis", SF_FORMAT_OPUS: "opus",
    SF_FORMAT_ALAC_16: "alac", SF_FORMAT_ALAC_24: "alac",
  ]
}
