import ArgumentParser
import GenreLens

/// `--set` and the options that set one key each. Their help is the key's description, so the two cannot differ.
struct SettingOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any key of the settings; may be given again.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(name: .customLong("architecture"), help: help("architecture")) var architecture: String?
  @Option(name: .customLong("genres"), help: genresHelp) var genres: [String] = []
  @Option(name: .customLong("windows"), help: help("windows.taken")) var windows: String?
  @Option(name: .customLong("hop-seconds"), help: help("windows.hopSeconds")) var hopSeconds: String?
  @Option(name: .customLong("max-windows"), help: help("windows.most")) var maxWindows: String?
  @Option(name: .customLong("windows-per-recording"), help: help("windowsPerRecording"))
  var windowsPerRecording: String?
  @Option(name: .customLong("dropout"), help: help("network.dropout")) var dropout: String?
  @Option(name: .customLong("epochs"), help: help("epochs")) var epochs: String?
  @Option(name: .customLong("batch-size"), help: help("batchSize")) var batchSize: String?
  @Option(name: .customLong("learning-rate"), help: help("learningRate")) var learningRate: String?
  @Option(name: .customLong("optimizer"), help: help("optimizer")) var optimizer: String?
  @Option(name: .customLong("momentum"), help: help("momentum")) var momentum: String?
  @Option(name: .customLong("gradient-clip-norm"), help: help("gradientClipNorm")) var gradientClipNorm:
    String?
  @Option(name: .customLong("schedule"), help: help("schedule")) var schedule: String?
  @Option(name: .customLong("warmup-epochs"), help: help("warmupEpochs")) var warmupEpochs: String?
  @Option(name: .customLong("weight-decay"), help: help("weightDecay")) var weightDecay: String?
  @Option(name: .customLong("label-smoothing"), help: help("labelSmoothing")) var labelSmoothing: String?
  @Option(name: .customLong("class-weights"), help: help("classWeights")) var classWeights: String?
  @Option(name: .customLong("balanced-sampling"), help: help("balancedSampling")) var balancedSampling:
    String?
  @Option(name: .customLong("averaging-decay"), help: help("averagingDecay")) var averagingDecay: String?
  @Option(name: .customLong("patience"), help: help("patience")) var patience: String?
  @Option(name: .customLong("precision"), help: help("precision")) var precision: String?
  @Option(name: .customLong("seed"), help: help("seed")) var seed: String?

  /// Whether the command line says which genres are wanted.
  var namesGenres: Bool {
    !genres.isEmpty
      || assignments.contains { $0.split(separator: "=").first.map { $0.trimmingPrefix(" ") } == "genres" }
  }

  /// What the command line sets.
  func settings() throws -> [ConfigurationSetting] {
    let named: [(String, String?)] = [
      ("architecture", architecture), ("windows", windows), ("hop-seconds", hopSeconds),
      ("max-windows", maxWindows), ("windows-per-recording", windowsPerRecording), ("dropout", dropout),
      ("epochs", epochs),
      ("batch-size", batchSize), ("learning-rate", learningRate),
      ("optimizer", optimizer), ("momentum", momentum), ("gradient-clip-norm", gradientClipNorm),
      ("schedule", schedule),
      ("warmup-epochs", warmupEpochs), ("weight-decay", weightDecay), ("label-smoothing", labelSmoothing),
      ("class-weights", classWeights), ("balanced-sampling", balancedSampling),
      ("averaging-decay", averagingDecay), ("patience", patience), ("precision", precision), ("seed", seed),
    ]
    var result: [ConfigurationSetting] = []
    for (option, text) in named {
      guard let text, let key = ConfigurationKey.all.first(where: { $0.option == option }) else { continue }
      result.append(ConfigurationSetting(key: key.name, text: text, option: "--\(option)"))
    }
    if genres.count == 1 {
      result.append(ConfigurationSetting(key: "genres", text: genres[0], option: "--genres"))
    } else if !genres.isEmpty {
      result.append(ConfigurationSetting(key: "genres", values: genres, option: "--genres"))
    }
    return try result + assignments.map { try ConfigurationSetting(assignment: $0) }
  }

  private static let genresHelp = ArgumentHelp(
    "Only these genres, separated by commas, or by giving it again, which takes each value whole; '[]' takes all.",
    valueName: "names")

  private static func help(_ name: String) -> ArgumentHelp {
    guard let key = ConfigurationKey.named(name) else { return "" }
    return ArgumentHelp("\(key.summary) (\(key.defaultText))", valueName: valueName(key.kind))
  }

  private static func valueName(_ kind: ConfigurationKey.Kind) -> String {
    switch kind {
    case .integer, .seed, .number: "number"
    case .boolean: "true|false"
    case .choice(let names): names.joined(separator: "|")
    case .text: "name"
    case .weights(let names, _): (names + ["{genre: number}"]).joined(separator: "|")
    case .list: "a,b,..."
    case .optional(let kind): valueName(kind)
    }
  }
}
