import Audio
import Files

/// Which of the files that a search through folders meets are taken for sound, by their endings, and a count of the others.
struct SoundFileChoice {
  /// Whether files that ffmpeg decodes are taken: where it is installed.
  let readsForeign: Bool
  /// Files that hold or may hold sound and were not taken, by their endings.
  private(set) var leftOut: [String: Int] = [:]
  /// All other files, by their endings.
  private(set) var others: [String: Int] = [:]

  init(readsForeign: Bool = FFmpeg.program != nil) { self.readsForeign = readsForeign }

  func takes(_ path: String) -> Bool {
    let ending = fileExtension(path)
    return SoundFileEnding.builtIn.contains(ending)
      || (readsForeign && SoundFileEnding.foreign.contains(ending))
  }

  /// Counts a file that was not taken.
  mutating func leaveOut(_ path: String) {
    let ending = fileExtension(path)
    if SoundFileEnding.foreign.contains(ending) || SoundFileEnding.unsearched.contains(ending) {
      leftOut[ending, default: 0] += 1
    } else {
      others[ending, default: 0] += 1
    }
  }

  /// Adds what was counted elsewhere.
  mutating func add(_ other: SoundFileChoice) {
    leftOut.merge(other.leftOut, uniquingKeysWith: +)
    others.merge(other.others, uniquingKeysWith: +)
  }

  /// What was left out that may hold sound, in words; nil when nothing was.
  var remark: String? {
    guard !leftOut.isEmpty else { return nil }
    let count = leftOut.values.reduce(0, +)
    let foreign = leftOut.filter { SoundFileEnding.foreign.contains($0.key) }
    var hints: [String] = []
    if !foreign.isEmpty { hints.append("install ffmpeg to read \(Self.endings(foreign))") }
    if foreign.count < leftOut.count { hints.append("video and MIDI files are not searched for sound") }
    return "\(count.counted("file")) left out: \(Self.counts(leftOut)); "
      + hints.joined(separator: "; ")
  }

  /// As ``remark``, with the files that are no sound: for a folder in which there is nothing to read.
  var whatElse: String? { remark ?? (others.isEmpty ? nil : "there are \(Self.counts(others))") }

  /// `2 .m4a, 1 .wma`: the most frequent ones first.
  private static func counts(_ endings: [String: Int]) -> String {
    let sorted = endings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return listed(
      sorted.map { $0.key.isEmpty ? "\($0.value) without an ending" : "\($0.value) .\($0.key.shown)" })
  }

  private static func endings(_ endings: [String: Int]) -> String {
    listed(endings.keys.sorted().map { "." + $0 })
  }
}
