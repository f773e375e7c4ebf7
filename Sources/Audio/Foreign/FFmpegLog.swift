import Foundation

/// What ffmpeg writes to standard error, line by line: its version, what it found in the file, what went wrong.
struct FFmpegLog {
  /// For example `5.1.9-0+deb12u1`.
  private(set) var version: String?
  /// Length of the file as its header says, to hundredths; nil when ffmpeg does not know or only guesses it.
  private(set) var seconds: Double?
  /// The codec of the first sound track, for example `aac`.
  private(set) var codec: String?
  /// Messages of level `error` and worse, before the sound began.
  private(set) var openingErrors: [String] = []
  /// Those while it was decoded.
  private(set) var decodingErrors: [String] = []
  private(set) var decodingErrorCount = 0

  private var line: [UInt8] = []
  private var isDecoding = false
  private var isEstimate = false
  private static let longestLine = 1024

  /// Takes what came out of the pipe.
  mutating func take(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      if byte == 0x0A || byte == 0x0D {
        takeLine(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      } else if line.count < Self.longestLine {
        line.append(byte)
      }
    }
  }

  private mutating func takeLine(_ line: String) {
    // "[mov,mp4 @ 0x55d6] [error] moov atom not found", "[info] Stream mapping:"
    guard
      let level = ["info", "warning", "error", "fatal", "panic"].first(where: { line.contains("[\($0)] ") }),
      let text = line.range(of: "[\(level)] ").map({ line[$0.upperBound...] })
    else { return }
    switch level {
    case "info": takeInformation(text)
    case "warning":
      if text.hasPrefix("Estimating duration from bitrate") { isEstimate = true }
    default:
      guard let message = AudioTags.clean(String(text)) else { return }
      if isDecoding {
        decodingErrorCount += 1
        if decodingErrors.count < 4 { decodingErrors.append(message) }
      } else if openingErrors.count < 16 {
        openingErrors.append(message)
      }
    }
  }

  /// Takes a line by its beginning, indentation included: the file's own tags are shown too, indented by more.
  private mutating func takeInformation(_ text: Substring) {
    if version == nil, text.hasPrefix("ffmpeg version ") {
      version = text.split(separator: " ").dropFirst(2).first.flatMap { AudioTags.clean(String($0)) }
    } else if text.hasPrefix("Stream mapping:") {
      isDecoding = true
    } else if seconds == nil, !isEstimate, text.hasPrefix("  Duration: "), !isDecoding {
      let parts = text.dropFirst(12).prefix { $0 != "," }.split(separator: ":").map { Double($0) }
      if parts.count == 3, let hours = parts[0], let minutes = parts[1], let rest = parts[2] {
        let sum = hours * 3600 + minutes * 60 + rest
        if sum >= 0, sum < 1e9 { seconds = sum }
      }
    } else if codec == nil, text.hasPrefix("  Stream #0:"), let range = text.range(of: ": Audio: ") {
      codec = AudioTags.clean(String(text[range.upperBound...].prefix { $0 != "," && $0 != " " }))
    }
  }

  /// Why a file gave no sound, in one line.
  var reason: String {
    if openingErrors.contains(where: { $0.contains("matches no streams") }) {
      return "there is no sound in it"
    }
    let telling = (openingErrors + decodingErrors).filter { !$0.contains("/proc/self/fd") }
    return telling.last ?? "it gives no reason"
  }
}
