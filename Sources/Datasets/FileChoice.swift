import Audio
import Files
import Images

/// Which of the files that a search through folders meets are taken for sound, or for pictures, by their endings, and a count of
/// the others.
struct FileChoice {
  /// Whether files that ffmpeg decodes are taken: where it is installed.
  let readsForeign: Bool
  private let takesPictures: Bool
  /// Files that hold or may hold what is searched and were not taken, by their endings.
  private(set) var leftOut: [String: Int] = [:]
  /// All other files, by their endings.
  private(set) var others: [String: Int] = [:]

  /// Sound.
  init(readsForeign: Bool = FFmpeg.program != nil) {
    (self.readsForeign, takesPictures) = (readsForeign, false)
  }

  private init(takesPictures: Bool) { (readsForeign, self.takesPictures) = (false, takesPictures) }

  /// Pictures that ``Picture`` reads.
  static let pictures = FileChoice(takesPictures: true)

  /// What is searched, in words.
  var noun: String { takesPictures ? "picture" : "sound file" }
  /// Where it is expected, in words.
  var folders: String {
    takesPictures
      ? "class folders with pictures in it (expected, for example, cat/one.jpg)"
      : "genre folders with sound files in it (expected, for example, Folk/one.mp3)"
  }

  /// Files of which one is in each folder of pictures that GenreLens wrote.
  private static let ownFiles: Set<String> = [
    "agreement.json", "benchmark.json", "dissection.json", "explanation.json", "explanation.html",
    "questions.json",
    "report.json",
  ]

  /// Whether a folder holds pictures that an earlier command made: they are no data.
  func isOutput(_ folder: String) -> Bool {
    guard takesPictures, let names = try? FileSystem.names(in: folder) else { return false }
    return !Self.ownFiles.isDisjoint(with: names)
  }

  func takes(_ path: String) -> Bool {
    let ending = fileExtension(path)
    if takesPictures { return PictureFormat.fileEndings.contains(ending) }
    return SoundFileEnding.builtIn.contains(ending)
      || (readsForeign && SoundFileEnding.foreign.contains(ending))
  }

  /// Counts a file that was not taken.
  mutating func leaveOut(_ path: String) {
    let ending = fileExtension(path)
    let mayHoldIt =
      takesPictures
      ? PictureFormat.foreignFileEndings.contains(ending)
      : SoundFileEnding.foreign.contains(ending) || SoundFileEnding.unsearched.contains(ending)
    if mayHoldIt {
      leftOut[ending, default: 0] += 1
    } else {
      others[ending, default: 0] += 1
    }
  }

  /// Adds what was counted elsewhere.
  mutating func add(_ other: FileChoice) {
    leftOut.merge(other.leftOut, uniquingKeysWith: +)
    others.merge(other.others, uniquingKeysWith: +)
  }

  /// What was left out that may hold what is searched, in words; nil when nothing was.
  var remark: String? {
    guard !leftOut.isEmpty else { return nil }
    let count = leftOut.values.reduce(0, +)
    let counts = "\(count.counted("file")) left out: \(Self.counts(leftOut)); "
    if takesPictures { return counts + "save them as PNG or JPEG" }
    let foreign = leftOut.filter { SoundFileEnding.foreign.contains($0.key) }
    var hints: [String] = []
    if !foreign.isEmpty { hints.append("install ffmpeg to read \(Self.endings(foreign))") }
    if foreign.count < leftOut.count { hints.append("video and MIDI files are not searched for sound") }
    return counts + hints.joined(separator: "; ")
  }

  /// As ``remark``, with all other files: for a folder in which there is nothing to read.
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
