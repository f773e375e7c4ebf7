import ArgumentParser
import Files
import GenreLens

/// `genrelens features INPUT --output X.npy`, and `genrelens features merge`.
struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes feature maps of sound files into a NumPy file; merge combines shards, convert "
      + "makes maps of another kind, check compares a front end with the original.",
    subcommands: [
      FeaturesExtract.self, FeaturesMerge.self, FeaturesConvert.self, FeaturesCheck.self,
    ],
    defaultSubcommand: FeaturesExtract.self,
    // So that --help is that of the default, which has the options.
    helpNames: [])
}

struct FeaturesExtract: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Computes feature maps of sound files into a NumPy file.",
    usage: """
      genrelens features <input> ... --output <X.npy> [<options>]
      genrelens features merge <output> <shard> ...
      genrelens features convert <input> <output> --spec <spec>
      genrelens features check <sound> <map.npy> --spec <spec>
      """,
    discussion: """
      Writes X.npy (N x bins x frames), its index X.csv and X.json with the feature spec; np.load(mmap_mode="r") opens it \
      and train takes it. The maps are librosa's to within 0.01 on the same samples. Every window of each file becomes a map, one \
      after another; --hop-seconds lets them overlap, --max-windows limits their number per file, evenly spread, and --windows first \
      uses only the first. The remainder at the end becomes a window if it is at least half of one. A file that cannot be used is \
      listed in X.failures.csv, and the work continues; so is a note about a file that was used although part of it was skipped or \
      missing (its outcome is "used").

      If it is stopped (Ctrl-C) or killed at any moment, the same command continues from where it was and ends with the same bytes. A \
      later run into the same X.npy decodes only files that are new or changed and reuses the maps of the others (X.sources.csv says \
      what was read from each file).

      --stretch and --pitch add rows with altered sound for the training clips; only train reads them. --shard 2/8 \
      computes the second of eight parts, X.shard-2-of-8.npy; genrelens features merge combines them.

      INPUT is sound files and folders, one folder of genre folders, or one CSV manifest (path,label[,split,group]).

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens features Data/manifest.csv --output Output/features.npy --spec mfcc128
      """,
    helpNames: [.short, .long])

  @Argument(help: "Sound files, folders or a manifest.", completion: .file())
  var input: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The feature file to write.", valueName: "X.npy"))
  var output: String

  @Option(
    help:
      "mfcc128, mfcc20, mel128, smel20, the front end of another program (musicnn, won-tagger, vggish, ...: docs/features.md), or a YAML file of changes to mfcc128."
  )
  var spec = "mfcc128"

  @Option(help: "Number of files processed in parallel; the default is the number of processors.")
  var threads: Int?

  @OptionGroup var channels: ChannelOptions

  @Option(help: "Which windows of each file become maps: all or first.")
  var windows: String?

  @Option(help: "Seconds from the start of one window to the next (the window's length).")
  var hopSeconds: Double?

  @Option(help: ArgumentHelp("Largest number of windows per file, evenly spread over it.", valueName: "n"))
  var maxWindows: Int?

  // Was an option before it became the default: who names it is told.
  @Flag(help: .hidden)
  var allWindows = false

  @Flag(help: "Leave out files shorter than a window instead of padding them with silence.")
  var refuseShort = false

  @Flag(name: .customLong("float16"), help: "Store 16-bit numbers: half the size, 3 digits.")
  var isFloat16 = false

  @Option(
    help: ArgumentHelp(
      "Add rows of the training clips at these speeds, with the same pitch (0.25 to 4).", valueName: "0.9,1.1"
    ))
  var stretch: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Add rows of the training clips shifted by these semitones (-24 to 24).", valueName: "-1,1"))
  var pitch: String?

  @Option(help: ArgumentHelp("Compute only this part.", valueName: "i/N"))
  var shard: String?

  @Flag(help: "Compute all maps, including those already in X.npy or in an unfinished run.")
  var fresh = false

  @OptionGroup var memory: MemoryOptions

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
    if !hasEnding(output, ".npy") { throw ValidationError("--output must end in .npy") }
    if allWindows { throw ValidationError("--all-windows is the default now: leave it out") }
    _ = try extraction(.mfcc128)
  }

  func run() throws {
    try WrittenFiles.features(output, shard: try shardNumber()).requireApart(from: [spec])
    var features = try FeatureSpec.resolved(spec)
    if let mix = try channels.mix() { features.mono = mix }
    let files = try FeatureFiles.extract(
      of: input, by: try extraction(features), output: output,
      job: Terminal.job())
    files.tell()
  }

  private func extraction(_ spec: FeatureSpec) throws -> FeatureExtraction {
    var extraction = FeatureExtraction(spec: spec)
    extraction.windows = try chosenWindows()
    extraction.shortClip = refuseShort ? .refuse : .pad
    extraction.element = isFloat16 ? .float16 : .float32
    extraction.variants = try Self.variants("stretch", stretch) + Self.variants("pitch", pitch)
    extraction.reusesMaps = !fresh
    extraction.shard = try shardNumber()
    if let threads { extraction.threads = threads }
    return extraction
  }

  private func shardNumber() throws -> ShardNumber? {
    try shard.map { shard in
      guard let number = ShardNumber(shard) else {
        throw ValidationError("--shard \(shard): it must be a part and their number, such as 2/8")
      }
      return number
    }
  }

  private func chosenWindows() throws -> FeatureWindows {
    var settings = WindowSettings()
    if let windows {
      guard let taken = WindowSettings.Taken(rawValue: windows) else {
        throw ValidationError("--windows must be all or first, not \(windows)")
      }
      settings.taken = taken
    }
    if let hopSeconds, !(hopSeconds >= 0.01 && hopSeconds <= 3600) {
      throw ValidationError("--hop-seconds must be 0.01 to 3600, not \(hopSeconds)")
    }
    if let maxWindows, !(1...1_000_000).contains(maxWindows) {
      throw ValidationError("--max-windows must be 1 to 1000000, not \(maxWindows)")
    }
    if settings.taken == .first, hopSeconds != nil || maxWindows != nil {
      throw ValidationError(
        "--windows first takes one window: no --hop-seconds and no --max-windows")
    }
    (settings.hopSeconds, settings.most) = (hopSeconds, maxWindows ?? 0)
    return settings.windows
  }

  private static func variants(_ kind: String, _ list: String?) throws -> [SoundVariant] {
    var variants: [SoundVariant] = []
    for amount in list?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
      guard let variant = SoundVariant("\(kind) \(amount)") else {
        throw ValidationError(
          kind == "stretch"
            ? "--stretch \(amount): a rate must be 0.25 to 4 and not 1"
            : "--pitch \(amount): semitones must be -24 to 24 and not 0")
      }
      guard !variants.contains(variant) else { throw ValidationError("--\(kind) names \(amount) twice") }
      variants.append(variant)
    }
    return variants
  }
}

struct FeaturesMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Combines the shards of one job.",
    discussion: """
      Takes the output of genrelens features --shard 1/N to N/N, in any order, and writes the store that one run without --shard \
      would have written, byte for byte, with its tables and its ledger of failures. It is refused unless all N shards are given \
      exactly once, with the same files and settings. Memory does not grow with the store.

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens features merge Output/x.npy Output/x.shard-*.npy
      """,
    helpNames: [.short, .long])

  @Argument(help: ArgumentHelp("The feature file to write.", valueName: "output"))
  var output: String

  @Argument(help: ArgumentHelp("The shards.", valueName: "shard"), completion: .file(extensions: ["npy"]))
  var shards: [String]

  func validate() throws {
    if !hasEnding(output, ".npy") { throw ValidationError("the output must end in .npy") }
  }

  func run() throws {
    try FeatureFiles.merge(shards, to: output, job: Terminal.job(.writingNothing)).tell()
  }
}

struct FeaturesConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Converts the maps of a feature file to another kind.",
    discussion: """
      MFCC become MFCC with fewer coefficients, mel rows smoothed to a few coefficients (smel20) or, if all coefficients are present, \
      mel bands; mel bands become MFCC. No sound is decoded. The index is copied.

      \(ExitStatuses.help(.busy))

      Example: genrelens features convert Output/mfcc20.npy Output/smel20.npy --spec smel20
      """,
    helpNames: [.short, .long])

  @Argument(help: "The feature file.", completion: .file(extensions: ["npy"]))
  var input: String

  @Argument(help: "The feature file to write.")
  var output: String

  @Option(help: "The requested maps: mfcc128, mfcc20, mel128, smel20, or a YAML file of changes to mfcc128.")
  var spec: String

  @Option(
    help: ArgumentHelp(
      "How the maps were computed, if no .json next to them says so; values as for --spec.", valueName: "spec"
    ))
  var from: String?

  func validate() throws {
    if !hasEnding(output, ".npy") { throw ValidationError("the output must end in .npy") }
  }

  func run() throws {
    try WrittenFiles.features(output).requireApart(from: [spec, from].compactMap(\.self))
    let count = try FeatureFiles.convert(
      input, to: output, spec: try .resolved(spec), from: try from.map { try .resolved($0) })
    Terminal.printLine("\(output): \(count.counted("map"))")
  }
}

struct FeaturesCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Says whether a front end gives the numbers of the program that a network comes from.",
    discussion: """
      A front end that nearly fits gives labels that are wrong, and nothing shows it. So let the original program compute its map of a \
      clip (numpy.save of rows x frames, or frames x rows, of the whole clip or of the first window) and give both. Best is a clip of \
      some seconds at the front end's sample rate, because programs resample differently.

      It prints the largest difference as a share of the range of the original's map. Above 0.001 the front end is not the same: then \
      it searches for the settings that come nearest, prints them as YAML for --spec and genrelens import --front-end, and \
      ends with status 65. If the original's map is standardised, it says by which mean and deviation.

      \(ExitStatuses.help())

      Example: genrelens features check clip.wav clip.npy --spec musicnn
      """,
    helpNames: [.short, .long])

  @Argument(help: "The sound.", completion: .file())
  var sound: String

  @Argument(help: "The original's map of it.", completion: .file(extensions: ["npy"]))
  var map: String

  @Option(help: "The front end: a preset as for genrelens features, or a YAML file of changes to mfcc128.")
  var spec: String

  @OptionGroup var channels: ChannelOptions

  func run() throws {
    var wanted = try FeatureSpec.resolved(spec)
    if let mix = try channels.mix() { wanted.mono = mix }
    let comparison = try FrontEndComparison(sound: sound, original: map, spec: wanted)
    Terminal.printLine("\(map): \(comparison.extentWords)")
    Terminal.printLine("\(spec): \(comparison.words)")
    if let words = comparison.difference?.standardizationWords {
      Terminal.printLine("\(spec): the same numbers after \(words)")
    } else if !comparison.isSame {
      guard let nearest = try comparison.nearest() else { throw comparison.refusal(spec, path: map) }
      Terminal.printLine("nearest that was found: \(nearest.difference.words)")
      if let words = nearest.difference.standardizationWords { Terminal.printLine("after \(words)") }
      for line in nearest.spec.settings(from: .mfcc128) { Terminal.printLine("  " + line) }
    }
    guard comparison.isSame || comparison.isPublishedStandardization else {
      throw comparison.refusal(spec, path: map)
    }
  }
}

extension FeatureFiles {
  /// Says what came out.
  fileprivate func tell() {
    for remark in remarks { Terminal.printError("note: \(remark)") }
    for file in failures { Terminal.printError("genrelens: left out: \(file.failure.message)") }
    Terminal.tell(notes)
    let recordings = recordingCount.counted("recording")
    let taken = windows.map {
      $0 == "all" ? " (all windows)" : $0 == "first" ? " (the first window of each)" : " (\($0))"
    }
    let maps = "\(mapCount.counted("map")) of \(recordings)\(taken ?? "")"
    let reused =
      reusedFileCount == 0 ? "" : ", those of \(reusedFileCount) unchanged files from the earlier run"
    let noted = Set(notes.map { Spelling($0.path) }).count
    let counts = [
      failures.isEmpty ? "" : "\(failures.count) left out",
      noted == 0 ? "" : noted == 1 ? "a note about 1 file" : "notes about \(noted) files",
    ].filter { !$0.isEmpty }
    let ledger = counts.isEmpty ? "" : ", \(counts.joined(separator: ", ")) (see \(failuresPath))"
    Terminal.printLine("\(path): \(maps)\(reused)\(ledger)")
  }
}
